"""Programs in the styles of the tutorials that people learn Tornado's client from.

A handler that asks another service: with cookies, forwarding what it got, uploading a file as
multipart put together by hand, through a small SDK of coroutines, in a thread pool, blocking.
The other service is real too and says what it got.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import mimetypes
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.wire import looped, serving
from zonda import gen, httpclient, web
from zonda.concurrent import run_on_executor
from zonda.httpclient import AsyncHTTPClient, HTTPClient, HTTPError, HTTPRequest

PICTURE = bytes(range(256)) * 40

# ------------------------------------------------------------------- the other service


class TaskService(web.RequestHandler):
    """Wants a login in a cookie, and for changes the key that it has given away before."""

    def prepare(self):
        if self.get_cookie("pass") != "sesame":
            raise web.HTTPError(403)

    def get(self):
        self.write({"code": 0, "token": "k-42"})

    def post(self):
        if self.get_cookie("token") != "k-42":
            raise web.HTTPError(403, reason="No key")
        task = json.loads(self.request.body)
        self.write({"code": 0, "msg": f"{task['author']} {task['job']}"})


class EchoService(web.RequestHandler):
    """Says what it got."""

    def answer(self):
        self.write(
            {
                "method": self.request.method,
                "query": {k: self.get_query_arguments(k) for k in self.request.query_arguments},
                "type": self.request.headers.get("Content-Type"),
                "org": self.request.headers.get("Org"),
                "length": self.request.headers.get("Content-Length"),
                "body": self.request.body.decode(),
            }
        )

    get = post = put = delete = answer


class RecognitionService(web.RequestHandler):
    """Takes a picture and two fields."""

    def post(self):
        (picture,) = self.request.files["image"]
        self.write(
            {
                "key": self.get_body_argument("api_key"),
                "secret": self.get_body_argument("api_secret"),
                "filename": picture.filename,
                "type": picture.content_type,
                "sha": hashlib.sha256(picture.body).hexdigest(),
            }
        )


class Reservoir(web.RequestHandler):
    """Much of something."""

    async def get(self):
        self.set_header("Content-Length", str(40 * 65536))
        for number in range(40):
            self.write(bytes([number]) * 65536)
            await self.flush()


class Failing(web.RequestHandler):
    """Never works."""

    def get(self):
        self.set_status(503)
        self.write("not now")


class NotJSON(web.RequestHandler):
    """Says something in prose."""

    def get(self):
        self.write("hello")


SERVICES = [
    ("/task/accept", TaskService),
    ("/ocr", RecognitionService),
    ("/reservoir", Reservoir),
    ("/failing", Failing),
    ("/prose", NotJSON),
    ("/.*", EchoService),
]


@contextlib.asynccontextmanager
async def with_services(*routes):
    """The other service, and an application of ours in front of it; a function that asks it."""
    async with serving(SERVICES) as services:
        there = f"http://127.0.0.1:{services.port}"
        application = web.Application([*routes], services=there)
        async with serving(application) as ours:

            async def ask(path, **arguments):
                client = AsyncHTTPClient(force_instance=True)
                url = f"http://127.0.0.1:{ours.port}{path}"
                try:
                    return await client.fetch(url, raise_error=False, **arguments)
                finally:
                    client.close()

            try:
                yield ask
            finally:
                AsyncHTTPClient().close()


class Handler(web.RequestHandler):
    @property
    def services(self):
        return self.settings["services"]


# ------------------------------------------------------------- cookies, then a key, then work


class TaskHandler(Handler):
    async def get(self):
        http_client = httpclient.AsyncHTTPClient()
        cookie = {"Cookie": "pass={}".format(self.get_argument("auth"))}
        response = await http_client.fetch(
            self.services + "/task/accept", method="GET", raise_error=False, headers=cookie
        )
        if response.code != 200:
            return self.write({"code": -3, "msg": f"error {response.code}: {response.error}"})
        return self.write(json.loads(response.body.decode("utf-8")))

    async def post(self):
        task_url = self.services + "/task/accept"
        http_client = httpclient.AsyncHTTPClient()
        cookie = {"Cookie": "pass=sesame"}
        answer = await http_client.fetch(task_url, method="GET", raise_error=False, headers=cookie)
        token = json.loads(answer.body.decode("utf-8")).get("token")
        cookie = {"Cookie": f"pass=sesame; token={token}"}
        body = json.dumps({"job": 24, "author": "阿根廷"}, ensure_ascii=False)
        response = await http_client.fetch(
            task_url, method="POST", body=body, raise_error=False, headers=cookie
        )
        self.write(json.loads(response.body.decode("utf-8")))


@looped
async def test_a_handler_logs_in_with_cookies():
    async with with_services(("/", TaskHandler)) as ask:
        assert (await ask("/?auth=sesame")).json() == {"code": 0, "token": "k-42"}
        refused = (await ask("/?auth=no")).json()
        assert refused == {"code": -3, "msg": "error 403: HTTP 403: Forbidden"}
        done = await ask("/", method="POST", body="")
        assert done.json() == {"code": 0, "msg": "阿根廷 24"}


# --------------------------------------------------------------------------- forwarding


class Forwarder(Handler):
    """Sends the headers on that it got, with another body."""

    @gen.coroutine
    def post(self):
        http_client = AsyncHTTPClient()
        response = yield http_client.fetch(
            self.services + "/forwarded",
            method="POST",
            headers=self.request.headers,
            body=json.dumps({"name": "Ana"}),
            validate_cert=False,
        )
        self.set_status(response.code)
        self.finish(response.body)

    @gen.coroutine
    def get(self):
        request = HTTPRequest(
            url=self.services + "/form",
            method="POST",
            body=urlencode({"q": "viento", "page": 2}),
            validate_cert=False,
        )
        response = yield AsyncHTTPClient().fetch(request)
        self.finish(response.body)


@looped
async def test_a_handler_forwards_headers_with_another_body():
    async with with_services(("/", Forwarder)) as ask:
        headers = {"Org": "plains", "Content-Type": "application/json"}
        answer = (await ask("/", method="POST", body="x" * 1000, headers=headers)).json()
        assert answer["org"] == "plains"
        assert answer["type"] == "application/json"
        # The Content-Length that came along was that of another body.
        assert answer["body"] == '{"name": "Ana"}'
        assert answer["length"] == str(len(answer["body"]))


@looped
async def test_a_request_object_with_a_form():
    async with with_services(("/", Forwarder)) as ask:
        answer = (await ask("/")).json()
        assert answer["type"] == "application/x-www-form-urlencoded"
        assert answer["body"] == "q=viento&page=2"


# ------------------------------------------------------------------------------- upload


def encode_by_hand(fields, files):
    """A form with files, as people put it together; returns its type and content."""
    boundary = "----------the-boundary-of-the-test$"
    lines = []
    for name, value in fields:
        lines += [
            f"--{boundary}".encode(),
            f'Content-Disposition: form-data; name="{name}"'.encode(),
            b"",
            value.encode(),
        ]
    for name, filename, content in files:
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
        lines += [
            f"--{boundary}".encode(),
            disposition.encode(),
            f"Content-Type: {kind}".encode(),
            b"",
            content,
        ]
    lines += [f"--{boundary}--".encode(), b""]
    return f"multipart/form-data; boundary={boundary}", b"\r\n".join(lines)


class UploadHandler(Handler):
    @gen.coroutine
    def post(self):
        (file,) = self.request.files["file"]
        kind, body = encode_by_hand(
            (("api_key", "KEY"), ("api_secret", "SECRET")),
            [("image", "new_pic.jpg", file["body"])],
        )
        headers = {"Content-Type": kind, "content-length": str(len(body))}
        request = HTTPRequest(
            self.services + "/ocr", method="POST", headers=headers, body=body, validate_cert=False
        )
        response = yield AsyncHTTPClient().fetch(request)
        self.finish(response.body)


class ShortUploadHandler(Handler):
    """The same without the handiwork."""

    async def post(self):
        (file,) = self.request.files["file"]
        response = await AsyncHTTPClient().fetch(
            self.services + "/ocr",
            method="POST",
            data={"api_key": "KEY", "api_secret": "SECRET"},
            files={"image": ("new_pic.jpg", file.body)},
        )
        self.finish(response.body)


@pytest.mark.parametrize("handler", [UploadHandler, ShortUploadHandler])
@looped
async def test_a_picture_is_uploaded_on(handler):
    async with with_services(("/upload", handler)) as ask:
        kind, body = encode_by_hand([], [("file", "id.png", PICTURE)])
        answer = await ask("/upload", method="POST", body=body, headers={"Content-Type": kind})
        assert answer.json() == {
            "key": "KEY",
            "secret": "SECRET",
            "filename": "new_pic.jpg",
            "type": "image/jpeg",
            "sha": hashlib.sha256(PICTURE).hexdigest(),
        }


# --------------------------------------------------------------------- a small SDK, twice


class CoroutineSDK:
    """Coroutines of the old kind around the client, with the parameters of requests."""

    def __init__(self, host):
        self.api_host = host
        self.headers = {"org": "mountains", "Content-Type": "application/json"}
        self.errors = []

    @gen.coroutine
    def ask(self, method, uri, **kwargs):
        url = self.api_host + uri
        if kwargs.get("params"):
            url += "?" + "&".join(f"{k}={v}" for k, v in kwargs["params"].items())
        headers, body = dict(self.headers), None
        if kwargs.get("json") is not None:
            body = json.dumps(kwargs["json"])
        elif kwargs.get("data") is not None:
            body = urlencode(kwargs["data"])
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        request = HTTPRequest(
            url=url,
            method=method.upper(),
            headers=headers,
            body=body,
            request_timeout=kwargs.get("timeout", 10),
        )
        try:
            response = yield AsyncHTTPClient().fetch(request)
            try:
                result = json.loads(response.body)
            except ValueError:
                result = response.body
        except HTTPError as error:
            self.errors.append(error.response.code if error.response else None)
            result = {}
        except Exception as error:
            self.errors.append(type(error))
            result = {}
        raise gen.Return(result)


class ThreadSDK:
    """The blocking client in a pool of threads."""

    def __init__(self, host):
        self.api_host = host
        self.executor = ThreadPoolExecutor(4)

    @run_on_executor
    def request(self, method, uri, **kwargs):
        client = HTTPClient()
        try:
            return client.fetch(self.api_host + uri, method=method, **kwargs).json()
        finally:
            client.close()

    def close(self):
        self.executor.shutdown()


@looped
async def test_an_sdk_of_coroutines():
    async with serving(SERVICES) as services:
        sdk = CoroutineSDK(f"http://127.0.0.1:{services.port}")
        answer = await sdk.ask("get", "/stock", params={"page": 1, "size": 20})
        assert answer["query"] == {"page": ["1"], "size": ["20"]}
        assert answer["org"] == "mountains"
        answer = await sdk.ask("post", "/stock", json={"name": "Ana"})
        assert json.loads(answer["body"]) == {"name": "Ana"}
        assert answer["type"] == "application/json"
        answer = await sdk.ask("put", "/stock", data={"name": "Ana"})
        assert answer["body"] == "name=Ana"
        assert await sdk.ask("get", "/prose") == b"hello"
        assert await sdk.ask("get", "/failing") == {}
        gone = CoroutineSDK("http://127.0.0.1:1")
        assert await gone.ask("get", "/") == {}
        assert sdk.errors == [503]
        assert gone.errors == [ConnectionRefusedError]
        AsyncHTTPClient().close()


@looped
async def test_an_sdk_in_threads():
    async with serving(SERVICES) as services:
        sdk = ThreadSDK(f"http://127.0.0.1:{services.port}")
        answers = await asyncio.gather(
            *(sdk.request("POST", f"/stock/{i}", json={"i": i}) for i in range(8))
        )
        assert [json.loads(answer["body"]) for answer in answers] == [{"i": i} for i in range(8)]
        with pytest.raises(HTTPError):
            await sdk.request("GET", "/failing")
        sdk.close()


class ImportHandler(Handler):
    @gen.coroutine
    def post(self, kind):
        sdk = CoroutineSDK(self.services)
        try:
            payload = json.loads(self.request.body)
            data = yield sdk.ask("POST", f"/stock/{kind}", json=payload)
            self.set_status(200)
            self.write({"message": "done", "data": data})
        except Exception as error:
            self.set_status(500)
            self.write({"message": "failed", "error": str(error)})


@looped
async def test_a_handler_with_an_sdk():
    async with with_services((r"/stock/import/(?P<kind>\w+)", ImportHandler)) as ask:
        answer = (await ask("/stock/import/pumps", method="POST", body='{"size": 3}')).json()
        assert json.loads(answer["data"]["body"]) == {"size": 3}
        assert (await ask("/stock/import/pumps", method="POST", body="{")).code == 500


# ----------------------------------------------------------------- blocking, in a handler


class BlockingHandler(Handler):
    def get(self):
        http_client = HTTPClient()
        try:
            response = http_client.fetch(self.services + "/blocked")
            self.write(response.body)
        except HTTPError as error:
            self.write("Error: " + str(error))
        http_client.close()


def test_the_blocking_client_works_inside_a_running_loop():
    """The other service runs in a thread: the handler's own loop stands still meanwhile."""
    ready, over = ThreadPoolExecutor(1), {}

    def serve(started):
        async def run():
            over["loop"], over["event"] = asyncio.get_running_loop(), asyncio.Event()
            async with serving(SERVICES) as services:
                started.set_result(services.port)
                await over["event"].wait()

        asyncio.run(run())

    from concurrent.futures import Future

    started = Future()
    done = ready.submit(serve, started)

    @looped
    async def program():
        there = f"http://127.0.0.1:{started.result(10)}"
        async with serving(web.Application([("/", BlockingHandler)], services=there)) as ours:
            client = AsyncHTTPClient(force_instance=True)
            answer = await client.fetch(f"http://127.0.0.1:{ours.port}/")
            assert answer.json()["method"] == "GET"
            client.close()

    try:
        program()
    finally:
        over["loop"].call_soon_threadsafe(over["event"].set)
        done.result(10)
        ready.shutdown()


# --------------------------------------------------------------------- many, and much


class Several(Handler):
    @gen.coroutine
    def get(self):
        client = AsyncHTTPClient()
        first, second = yield [client.fetch(self.services + f"/{n}?n={n}") for n in (1, 2)]
        named = yield {"third": client.fetch(self.services + "/3?n=3")}
        answers = [first, second, named["third"]]
        self.write({"n": [json.loads(answer.body)["query"]["n"][0] for answer in answers]})


@looped
async def test_several_fetches_are_yielded_at_once():
    async with with_services(("/", Several)) as ask:
        assert (await ask("/")).json() == {"n": ["1", "2", "3"]}


@looped
async def test_a_download_is_taken_piece_by_piece():
    async with serving(SERVICES) as services:
        client = AsyncHTTPClient(force_instance=True)
        progress, expected = [], []
        digest = hashlib.sha256()

        def on_header(line):
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                expected.append(int(value))

        def on_chunk(chunk):
            digest.update(chunk)
            progress.append((progress[-1] if progress else 0) + len(chunk))

        response = await client.fetch(
            f"http://127.0.0.1:{services.port}/reservoir",
            header_callback=on_header,
            streaming_callback=on_chunk,
        )
        assert expected == [40 * 65536]
        assert progress[-1] == expected[0]
        assert len(progress) > 1
        assert response.body == b""
        whole = b"".join(bytes([number]) * 65536 for number in range(40))
        assert digest.hexdigest() == hashlib.sha256(whole).hexdigest()
        client.close()


@looped
async def test_a_file_is_uploaded_by_a_body_producer():
    async with serving(SERVICES) as services:
        client = AsyncHTTPClient(force_instance=True)
        kind, body = encode_by_hand(
            [("api_key", "K"), ("api_secret", "S")], [("image", "big.bin", PICTURE * 50)]
        )

        @gen.coroutine
        def produce(write):
            for start in range(0, len(body), 60_000):
                yield write(body[start : start + 60_000])

        response = await client.fetch(
            f"http://127.0.0.1:{services.port}/ocr",
            method="POST",
            headers={"Content-Type": kind, "Content-Length": str(len(body))},
            body_producer=produce,
            expect_100_continue=True,
        )
        assert response.json()["sha"] == hashlib.sha256(PICTURE * 50).hexdigest()
        client.close()


def test_a_script_without_a_loop_of_its_own(caplog):
    """The first example of every tutorial."""
    client = HTTPClient()
    with caplog.at_level(logging.ERROR):
        try:
            client.fetch("http://127.0.0.1:1/", connect_timeout=5)
        except HTTPError as error:
            outcome = error
        except Exception as error:
            outcome = error
        client.close()
    assert isinstance(outcome, ConnectionRefusedError)
    assert not caplog.records


# ------------------------------------------------------------------ callbacks, as before 5.0


def handlers_of_old():
    """Decorators and callbacks of Tornado 4."""

    class CallbackHandler(Handler):
        @web.asynchronous
        def get(self):
            client = AsyncHTTPClient()
            client.fetch(self.services + self.get_argument("path"), self.on_response)

        def on_response(self, response):
            if response.error:
                self.send_error(500)
                return
            self.write(json.loads(response.body))
            self.finish()

    class EngineHandler(Handler):
        @web.asynchronous
        @gen.coroutine
        def get(self):
            fetch = AsyncHTTPClient().fetch
            body = json.dumps({"name": "Ana"})
            response = yield gen.Task(
                fetch, self.services + "/old", method="POST", body=body, validate_cert=False
            )
            self.finish(response.body)

    return [("/callback", CallbackHandler), ("/task", EngineHandler)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@looped
async def test_a_response_is_taken_by_a_callback():
    async with with_services(*handlers_of_old()) as ask:
        answer = (await ask("/callback?path=/x%3Fa=1")).json()
        assert answer["query"] == {"a": ["1"]}
        assert (await ask("/callback?path=/failing")).code == 500
        assert json.loads((await ask("/task")).json()["body"]) == {"name": "Ana"}
