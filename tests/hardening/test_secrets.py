"""Secrets stay out of logs, error messages and error pages, and are compared in constant time.

Every exchange below carries a secret that is made when the test runs, so that it stands in no
line of source that a traceback may show.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.hardening.test_injection import CLIENTS, client_of
from tests.wire import looped, serving
from zonda import web, websocket
from zonda.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from zonda.httputil import HTTPHeaders
from zonda.log import LogFormatter
from zonda.testing import bind_unused_port

SECRET = "s3cr3t" + secrets.token_hex(12)


class Everything(logging.Handler):
    """Takes all that is logged, at every level, with tracebacks."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(LogFormatter(color=False).format(record) + record.getMessage())


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[str]]:
    """All log lines of the test; at its end none of them may hold the secret."""
    handler, root = Everything(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert_hidden("\n".join(handler.lines))


def assert_hidden(text: str) -> None:
    assert SECRET not in text, text
    assert quote(SECRET) not in text, text


def told(error: BaseException) -> str:
    """All that a program is likely to log about an exception."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


# --------------------------------------------------------------------------------- clients


def nobody() -> int:
    """A port where nobody listens."""
    listener, port = bind_unused_port()
    listener.close()
    return port


FAILING: dict[str, Callable[[int], dict[str, Any]]] = {
    "password in the URL": lambda port: {"url": f"http://u:{SECRET}@127.0.0.1:{port}/"},
    "auth_password": lambda port: {
        "url": f"http://127.0.0.1:{port}/",
        "auth_username": "u",
        "auth_password": SECRET,
    },
    "digest": lambda port: {
        "url": f"http://127.0.0.1:{port}/",
        "auth_username": "u",
        "auth_password": SECRET,
        "auth_mode": "digest",
    },
    "unknown auth_mode": lambda port: {
        "url": f"http://127.0.0.1:{port}/",
        "auth_username": "u",
        "auth_password": SECRET,
        "auth_mode": "none such",
    },
    "Authorization": lambda port: {
        "url": f"http://127.0.0.1:{port}/",
        "headers": {"Authorization": f"Bearer {SECRET}", "Cookie": f"session={SECRET}"},
    },
    "a field with a line end": lambda port: {
        "url": f"http://127.0.0.1:{port}/",
        "headers": {"Authorization": f"Bearer {SECRET}\n"},
    },
    "a cookie with a blank": lambda port: {
        "url": f"http://127.0.0.1:{port}/",
        "cookies": {"session": f"{SECRET} "},
    },
    "body": lambda port: {
        "url": f"http://127.0.0.1:{port}/",
        "method": "POST",
        "data": {"password": SECRET},
    },
    "scheme": lambda port: {"url": f"ftp://u:{SECRET}@127.0.0.1/"},
    "no host": lambda port: {"url": f"http://u:{SECRET}@/"},
    "bad host": lambda port: {"url": f"http://u:{SECRET}@a b/"},
    "backslash": lambda port: {"url": f"http://u:{SECRET}@a\\b/"},
    "bad port": lambda port: {"url": f"http://u:{SECRET}@127.0.0.1:99999/"},
    "no port": lambda port: {"url": f"http://u:{SECRET}@127.0.0.1:x/"},
    "proxy": lambda port: {
        "url": "http://x.example/",
        "proxy": f"http://u:{SECRET}@127.0.0.1:{port}",
    },
    "proxy_password": lambda port: {
        "url": "https://x.example/",
        "proxy_host": "127.0.0.1",
        "proxy_port": port,
        "proxy_username": "u",
        "proxy_password": SECRET,
    },
    "scheme of a proxy": lambda port: {
        "url": "http://x.example/",
        "proxy": f"foo://u:{SECRET}@127.0.0.1:{port}",
    },
    "proxy without a host": lambda port: {
        "url": "http://x.example/",
        "proxy": f"http://u:{SECRET}@",
    },
    "proxy with a bad port": lambda port: {
        "url": "http://x.example/",
        "proxy": f"http://u:{SECRET}@127.0.0.1:99999",
    },
}


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("kind", CLIENTS)
@looped
async def test_a_fetch_that_fails_keeps_its_secrets(kind: str, name: str) -> None:
    with client_of(kind) as client:
        with pytest.raises(Exception) as caught:  # whatever it is
            await client.fetch(HTTPRequest(**FAILING[name](nobody())))
        assert not isinstance(caught.value, TimeoutError), "that is no failure of its own"
    assert_hidden(told(caught.value))


@pytest.mark.parametrize("url", ["ws://u:{}@127.0.0.1:{}/", "foo://u:{}@127.0.0.1:{}/"])
@looped
async def test_a_websocket_that_fails_keeps_its_secrets(url: str) -> None:
    with pytest.raises(Exception) as caught:
        await websocket.websocket_connect(url.format(SECRET, nobody()))
    assert_hidden(told(caught.value))


class Refusing(web.RequestHandler):
    def get(self) -> None:
        self.set_status(401)
        self.set_header("WWW-Authenticate", 'Digest realm="x", nonce="y", qop="auth"')


class Elsewhere(web.RequestHandler):
    def get(self) -> None:
        self.redirect(f"ftp://u:{SECRET}@x/")


@pytest.mark.parametrize("mode", ["basic", "digest"])
@looped
async def test_a_refused_login_keeps_its_secrets(mode: str) -> None:
    async with serving([("/", Refusing)]) as served:
        url = f"http://u:{SECRET}@127.0.0.1:{served.port}/"
        client = AsyncHTTPClient()
        with pytest.raises(Exception) as caught:
            await client.fetch(url, auth_mode=mode)
        assert_hidden(told(caught.value))
        response: HTTPResponse = caught.value.response
        assert response.code == 401
        assert_hidden(repr(response) + repr(response.request))
        client.close()


@looped
async def test_a_redirect_that_cannot_be_followed_keeps_its_secrets() -> None:
    async with serving([("/", Elsewhere)]) as served:
        client = AsyncHTTPClient()
        with pytest.raises(Exception) as caught:  # whatever it is
            await client.fetch(f"http://127.0.0.1:{served.port}/")
        client.close()
    assert_hidden(told(caught.value))


# --------------------------------------------------------------------------------- servers

KINDS: dict[str, Callable[[], BaseException]] = {
    "exception": lambda: RuntimeError("no"),
    "http error": lambda: web.HTTPError(418, "no"),
    "assertion": lambda: AssertionError(),
    "cancelled": lambda: asyncio.CancelledError(),
}


class Failing(web.RequestHandler):
    def prepare(self) -> None:
        if self.request.method == "POST":
            password = self.get_body_argument("password")
            assert password
        self.get_signed_cookie("session")
        raise KINDS[self.get_query_argument("kind")]()


REQUEST = (
    "Host: x\r\nConnection: close\r\nAccept: text/html\r\n"
    f"Authorization: Bearer {SECRET}\r\n"
    f"Cookie: session={SECRET}; _xsrf={SECRET}\r\n"
    f"X-Api-Key: {SECRET}\r\nX-Xsrftoken: {SECRET}\r\n"
)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", KINDS)
@looped
async def test_a_handler_that_fails_keeps_the_users_secrets(
    kind: str, method: str, debug: bool
) -> None:
    application = web.Application(
        [("/", Failing)],
        cookie_secret=SECRET,
        serve_traceback=debug,
        database_password=SECRET,
        google_oauth={"key": "k", "secret": SECRET},
    )
    application.settings["debug"] = debug  # without autoreload, which would watch this process
    form = f"password={SECRET}"
    more = "Content-Type: application/x-www-form-urlencoded\r\n" if method == "POST" else ""
    async with serving(application) as served:
        peer = await served.connect()
        await peer.send(
            f"{method} /?kind={quote(kind)} HTTP/1.1\r\n{REQUEST}{more}"
            f"Content-Length: {len(form) if more else 0}\r\n\r\n{form if more else ''}"
        )
        data = await peer.rest()
    assert data.startswith(b"HTTP/1.1 ") or kind == "cancelled"
    assert_hidden(data.decode())


MALFORMED = {
    "field value": f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\x01\r\n\r\n",
    "field name": f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer {SECRET}\r\n\r\n",
    "folded": f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n {SECRET}\r\n\r\n",
    "no colon": f"GET / HTTP/1.1\r\nHost: x\r\n{SECRET}\r\n\r\n",
    "bare line feed": f"GET / HTTP/1.1\r\nHost: x\r\nCookie: session={SECRET}\n\r\n\r\n",
    "cookie": f"GET / HTTP/1.1\r\nHost: x\r\nCookie: ses\x85sion={SECRET}\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
@looped
async def test_a_request_that_is_refused_keeps_its_secrets(name: str) -> None:
    async with serving([("/", Failing)]) as served:
        peer = await served.connect()
        await peer.send(MALFORMED[name].replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
        assert_hidden((await peer.rest()).decode("latin-1"))


BODIES = {
    "not UTF-8": ("application/x-www-form-urlencoded", f"password={SECRET}%FF"),
    "a name that is not UTF-8": ("application/x-www-form-urlencoded", f"pass%FF={SECRET}"),
    "too many": ("application/x-www-form-urlencoded", f"password={SECRET}&" + "a=b&" * 2000),
    "no boundary": ("multipart/form-data", f'name="password"\r\n\r\n{SECRET}'),
    "a part without a name": (
        "multipart/form-data; boundary=x",
        f"--x\r\nContent-Disposition: form-data\r\n\r\n{SECRET}\r\n--x--\r\n",
    ),
    "a part without an end": (
        "multipart/form-data; boundary=x",
        f'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n{SECRET}',
    ),
    "a part with a bad head": (
        "multipart/form-data; boundary=x",
        f"--x\r\nno colon {SECRET}\r\n\r\nx\r\n--x--\r\n",
    ),
    "JSON": ("application/json", f'{{"password": "{SECRET}"'),
}


class Form(web.RequestHandler):
    def post(self) -> None:
        if self.request.headers["Content-Type"] == "application/json":
            self.get_json()
        self.get_body_argument("password")


@pytest.mark.parametrize("name", BODIES)
@looped
async def test_a_form_that_is_refused_keeps_its_secrets(name: str) -> None:
    kind, body = BODIES[name]
    async with serving([("/", Form)]) as served:
        peer = await served.connect()
        answer = await peer.post("/", body.encode("latin-1"), f"Content-Type: {kind}")
        assert_hidden(answer.text)


class Cookies(web.RequestHandler):
    def get(self) -> None:
        value = self.get_signed_cookie("session", max_age_days=1)
        self.write(repr(value))


def signed(version: int, name: str, age: float, key: str = "key") -> str:
    when = time.time() - age
    value = web.create_signed_value(key, name, SECRET, version=version, clock=lambda: when)
    return value.decode()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("what", ["expired", "of the future", "of another key", "of another name"])
@looped
async def test_a_cookie_that_is_not_accepted_is_not_logged(
    what: str, version: int, logged: list[str]
) -> None:
    """It may still be good elsewhere, or tomorrow."""
    cookie = {
        "expired": lambda: signed(version, "session", 2 * 86400),
        "of the future": lambda: signed(version, "session", -40 * 86400),
        "of another key": lambda: signed(version, "session", 0, "old key"),
        "of another name": lambda: signed(version, "other", 0),
    }[what]()
    async with serving(web.Application([("/", Cookies)], cookie_secret="key")) as served:
        peer = await served.connect()
        answer = await peer.get("/", f"Cookie: session={cookie}")
    assert answer.text == "None"
    encoded = cookie.split("|")[0 if version == 1 else 4]
    assert len(encoded) > 20
    assert encoded not in "\n".join(logged)
    assert cookie.rpartition("|")[2] not in "\n".join(logged)


@pytest.mark.parametrize(
    "token", [f"2|{SECRET}", f"2|00000000|{SECRET}|x", f"3|{SECRET}|x|1", SECRET, f"2|a|b|{SECRET}"]
)
@looped
async def test_a_token_that_is_not_accepted_is_not_logged(token: str) -> None:
    class Posting(web.RequestHandler):
        def post(self) -> None:
            self.write("never")

    async with serving(web.Application([("/", Posting)], xsrf_cookies=True)) as served:
        peer = await served.connect()
        fields = (f"Cookie: _xsrf={token}", f"X-Xsrftoken: {token}x")
        assert (await peer.post("/", b"", *fields)).status == 403


class Setting(web.RequestHandler):
    """Tries to send a secret that cannot be sent as it is."""

    def get(self) -> None:
        if self.get_argument("how") == "cookie":
            self.set_cookie("session", f"{SECRET}\n")
        elif self.get_argument("how") == "wide cookie":
            self.set_cookie("session", f"{SECRET}\u2028")
        elif self.get_argument("how") == "wide header":
            self.set_header("X-Token", f"{SECRET}\u2028")
        else:
            self.set_header("X-Token", f"{SECRET}\n")


@pytest.mark.parametrize("how", ["cookie", "wide cookie", "header", "wide header"])
@looped
async def test_a_value_that_cannot_be_sent_is_not_logged(how: str, logged: list[str]) -> None:
    async with serving([("/", Setting)]) as served:
        peer = await served.connect()
        assert (await peer.get(f"/?how={quote(how)}")).status == 500
    assert any("ValueError" in line or "Error" in line for line in logged)


def test_requests_and_fields_do_not_show_secrets() -> None:
    request = HTTPRequest(
        f"http://u:{SECRET}@x.example/", headers=HTTPHeaders({"Cookie": SECRET}), body=SECRET
    )
    assert_hidden(repr(request))


# ------------------------------------------------------------------------- constant time


class Touchy(bytes):
    """Bytes that must not be compared byte by byte; `hmac.compare_digest` reads the buffer."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared with == or in")

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = bytes.__hash__

    def startswith(self, *args: Any) -> bool:
        raise AssertionError("compared with startswith")

    endswith = startswith


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("good", [True, False])
def test_signatures_are_compared_in_constant_time(
    version: int, good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zonda.web import signed as room

    compared: list[int] = []
    name = f"_create_signature_v{version}"
    real = getattr(room, name)

    def touchy(*args: Any) -> Touchy:
        compared.append(1)
        return Touchy(real(*args))

    value = web.create_signed_value("key" if good else "other", "n", "v", version=version)
    monkeypatch.setattr(room, name, touchy)
    assert web.decode_signed_value("key", "n", value) == (b"v" if good else None)
    assert compared == [1]


@pytest.mark.parametrize("good", [True, False])
@looped
async def test_xsrf_tokens_are_compared_in_constant_time(good: bool) -> None:
    compared: list[int] = []

    class Posting(web.RequestHandler):
        def _get_raw_xsrf_token(self) -> tuple[int | None, bytes, float]:
            version, token, when = super()._get_raw_xsrf_token()
            compared.append(1)
            return version, Touchy(token), when

        def post(self) -> None:
            self.write("done")

    async with serving(web.Application([("/", Posting)], xsrf_cookies=True)) as served:
        peer = await served.connect()
        cookie = "2|00000000|" + "ab" * 16 + "|1700000000"
        given = cookie if good else cookie.replace("ab", "ac", 1)
        answer = await peer.post("/", b"", f"Cookie: _xsrf={cookie}", f"X-Xsrftoken: {given}")
    assert answer.status == (200 if good else 403)
    assert compared
