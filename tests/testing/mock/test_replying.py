"""Answers as a client gets them."""

import asyncio
import gzip
import math

import pytest

from tests.wire import looped
from zonda.httpclient import HTTPClientError
from zonda.httputil import HTTPOutputError
from zonda.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError
from zonda.testing.mock import MockHTTP, MockHTTPClient

URL = "http://api.example/"


def answered(method="get", **answer):
    mock = MockHTTP()
    mock.route(method.upper(), None, **answer)
    return MockHTTPClient(force_instance=True, mock=mock)


async def fetch(answer, method="get", **kwargs):
    client = answered(method, **answer)
    try:
        return await client.fetch(URL, method=method.upper(), **kwargs)
    finally:
        client.close()


@looped
async def test_a_whole_response():
    response = await fetch(
        {"status": 203, "reason": "Sort of", "headers": [("X-A", "1"), ("X-A", "2")], "json": [1]}
    )
    assert (response.code, response.reason, response.json()) == (203, "Sort of", [1])
    assert response.headers.get_list("X-A") == ["1", "2"]
    assert response.headers["Content-Length"] == "3"


@looped
async def test_an_error_status_is_an_error():
    with pytest.raises(HTTPClientError) as caught:
        await fetch({"status": 503, "body": "later"})
    assert caught.value.response.text == "later"
    assert (await fetch({"status": 503}, raise_error=False)).code == 503


@looped
async def test_callbacks_are_called():
    lines, pieces = [], []
    answer = {"chunks": [b"one", b"two"], "headers": {"X-A": "1"}}
    response = await fetch(answer, header_callback=lines.append, streaming_callback=pieces.append)
    assert lines[0] == "HTTP/1.1 200 OK\r\n"
    assert "X-A: 1\r\n" in lines
    assert pieces == [b"one", b"two"]
    assert response.body == b""


@looped
async def test_chunks_from_an_asynchronous_generator():
    async def count():
        for number in range(3):
            await asyncio.sleep(0)
            yield str(number).encode()

    response = await fetch({"chunks": count()})
    assert response.body == b"012"
    assert response.headers["Transfer-Encoding"] == "chunked"


@looped
async def test_the_framing_can_be_chosen():
    response = await fetch({"body": b"abc", "headers": {"Transfer-Encoding": "chunked"}})
    assert response.body == b"abc"
    assert "Content-Length" not in response.headers
    response = await fetch({"chunks": [b"ab", b"c"], "headers": {"Content-Length": "3"}})
    assert response.headers["Content-Length"] == "3"


@looped
async def test_the_connection_can_be_closed():
    client = answered(headers={"Connection": "close"})
    await client.fetch(URL)
    assert not len(client.pool)
    client.close()


@looped
@pytest.mark.parametrize("status", [204, 304])
async def test_responses_that_have_no_content(status):
    response = await fetch({"status": status, "body": b"x"}, raise_error=False)
    assert (response.code, response.body) == (status, b"")


@looped
async def test_head():
    response = await fetch({"body": b"12345"}, "head")
    assert (response.headers["Content-Length"], response.body) == ("5", b"")
    response = await fetch({"headers": {"Content-Length": "1000"}}, "head")
    assert response.headers["Content-Length"] == "1000"


@looped
async def test_compressed_content_is_unpacked_by_the_client():
    packed = {"body": gzip.compress(b"hello"), "headers": {"Content-Encoding": "gzip"}}
    assert (await fetch(packed)).body == b"hello"
    assert (await fetch(packed, decompress_response=False)).body == packed["body"]


@looped
async def test_redirects_and_logins_are_the_clients():
    mock = MockHTTP()
    client = MockHTTPClient(force_instance=True, mock=mock)
    mock.post("/form", status=303, headers={"Location": "https://other.example/done"})
    mock.get("https://other.example/done", body="done")
    response = await client.fetch(URL + "form", method="POST", body="", auth_username="u")
    assert response.effective_url == "https://other.example/done"
    assert [("Authorization" in call.headers) for call in mock.calls] == [True, False]
    mock.close()


@looped
@pytest.mark.parametrize(
    "error", [ConnectionResetError("gone"), OSError(113, "No route")], ids=repr
)
async def test_an_error_is_what_the_fetch_raises(error):
    with pytest.raises(OSError) as caught:
        await fetch({"error": error})
    assert caught.value is error


@looped
@pytest.mark.parametrize("content", [{"body": b"abc"}, {"chunks": [b"a", b"bc"]}], ids=str)
async def test_an_error_after_a_part_of_the_response(content):
    pieces = []
    with pytest.raises(ConnectionResetError):
        await fetch({"error": ConnectionResetError(), **content}, streaming_callback=pieces.append)
    assert b"".join(pieces) == b"abc"


@looped
async def test_a_timeout_needs_no_time():
    with pytest.raises(HTTPTimeoutError) as caught:
        await fetch({"timeout": True}, request_timeout=3600)
    assert caught.value.code == 599


@looped
async def test_an_endless_delay_is_ended_by_the_clients_limit():
    with pytest.raises(HTTPTimeoutError, match="during request"):
        await fetch({"delay": math.inf}, request_timeout=0.01)


@looped
async def test_a_delay_passes_before_the_response():
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert (await fetch({"delay": 0.02, "body": b"late"})).body == b"late"
    assert loop.time() - begun >= 0.02


@looped
async def test_raw_bytes_stand_for_a_response():
    response = await fetch({"raw": b"HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok"})
    assert (response.code, response.reason, response.body) == (299, "Odd", b"ok")
    with pytest.raises(HTTPStreamClosedError, match="Content-Length"):
        await fetch({"raw": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"})


@looped
async def test_an_answer_that_cannot_be_given_is_an_error():
    with pytest.raises(HTTPOutputError, match="3 bytes less"):
        await fetch({"body": b"12", "headers": {"Content-Length": "5"}})
