"""How providers are asked."""

import json
from typing import Any

import pytest

from tests.wire import looped, serving
from zonda import web
from zonda.auth import LoginError
from zonda.auth.connect.fetching import check_url, fetch_object
from zonda.httpclient import AsyncHTTPClient, HTTPRequest
from zonda.testing import bind_unused_port


class Answer(web.RequestHandler):
    def get(self) -> None:
        self.set_status(int(self.get_argument("status", "200")))
        if self.get_argument("to", None):
            self.set_header("Location", self.get_argument("to"))
        self.finish(self.get_argument("body", "{}").encode("latin-1"))


class Big(web.RequestHandler):
    def get(self) -> None:
        self.finish(b'{"a": "' + b"x" * (1 << 20) + b'"}')


async def ask(path: str, **arguments: Any) -> dict[str, Any]:
    async with serving([("/", Answer), ("/big", Big)]) as served:
        request = HTTPRequest(f"http://127.0.0.1:{served.port}{path}", params=arguments)
        try:
            return await fetch_object(AsyncHTTPClient(), request)
        finally:
            AsyncHTTPClient().close()


@looped
async def test_an_object() -> None:
    assert await ask("/", body='{"a": ["b"]}') == {"a": ["b"]}


@pytest.mark.parametrize("body", ["", "[]", "null", "<html>", "\xff", "[" * 15_000])
@looped
async def test_no_object(body: str) -> None:
    with pytest.raises(LoginError, match="not answer with a JSON object") as caught:
        await ask("/", body=body)
    assert caught.value.status_code == 502


@looped
async def test_too_much() -> None:
    with pytest.raises(LoginError, match="not answer with a JSON object"):
        await ask("/big")


@pytest.mark.parametrize(("status", "own"), [(400, 403), (401, 403), (200, 403), (503, 502)])
@looped
async def test_a_refusal(status: int, own: int) -> None:
    body = json.dumps({"error": "invalid_grant", "error_description": "no\nmore"})
    with pytest.raises(LoginError, match="invalid_grant") as caught:
        await ask("/", status=status, body=body)
    error = caught.value
    assert (error.error, error.description) == ("invalid_grant", "no\nmore")
    assert error.status_code == own
    assert "\n" not in str(error)


@pytest.mark.parametrize("status", [201, 404, 500])
@looped
async def test_another_status(status: int) -> None:
    with pytest.raises(LoginError, match=f"status {status}") as caught:
        await ask("/", status=status)
    assert caught.value.status_code == 502


@looped
async def test_redirects_are_not_followed() -> None:
    with pytest.raises(LoginError, match="status 302"):
        await ask("/", status=302, to="/?body={}")


@looped
async def test_nobody_there() -> None:
    listener, port = bind_unused_port()
    listener.close()
    with pytest.raises(LoginError, match="cannot be asked") as caught:
        await fetch_object(AsyncHTTPClient(), HTTPRequest(f"http://127.0.0.1:{port}/?code=secret"))
    assert caught.value.status_code == 502
    assert "secret" not in str(caught.value)
    AsyncHTTPClient().close()


@pytest.mark.parametrize(
    "url", ["https://x.example/", "http://localhost:8/a?b", "http://127.0.0.1", "http://[::1]:80/"]
)
def test_urls_that_may_be_asked(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://x.example/",
        "http://127.0.0.1.x.example/",
        "http://127.0.0.1@x.example/",
        "//x.example",
        "/x",
        "",
        "ftp://127.0.0.1/",
        "https:///x",
        "https://x.example/#a",
        None,
        b"https://x.example/",
    ],
)
def test_urls_that_may_not_be_asked(url: Any) -> None:
    with pytest.raises(LoginError, match="https://"):
        check_url(url)
