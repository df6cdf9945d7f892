"""WSGI applications behind our server, checked by the standard library's validator."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any
from wsgiref.validate import validator

import pytest

from zonda import web
from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.testing import ExpectLog, bind_unused_port
from zonda.wsgi import WSGIContainer, to_wsgi_str

Ask = Callable[..., Any]


def serve(container: WSGIContainer, ask: Callable[[Ask], Any]) -> None:
    """Run ``ask(fetch)`` against the container behind a FallbackHandler."""

    async def main() -> None:
        application = web.Application([(".*", web.FallbackHandler, {"fallback": container})])
        sock, port = bind_unused_port()
        from zonda.httpserver import HTTPServer

        server = HTTPServer(application)
        server.add_socket(sock)
        client = AsyncHTTPClient(force_instance=True)

        async def fetch(path: str, **kwargs: Any) -> HTTPResponse:
            url = f"http://127.0.0.1:{port}{path}"
            return await client.fetch(url, raise_error=False, **kwargs)

        try:
            await ask(fetch)
        finally:
            client.close()
            server.stop()
            await server.close_all_connections()

    asyncio.run(main())


@validator
def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    shown = {k: v for k, v in environ.items() if isinstance(v, str)}
    content = json.dumps({"environ": shown, "body": body.decode()}).encode()
    start_response("200 Fine", [("Content-Type", "application/json")])
    return [content]


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def test_the_environment() -> None:
    async def ask(fetch: Ask) -> None:
        response = await fetch("/a%20b/%C3%A9?q=%20", headers={"X-Y-Z": "1"})
        assert response.code == 200
        assert response.reason == "Fine"
        environ = json.loads(response.body)["environ"]
        assert environ["PATH_INFO"] == "/a b/" + to_wsgi_str("é".encode())
        assert environ["QUERY_STRING"] == "q=%20"
        assert environ["HTTP_X_Y_Z"] == "1"
        assert environ["SERVER_NAME"] == "127.0.0.1"
        assert environ["REMOTE_ADDR"] == "127.0.0.1"

    serve(WSGIContainer(echo), ask)


def test_the_body(executor: ThreadPoolExecutor) -> None:
    async def ask(fetch: Ask) -> None:
        response = await fetch("/", method="POST", body="hello", headers={"Content-Type": "x/y"})
        answer = json.loads(response.body)
        assert answer["body"] == "hello"
        assert answer["environ"]["CONTENT_TYPE"] == "x/y"

    serve(WSGIContainer(echo, executor), ask)


def test_the_executor_runs_the_application(executor: ThreadPoolExecutor) -> None:
    threads = []

    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        threads.append(threading.current_thread())
        start_response("200 OK", [("Content-Type", "text/plain")])
        for piece in (b"one ", b"", b"two"):
            threads.append(threading.current_thread())
            yield piece

    async def ask(fetch: Ask) -> None:
        response = await fetch("/")
        assert response.body == b"one two"
        assert response.headers["Transfer-Encoding"] == "chunked"

    serve(WSGIContainer(application, executor), ask)
    assert len(threads) == 4
    assert threading.main_thread() not in threads


def test_all_of_a_request_has_one_context(executor: ThreadPoolExecutor) -> None:
    current: ContextVar[str] = ContextVar("current")

    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        token = current.set(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain")])

        def pieces() -> Iterator[bytes]:
            for _ in range(20):
                yield current.get().encode()
            current.reset(token)  # as Flask does: an error in another context

        return pieces()

    async def ask(fetch: Ask) -> None:
        answers = await asyncio.gather(fetch("/a"), fetch("/b"))
        assert [answer.body for answer in answers] == [20 * b"/a", 20 * b"/b"]

    for container in (WSGIContainer(application, executor), WSGIContainer(application)):
        serve(container, ask)


def test_written_pieces_come_first_and_the_iterable_is_closed() -> None:
    closed = []

    class Pieces(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def application(environ: Any, start_response: Any) -> Pieces:
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"first ")
        return Pieces([b"second"])

    async def ask(fetch: Ask) -> None:
        response = await fetch("/")
        assert response.body == b"first second"
        assert response.headers["Content-Length"] == "12"

    serve(WSGIContainer(application), ask)
    assert closed == [True]


def test_the_iterable_is_closed_even_when_the_loop_ends_before() -> None:
    closed, gate = [], threading.Event()
    executor = ThreadPoolExecutor(1)

    class Pieces:
        def __iter__(self) -> Iterator[bytes]:
            yield b"all"
            executor.submit(gate.wait)  # whatever comes now has to queue up

        def close(self) -> None:
            closed.append(True)

    def application(environ: Any, start_response: Any) -> Pieces:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Pieces()

    async def ask(fetch: Ask) -> None:
        assert (await fetch("/")).body == b"all"

    serve(WSGIContainer(application, executor), ask)
    assert not closed
    gate.set()
    executor.shutdown()
    assert closed == [True]


def test_head_and_not_modified() -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/304":
            start_response("304 Not Modified", [("ETag", '"x"')])
            return []
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"body"]

    async def ask(fetch: Ask) -> None:
        response = await fetch("/", method="HEAD")
        assert response.headers["Content-Length"] == "4"
        assert response.body == b""
        assert (await fetch("/304")).code == 304
        assert (await fetch("/")).body == b"body"  # the connection is still in step

    serve(WSGIContainer(application), ask)


@pytest.mark.parametrize("late", [False, True])
def test_an_application_that_fails(late: bool) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        if not late:
            raise ValueError("at once")
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"some"
        raise ValueError("later")

    async def ask(fetch: Ask) -> None:
        with ExpectLog("tornado.application", "Exception in the WSGI application: GET /x"):
            if late:
                with pytest.raises(Exception, match="the connection ended inside a message body"):
                    await fetch("/x")
            else:
                assert (await fetch("/x")).code == 500

    serve(WSGIContainer(application), ask)


def test_an_application_that_does_not_start_its_response() -> None:
    async def ask(fetch: Ask) -> None:
        with ExpectLog("tornado.application", "Exception in the WSGI application"):
            assert (await fetch("/")).code == 500

    serve(WSGIContainer(lambda environ, start_response: [b"x"]), ask)
