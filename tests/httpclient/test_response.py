"""Responses."""

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest, HTTPResponse


def response_of(wire, client_of, body=b"", *fields, status="200 OK"):
    async def play(asked, peer):
        return wire.ok(body, *fields, status=status)

    async def fetch():
        async with wire.Origin(play) as origin:
            return await client_of().fetch(origin.url, raise_error=False)

    return fetch()


async def test_attributes(wire, client_of):
    response = await response_of(wire, client_of, b"body", "X-A: 1", "X-A: 2")
    assert (response.code, response.reason, response.body) == (200, "OK", b"body")
    assert response.headers.get_list("x-a") == ["1", "2"]
    assert response.headers["Content-Length"] == "4"
    assert response.buffer.read() == b"body"
    assert response.error is None
    assert response.request_time == response.time_info["total"] > 0
    assert "code=200" in repr(response)
    assert response.raise_for_status() is response
    response.rethrow()


async def test_equal_lengths_are_one(wire, client_of):
    response = await response_of(wire, client_of, b"", "Content-Length: 0")
    assert response.headers["Content-Length"] == "0"


@pytest.mark.parametrize(
    ("fields", "body", "text"),
    [
        ([], "ü".encode(), "ü"),
        (["Content-Type: text/plain; charset=latin-1"], b"\xfc", "ü"),
        (["Content-Type: text/plain; charset=utf-8"], b"\xfc!", "\ufffd!"),
        (["Content-Type: text/plain; charset=klingon"], "ü".encode(), "ü"),
        (["Content-Type: text/plain; charset=hex"], b"x", "x"),
    ],
)
async def test_text(wire, client_of, fields, body, text):
    assert (await response_of(wire, client_of, body, *fields)).text == text


async def test_json(wire, client_of):
    response = await response_of(wire, client_of, '{"ü": [1, null]}'.encode())
    assert response.json() == {"ü": [1, None]}
    with pytest.raises(ValueError):
        (await response_of(wire, client_of, b"{")).json()


@pytest.mark.parametrize(
    ("status", "raises"), [(304, False), (302, False), (404, True), (500, True)]
)
async def test_raise_for_status(wire, client_of, status, raises):
    response = await response_of(wire, client_of, b"", status=f"{status} Words")
    assert isinstance(response.error, HTTPClientError)
    if raises:
        with pytest.raises(HTTPClientError, match=f"HTTP {status}: Words"):
            response.raise_for_status()
    else:
        assert response.raise_for_status() is response


def test_made_by_hand():
    request = HTTPRequest("http://a.example/")
    response = HTTPResponse(request, 200)
    assert (response.reason, response.body, response.headers) == ("OK", b"", {})
    assert (response.effective_url, response.time_info) == ("http://a.example/", {})
    failed = HTTPResponse(request, 599, error=ValueError("x"))
    with pytest.raises(ValueError, match="x"):
        failed.rethrow()
    assert failed.reason == "Unknown"
