"""Time limits by phase."""

import asyncio

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest, Timeout


def test_forms():
    assert Timeout.of(3) == Timeout(total=3)
    assert Timeout.of({"connect": 1, "read": None}) == Timeout(connect=1)
    limits = Timeout(1, 2, 3)
    assert Timeout.of(limits) is limits
    request = HTTPRequest("http://a.example/", timeout=limits, request_timeout=9)
    assert (request.request_timeout, request.connect_timeout, request.read_timeout) == (1, 2, 3)
    request = HTTPRequest("http://a.example/", timeout={"read": 0}, request_timeout=9)
    assert (request.request_timeout, request.connect_timeout, request.read_timeout) == (9, None, 0)
    with pytest.raises(ValueError, match="negative"):
        Timeout.of(-1)
    with pytest.raises(TypeError):
        Timeout.of({"write": 1})


@pytest.mark.parametrize("when", ["head", "body"])
async def test_silence(wire, either, when):
    async def play(asked, peer):
        if when == "body":
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo")
        await peer.closed()
        return

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPClientError) as caught:
            await either().fetch(origin.url, timeout={"read": 0.1, "total": 15})
        assert caught.value.code == 599
        await asyncio.wait_for(origin.peers[0].over.wait(), 5)


async def test_what_the_message_says(wire, client_of):
    async def play(asked, peer):
        await peer.closed()
        return

    async with wire.Origin(play) as origin:
        client = client_of(defaults={"read_timeout": 0.05})
        with pytest.raises(HTTPClientError, match=r"nothing received for 0\.05 seconds"):
            await client.fetch(origin.url)


async def test_a_server_that_says_something_now_and_then(wire, client_of):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            await asyncio.sleep(0.1)  # shorter than the limit; all of it is longer
            await peer.send(b"x")
        return b""

    async with wire.Origin(play) as origin:
        response = await client_of().fetch(origin.url, timeout={"read": 0.5})
        assert response.body == b"x" * 8


async def test_a_slow_reader_is_no_silent_server(wire, client_of):
    async def play(asked, peer):
        return wire.ok(b"x" * 100000)

    async def slow(piece):
        await asyncio.sleep(0.3)

    async with wire.Origin(play) as origin:
        response = await client_of().fetch(
            origin.url, timeout={"read": 0.1}, streaming_callback=slow
        )
        assert response.code == 200


async def test_sending_is_no_silence(wire, client_of):
    async def produce(write):
        for _ in range(3):
            await write(b"x")
            await asyncio.sleep(0.2)

    async with wire.Origin() as origin:
        response = await client_of().fetch(
            origin.url, method="POST", body_producer=produce, timeout={"read": 0.3}
        )
        assert response.body == b"hello"
        assert origin.asked[0].body == b"xxx"
