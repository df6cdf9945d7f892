"""Packed content on its way to whoever takes it; the codings have tests of their own."""

import asyncio
import gzip
import zlib

import pytest

from zonda.protocol.codings import accept_encoding, decoder_of
from zonda.protocol.errors import RemoteProtocolError
from zonda.simple_httpclient import HTTPStreamClosedError
from zonda.simple_httpclient.unpacking import Unpacker, unpacker_of

PACKED = gzip.compress(b"hello")


def test_pieces():
    taken = []
    unpacker = unpacker_of("gzip", taken.append, 100)
    for byte in PACKED:
        assert unpacker.feed(bytes([byte])) is None
    unpacker.end()
    assert b"".join(taken) == b"hello"


def test_damage():
    unpacker = unpacker_of("gzip", print, 100)
    with pytest.raises(RemoteProtocolError, match="invalid gzip data"):
        unpacker.feed(b"plain")
    unpacker = unpacker_of("gzip", lambda piece: None, 100)
    unpacker.feed(PACKED[:-1])
    with pytest.raises(RemoteProtocolError, match="invalid gzip data"):
        unpacker.end()


def test_codings():
    assert unpacker_of("unheard-of", print, 100) is None
    with pytest.raises(RemoteProtocolError, match="6 content codings"):
        unpacker_of("gzip," * 6, print, 100)


def test_an_error_of_the_receiver_is_its_own():
    def broken(piece):
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        unpacker_of("gzip", broken, 100).feed(PACKED)


async def test_back_pressure():
    gate = asyncio.Event()
    taken = []

    async def slow(piece):
        taken.append(len(piece))
        await gate.wait()

    unpacker = Unpacker(decoder_of("gzip"), slow, 2**30)
    pending = asyncio.ensure_future(unpacker.feed(gzip.compress(bytes(10**6))))
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(taken) == 1
    gate.set()
    await pending
    assert sum(taken) == 10**6


def packed(wire, data):
    async def play(asked, peer):
        return wire.ok(data, "Content-Encoding: gzip")

    return wire.Origin(play)


async def test_fetch(wire, client_of):
    async with packed(wire, PACKED) as origin:
        response = await client_of().fetch(origin.url)
        assert response.body == b"hello"
        assert response.headers["X-Consumed-Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in response.headers
        assert origin.asked[0]["Accept-Encoding"] == accept_encoding()


async def test_fetch_packed(wire, client_of):
    async with packed(wire, PACKED) as origin:
        response = await client_of().fetch(origin.url, decompress_response=False)
        assert response.body == PACKED
        assert response.headers["Content-Encoding"] == "gzip"
        assert origin.asked[0].all("Accept-Encoding") == []


@pytest.mark.parametrize("data", [PACKED[:-3], b"no gzip"])
async def test_fetch_damaged(wire, client_of, data):
    async with packed(wire, data) as origin:
        with pytest.raises(HTTPStreamClosedError, match="invalid gzip data"):
            await client_of().fetch(origin.url)


@pytest.mark.parametrize("streamed", [False, True])
async def test_fetch_a_bomb(wire, client_of, streamed):
    taken = []
    async with packed(wire, gzip.compress(bytes(10**6))) as origin:
        client = client_of(max_body_size=10**5)
        with pytest.raises(HTTPStreamClosedError, match="decompressed body too large"):
            await client.fetch(origin.url, streaming_callback=taken.append if streamed else None)
        assert len(client.pool) == 0
    assert sum(map(len, taken)) <= 10**5


async def test_a_head_without_content_may_name_a_coding(wire, client_of):
    async def play(asked, peer):
        return b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Encoding: gzip\r\n\r\n"

    async with wire.Origin(play) as origin:
        response = await client_of().fetch(origin.url, method="HEAD")
        assert (response.code, response.body) == (200, b"")


async def test_fetch_two_codings(wire, client_of):
    async def play(asked, peer):
        return wire.ok(gzip.compress(zlib.compress(b"hello")), "Content-Encoding: deflate, gzip")

    async with wire.Origin(play) as origin:
        response = await client_of().fetch(origin.url)
        assert response.body == b"hello"
        assert response.headers["X-Consumed-Content-Encoding"] == "deflate, gzip"


async def test_fetch_an_unknown_coding(wire, client_of):
    async def play(asked, peer):
        return wire.ok(PACKED, "Content-Encoding: unheard-of")

    async with wire.Origin(play) as origin:
        response = await client_of().fetch(origin.url)
        assert response.body == PACKED
        assert response.headers["Content-Encoding"] == "unheard-of"


@pytest.mark.parametrize("coding", ["gzip," * 6, "br, " * 9])
async def test_fetch_too_many_codings(wire, client_of, coding):
    async def play(asked, peer):
        return wire.ok(b"", f"Content-Encoding: {coding}")

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPStreamClosedError, match="content codings, at most 5"):
            await client_of().fetch(origin.url)
