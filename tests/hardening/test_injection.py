"""No public call puts a line of its own into a head, a part, a cookie or a log.

Every call that takes text for one of them is made with texts that would end the line, or the
value. It must raise ValueError where it is called, or do what its documentation says instead;
and whatever it does, the peer must not see the line. Peers read what really comes over a socket.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from tests.wire import looped, serving
from zonda import web, websocket
from zonda.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from zonda.httputil import HTTPHeaders, HTTPInputError, HTTPOutputError, ResponseStartLine
from zonda.log import LogFormatter, access_log
from zonda.util import import_object
from zonda.wsgi import WSGIContainer

LINE = "X-Injected: yes"
#: Texts that end a header line for somebody: HTTP, a lenient parser, C.
POISONS = {
    "crlf": f"a\r\n{LINE}",
    "lf": f"a\n{LINE}",
    "cr": f"a\r{LINE}",
    "nul": f"a\x00{LINE}",
    "vt": f"a\x0b{LINE}",
    "del": f"a\x7f{LINE}",
    "end": "a\r\n",
    "body": "a\r\n\r\n<script>",
}
poisons = pytest.mark.parametrize("poison", list(POISONS.values()), ids=list(POISONS))

# ------------------------------------------------------------------------------- responses

Call = Callable[[web.RequestHandler, str], object]

RESPONSE_CALLS: dict[str, Call] = {
    "set_header value": lambda h, p: h.set_header("X", p),
    "set_header bytes": lambda h, p: h.set_header("X", p.encode()),
    "set_header name": lambda h, p: h.set_header(p, "x"),
    "add_header value": lambda h, p: h.add_header("X", p),
    "add_header bytes": lambda h, p: h.add_header("X", p.encode()),
    "add_header name": lambda h, p: h.add_header(p, "x"),
    "redirect": lambda h, p: h.redirect("/" + p),
    "redirect elsewhere": lambda h, p: h.redirect("https://x.example/" + p, permanent=True),
    "set_cookie name": lambda h, p: h.set_cookie(p, "x"),
    "set_cookie value": lambda h, p: h.set_cookie("x", p),
    "set_cookie bytes": lambda h, p: h.set_cookie("x", p.encode()),
    "set_cookie domain": lambda h, p: h.set_cookie("x", "y", domain=p),
    "set_cookie path": lambda h, p: h.set_cookie("x", "y", path=p),
    "set_cookie samesite": lambda h, p: h.set_cookie("x", "y", samesite=p),
    "set_cookie expires": lambda h, p: h.set_cookie("x", "y", expires=p),  # type: ignore[arg-type]
    "set_cookie max_age": lambda h, p: h.set_cookie("x", "y", max_age=p),  # type: ignore[arg-type]
    "set_cookie comment": lambda h, p: h.set_cookie("x", "y", comment=p),
    "set_cookie version": lambda h, p: h.set_cookie("x", "y", version=p),
    "set_cookie Path": lambda h, p: h.set_cookie("x", "y", Path=p),
    "set_cookie unknown": lambda h, p: h.set_cookie("x", "y", **{p: "z"}),  # type: ignore[arg-type]
    "set_signed_cookie name": lambda h, p: h.set_signed_cookie(p, "x"),
    "set_signed_cookie domain": lambda h, p: h.set_signed_cookie("x", "y", domain=p),
    "clear_cookie name": lambda h, p: h.clear_cookie(p),
    "clear_cookie path": lambda h, p: h.clear_cookie("x", path=p),
    "clear_cookie domain": lambda h, p: h.clear_cookie("x", domain=p),
}

#: Calls that make the text harmless instead, as their documentation says.
HARMLESS_CALLS: dict[str, Call] = {
    "set_status": lambda h, p: h.set_status(200, p),
    "set_status bytes": lambda h, p: h.set_status(200, p.encode()),  # type: ignore[arg-type]
    "HTTPError reason": lambda h, p: raises(web.HTTPError(400, reason=p)),
    "HTTPError message": lambda h, p: raises(web.HTTPError(400, p)),
    "send_error reason": lambda h, p: h.send_error(400, reason=p),
    "set_signed_cookie value": lambda h, p: h.set_signed_cookie("x", p),
    "another exception": lambda h, p: raises(KeyError(p)),
}


def raises(error: Exception) -> None:
    raise error


class Victim(web.RequestHandler):
    """Makes a call; answers with what came of it."""

    def initialize(self, call: Call, poison: str, results: list[Any]) -> None:
        self.call, self.poison, self.results = call, poison, results

    def get(self) -> None:
        try:
            self.call(self, self.poison)
        except (web.HTTPError, KeyError):
            self.results.append("http error")
            raise
        except Exception as error:
            self.results.append(error)
            self.clear()
        else:
            self.results.append(None)
        if not self._finished:
            self.finish("done")


async def respond(call: Call, poison: str) -> tuple[Any, bytes]:
    """What a handler's call raised, and the bytes of the response."""
    results: list[Any] = []
    route = ("/", Victim, {"call": call, "poison": poison, "results": results})
    async with serving(web.Application([route], cookie_secret="secret")) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = await peer.rest()
    return results[0], data


def assert_clean(data: bytes) -> None:
    """The head holds no line that somebody slipped in, and nothing that might be read as one."""
    head, separator, body = data.partition(b"\r\n\r\n")
    assert separator, data
    assert b"\nX-Injected" not in head.replace(b"\r", b"\n"), head
    for line in head.split(b"\r\n"):
        assert not any((byte < 32 and byte != 9) or byte == 127 for byte in line), line
    assert not body.startswith(b"<script>"), body


@poisons
@pytest.mark.parametrize("name", RESPONSE_CALLS)
@looped
async def test_a_call_for_a_response_refuses(name: str, poison: str) -> None:
    error, data = await respond(RESPONSE_CALLS[name], poison)
    assert isinstance(error, ValueError), error
    assert "\n" not in str(error).strip(), "the message itself must not break lines"
    assert_clean(data)


@poisons
@pytest.mark.parametrize("name", HARMLESS_CALLS)
@looped
async def test_a_call_for_a_response_makes_it_harmless(name: str, poison: str) -> None:
    _, data = await respond(HARMLESS_CALLS[name], poison)
    assert data.startswith(b"HTTP/1.1 ")
    assert_clean(data)


@pytest.mark.parametrize(
    "url", ["/straße", "/\u2028", "/\ud800", "https://x.example/\U0001f600"], ids=ascii
)
@looped
async def test_a_redirect_to_what_is_no_url_stays_one_line(url: str) -> None:
    _, data = await respond(lambda h, p: h.redirect(p), url)
    assert_clean(data)


@pytest.mark.parametrize("attribute", ["domain", "path", "samesite", "comment"])
@pytest.mark.parametrize("text", ["x; Secure", "x;HttpOnly", ";", "x y", "é\u0100"])
@looped
async def test_no_attribute_of_a_cookie_holds_another(attribute: str, text: str) -> None:
    error, data = await respond(lambda h, p: h.set_cookie("x", "y", **{attribute: p}), text)
    assert isinstance(error, ValueError), error
    assert b"Set-Cookie" not in data


@pytest.mark.parametrize("text", ["a; Domain=evil.example", "a,b", 'a"b', "a\\b", "a=b"])
@looped
async def test_no_value_of_a_cookie_holds_an_attribute(text: str) -> None:
    error, data = await respond(lambda h, p: h.set_cookie("x", p), text)
    if error is None:
        (line,) = (line for line in data.split(b"\r\n") if line.startswith(b"Set-Cookie"))
        attributes = [part.partition(b"=")[0].strip() for part in line.split(b";")[1:]]
        assert attributes == [b"Path"]
    else:
        assert isinstance(error, ValueError)


class Etag(web.RequestHandler):
    def initialize(self, poison: str) -> None:
        self.poison = poison

    def compute_etag(self) -> str:
        return f'"{self.poison}"'

    def get(self) -> None:
        self.write("x")


@poisons
@looped
async def test_an_etag_that_is_none(poison: str) -> None:
    async with serving([("/", Etag, {"poison": poison})]) as served:
        peer = await served.connect()
        answer = await peer.get()
        assert answer.status == 500
        assert "Etag" not in answer


# The interfaces below handlers.

LOW_CALLS: dict[str, Callable[[Any, str], Awaitable[Any] | None]] = {
    "value": lambda c, p: c.write_headers(start(), HTTPHeaders({"X": p})),
    "name": lambda c, p: c.write_headers(start(), HTTPHeaders({p: "x"})),
    "reason": lambda c, p: c.write_headers(start(p), HTTPHeaders({"Content-Length": "0"})),
    "length": lambda c, p: c.write_headers(start(), HTTPHeaders({"Content-Length": p})),
    "coding": lambda c, p: c.write_headers(start(), HTTPHeaders({"Transfer-Encoding": p})),
    "connection": lambda c, p: c.write_headers(start(), HTTPHeaders({"Connection": p})),
}


def start(reason: str = "OK") -> ResponseStartLine:
    return ResponseStartLine("HTTP/1.1", 200, reason)


@poisons
@pytest.mark.parametrize("name", LOW_CALLS)
@looped
async def test_a_connection_refuses(name: str, poison: str) -> None:
    errors: list[Exception] = []

    def answer(request: Any) -> None:
        try:
            LOW_CALLS[name](request.connection, poison)
        except Exception as error:
            errors.append(error)
        request.connection.finish()

    async with serving(answer) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = await peer.rest()
    if name in ("coding", "connection"):  # which the connection decides by itself
        assert not errors
        assert_clean(data)
        assert b"Injected" not in data
    else:
        (error,) = errors
        assert isinstance(error, ValueError | HTTPOutputError), repr(error)
        assert not data


@poisons
@pytest.mark.parametrize("where", ["status", "name", "value"])
@looped
async def test_a_wsgi_application_cannot_either(where: str, poison: str) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        given = {"status": "200 OK", "name": "X", "value": "x", where: poison}
        if where == "status":
            given["status"] = "200 " + poison
        start_response(given["status"], [(given["name"], given["value"])])
        return [b"body"]

    async with serving(WSGIContainer(application)) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = await peer.rest()
    if data:
        assert_clean(data)
        assert b"X-Injected" not in data.partition(b"\r\n\r\n")[0]


@poisons
def test_fields_are_checked_when_they_are_added(poison: str) -> None:
    for name, value in ((poison, "x"), ("X", poison)):
        with pytest.raises(HTTPInputError, match="header"):
            HTTPHeaders().add(name, value)
    with pytest.raises(HTTPInputError, match="header"):
        HTTPHeaders().parse_line(f"{poison}: x")


# -------------------------------------------------------------------------------- requests


@asynccontextmanager
async def listening(heads: list[bytes]) -> AsyncIterator[str]:
    """A server that keeps what it is sent, and answers anything."""
    running: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        running.add(task)
        if (head := await reader.read(65536)) not in (b"", b"bye"):
            heads.append(head)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        AsyncHTTPClient().close()
        # Connections are accepted in order: with this one all others have been.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"bye")
        await reader.read()
        writer.close()
        await asyncio.gather(*running, return_exceptions=True)


REQUEST_CALLS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "method": lambda url, p: {"url": url, "method": p, "allow_nonstandard_methods": True},
    "field value": lambda url, p: {"url": url, "headers": {"X": p}},
    "field name": lambda url, p: {"url": url, "headers": {p: "x"}},
    "fields": lambda url, p: {"url": url, "headers": headers_with("X", p)},
    "Host": lambda url, p: {"url": url, "headers": {"Host": p}},
    "Cookie": lambda url, p: {"url": url, "headers": {"Cookie": p}},
    "Content-Type": lambda url, p: {
        "url": url,
        "method": "POST",
        "body": "x",
        "headers": {"Content-Type": p},
    },
    "Content-Length": lambda url, p: {
        "url": url,
        "method": "POST",
        "body_producer": produce,
        "headers": {"Content-Length": p},
    },
    "user_agent": lambda url, p: {"url": url, "user_agent": p},
    "cookie name": lambda url, p: {"url": url, "cookies": {p: "x"}},
    "cookie value": lambda url, p: {"url": url, "cookies": {"x": p}},
    "part type": lambda url, p: {
        "url": url,
        "method": "POST",
        "files": {"f": ("name", b"content", p)},
    },
    "proxy": lambda url, p: {"url": "http://x.example/", "proxy": url + p},
}


def headers_with(name: str, value: str) -> HTTPHeaders:
    headers = HTTPHeaders()
    headers[name] = value
    return headers


async def produce(write: Callable[[bytes], Awaitable[None]]) -> None:
    await write(b"x")


IMPLEMENTATIONS = {
    "simple": "zonda.simple_httpclient.SimpleAsyncHTTPClient",
    "curl": "zonda.curl_httpclient.CurlAsyncHTTPClient",
}
CLIENTS = list(IMPLEMENTATIONS)


@contextmanager
def client_of(kind: str) -> Iterator[AsyncHTTPClient]:
    """A client of the kind, closed in the end."""
    if kind == "curl":
        pytest.importorskip("pycurl", reason="needs pycurl")
    client: AsyncHTTPClient = import_object(IMPLEMENTATIONS[kind])(force_instance=True)
    try:
        yield client
    finally:
        client.close()


@poisons
@pytest.mark.parametrize("name", REQUEST_CALLS)
@pytest.mark.parametrize("kind", CLIENTS)
@looped
async def test_a_call_for_a_request_refuses(kind: str, name: str, poison: str) -> None:
    heads: list[bytes] = []
    async with listening(heads) as url:
        with pytest.raises(ValueError) as caught, client_of(kind) as client:
            await client.fetch(HTTPRequest(**REQUEST_CALLS[name](url, poison)))
        assert "\n" not in str(caught.value)
    assert not heads, "something was sent"


#: What is encoded, so that it cannot do harm.
ENCODED_CALLS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "path": lambda url, p: {"url": f"{url}/{p}"},
    "query": lambda url, p: {"url": f"{url}/?x={p}"},
    "host": lambda url, p: {"url": f"http://127.0.0.1{p}/"},
    "port": lambda url, p: {"url": f"{url}{p}/"},
    "user": lambda url, p: {"url": url.replace("//", f"//{p}@") + "/"},
    "params name": lambda url, p: {"url": url, "params": {p: "x"}},
    "params value": lambda url, p: {"url": url, "params": {"x": p}},
    "form name": lambda url, p: {"url": url, "method": "POST", "data": {p: "x"}},
    "form value": lambda url, p: {"url": url, "method": "POST", "data": {"x": p}},
    "part name": lambda url, p: {"url": url, "method": "POST", "files": {p: b"x"}},
    "part file name": lambda url, p: {
        "url": url,
        "method": "POST",
        "files": {"x": (p, b"x", "text/plain")},
    },
    "auth_username": lambda url, p: {"url": url, "auth_username": p, "auth_password": "x"},
    "auth_password": lambda url, p: {"url": url, "auth_username": "x", "auth_password": p},
    "json": lambda url, p: {"url": url, "method": "POST", "json": {p: p}},
}


@poisons
@pytest.mark.parametrize("name", ENCODED_CALLS)
@pytest.mark.parametrize("kind", CLIENTS)
@looped
async def test_a_call_for_a_request_encodes(kind: str, name: str, poison: str) -> None:
    heads: list[bytes] = []
    async with listening(heads) as url:
        arguments = ENCODED_CALLS[name](url, poison)
        try:
            with client_of(kind) as client:
                await client.fetch(HTTPRequest(**arguments))
        except (ValueError, OSError, HTTPClientError):  # there is no such host or port
            assert not heads
            return
    (sent,) = heads
    assert_clean(sent)
    for line in sent.replace(b"\r", b"\n").split(b"\n"):
        assert not line.startswith((LINE.encode(), b"<script>")), sent


class Asking(web.RequestHandler):
    """Asks who it is; notes the answer."""

    def initialize(self, seen: list[HTTPHeaders]) -> None:
        self.seen = seen

    def get(self) -> None:
        self.seen.append(self.request.headers)
        if "Authorization" not in self.request.headers:
            self.set_status(401)
            self.set_header("WWW-Authenticate", 'Digest realm="x", nonce="y", qop="auth"')


@poisons
@pytest.mark.parametrize("kind", CLIENTS)
@looped
async def test_a_name_for_a_digest_refuses(kind: str, poison: str) -> None:
    """Unlike with Basic, the name is sent as it is (RFC 7616 section 3.4)."""
    seen: list[HTTPHeaders] = []
    async with serving([("/", Asking, {"seen": seen})]) as served:
        with pytest.raises(ValueError), client_of(kind) as client:
            await client.fetch(
                f"http://127.0.0.1:{served.port}/",
                auth_username=poison,
                auth_password="x",
                auth_mode="digest",
            )
    assert not any("Authorization" in headers for headers in seen)
    assert not any("X-Injected" in headers for headers in seen)


@poisons
@pytest.mark.parametrize("where", ["name", "value", "subprotocol"])
@looped
async def test_a_websocket_cannot_be_asked_for_with_it(where: str, poison: str) -> None:
    heads: list[bytes] = []
    async with listening(heads) as url:
        name, value = (poison, "x") if where == "name" else ("X", "x")
        if where == "value":
            value = poison
        request = HTTPRequest(url.replace("http:", "ws:"), headers={name: value})
        subprotocols = [poison] if where == "subprotocol" else None
        with pytest.raises(ValueError):
            await websocket.websocket_connect(request, subprotocols=subprotocols)
    assert not heads, "something was sent"


@pytest.mark.parametrize("name", ["a, b", "a b", "a;b", "", "é", 'a"b'])
@looped
async def test_a_subprotocol_is_a_token(name: str) -> None:
    """RFC 6455 section 4.1: ``a, b`` would be two."""
    heads: list[bytes] = []
    async with listening(heads) as url:
        with pytest.raises(ValueError):
            await websocket.websocket_connect(url.replace("http:", "ws:"), subprotocols=[name])
    assert not heads


class Choosing(websocket.WebSocketHandler):
    def initialize(self, poison: str) -> None:
        self.poison = poison

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return self.poison


@poisons
@looped
async def test_a_subprotocol_that_was_not_proposed(poison: str) -> None:
    async with serving([("/", Choosing, {"poison": poison})]) as served:
        peer = await served.connect()
        await peer.send(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: x\r\n\r\n"
        )
        answer = await peer.answer()
        assert answer.status != 101
        assert not any("Injected" in name for name, _ in answer.fields)


# ------------------------------------------------------------------------------------ logs


class Loud(web.RequestHandler):
    """Uses all that a request brings in the ways that leave a trace in the log."""

    def prepare(self) -> None:
        what = self.get_argument("do", "")
        if what == "message":
            raise web.HTTPError(400, self.get_argument("text"))
        if what == "arguments":
            raise web.HTTPError(400, "bad %s", self.get_argument("text"))
        if what == "reason":
            raise web.HTTPError(400, reason=self.get_argument("text"))
        if what == "crash":
            raise RuntimeError(self.get_argument("text"))

    def get(self, *args: str) -> None:
        self.get_argument("missing")

    post = get


FORGED = "%0D%0AFORGED%0AFORGED%0DFORGED%1B[2J%E2%80%A8FORGED"

HOSTILE = {
    "path": f"GET /{FORGED} HTTP/1.1\r\nHost: x\r\n",
    "raw": "GET /\x85FORGED?\x85FORGED\xe2\x80\xa8FORGED HTTP/1.1\r\nHost: x\r\n",
    "query": f"GET /?x={FORGED} HTTP/1.1\r\nHost: x\r\n",
    "name": f"GET /?{FORGED}=x HTTP/1.1\r\nHost: x\r\n",
    "message": f"GET /?do=message&text={FORGED} HTTP/1.1\r\nHost: x\r\n",
    "arguments": f"GET /?do=arguments&text={FORGED} HTTP/1.1\r\nHost: x\r\n",
    "reason": f"GET /?do=reason&text={FORGED} HTTP/1.1\r\nHost: x\r\n",
    "crash": f"GET /?do=crash&text={FORGED} HTTP/1.1\r\nHost: x\r\n",
    "host": "GET / HTTP/1.1\r\nHost: x\nFORGED\r\n",
    "field": "GET / HTTP/1.1\r\nHost: x\r\nX: a\nFORGED\r\n",
    "folded": "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n FORGED\r\n",
    "method": "G\nFORGED / HTTP/1.1\r\nHost: x\r\n",
    "version": "GET / HTTP/1.1\nFORGED\r\nHost: x\r\n",
    "forwarded": "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\tFORGED\r\n",
    "real ip": "GET / HTTP/1.1\r\nHost: x\r\nX-Real-Ip: FORGED\x85FORGED\r\n",
    "origin": "POST / HTTP/1.1\r\nHost: x\r\nOrigin: FORGED\x85FORGED\r\nContent-Length: 0\r\n",
    "cookie": "GET / HTTP/1.1\r\nHost: x\r\nCookie: _xsrf=2|\x85FORGED\r\n",
    "length": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\x85FORGED\r\n",
}


class Lines(logging.Handler):
    """Formats records as our own formatter does, and as Python's default does."""

    def __init__(self) -> None:
        super().__init__()
        self.ours: list[str] = []
        self.theirs: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.theirs.append(record.getMessage())
        self.ours.append(LogFormatter(color=False).format(record))


@pytest.mark.parametrize("name", HOSTILE)
@looped
async def test_no_request_forges_a_line_in_the_log(name: str) -> None:
    lines = Lines()
    root = logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    try:
        application = web.Application([("/(.*)", Loud)], xsrf_cookies=True)
        async with serving(application, xheaders=True) as served:
            peer = await served.connect()
            await peer.send(HOSTILE[name] + "Connection: close\r\n\r\n")
            await peer.rest()
    finally:
        root.removeHandler(lines)
        root.setLevel(level)
    assert lines.ours
    for text in lines.ours:
        for line in text.splitlines():  # which knows all line ends of Unicode
            assert not line.startswith("FORGED"), text
        assert "\x1b" not in text
    # Whatever formatter a program uses: the access log is one line a request.
    for text in lines.theirs:
        if not text.startswith("Uncaught exception"):  # the handler's own message, in a traceback
            assert not any(line.startswith("FORGED") for line in text.splitlines()), text


@looped
async def test_no_request_to_a_guest_forges_a_line_in_the_log() -> None:
    lines, level = Lines(), access_log.level
    access_log.addHandler(lines)
    access_log.setLevel(logging.DEBUG)
    try:
        async with serving(WSGIContainer(guest)) as served:
            peer = await served.connect()
            await peer.send(HOSTILE["raw"] + "Connection: close\r\n\r\n")
            await peer.rest()
    finally:
        access_log.removeHandler(lines)
        access_log.setLevel(level)
    (line,) = lines.theirs
    assert line.isprintable(), line


def guest(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return []
