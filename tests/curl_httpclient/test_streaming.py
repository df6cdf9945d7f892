"""Streaming: pieces, pace, failures."""

import asyncio

import pytest

SIZE = 32 * 2**20


async def test_in_order_and_complete(wire, curl_of):
    body = bytes(range(256)) * 4096

    async def play(asked, peer):
        return wire.ok(body)

    chunks = []
    async with wire.Origin(play) as origin:
        response = await curl_of().fetch(origin.url, streaming_callback=chunks.append)
    assert b"".join(chunks) == body
    assert response.body == b""


@pytest.mark.parametrize("limit", [1024, 1024 * 1024])
async def test_an_async_callback_holds_the_server_back(wire, curl_of, monkeypatch, limit):
    from zonda.curl_httpclient.streaming import StreamingBuffer

    monkeypatch.setattr(StreamingBuffer, "max_buffer_size", limit)
    sent = received = 0
    gate = asyncio.Event()

    async def play(asked, peer):
        nonlocal sent
        await peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n".encode())
        while sent < SIZE:
            await peer.send(bytes(65536))
            sent += 65536
        return b""

    async def take(chunk):
        nonlocal received
        received += len(chunk)
        await gate.wait()

    async with wire.Origin(play) as origin:
        future = curl_of(max_body_size=SIZE).fetch(origin.url, streaming_callback=take)
        stalled = -1
        while stalled != sent or not sent:
            stalled = sent
            await asyncio.sleep(0.1)
        assert sent < SIZE
        gate.set()
        await future
        assert received == SIZE


async def test_a_callback_that_fails_is_reported(wire, curl_of, caplog):
    def fail(chunk):
        raise ValueError("no more")

    async def fail_later(chunk):
        raise ValueError("no more")

    async with wire.Origin() as origin:
        client = curl_of()
        for callback in (fail, fail_later):
            assert (await client.fetch(origin.url, streaming_callback=callback)).code == 200
    assert [record.name for record in caplog.records] == ["tornado.application"] * 2
    assert "Exception in callback" in caplog.text


async def test_a_callback_may_close_the_client(wire, curl_of):
    async with wire.Origin() as origin:
        client = curl_of()
        future = client.fetch(origin.url, streaming_callback=lambda chunk: client.close())
        await asyncio.wait([future], timeout=10)
        assert future.done()
        future.exception()


async def test_what_libcurl_kept_meanwhile_may_be_too_much(wire, curl_of, monkeypatch, caplog):
    from zonda.curl_httpclient.streaming import StreamingBuffer

    monkeypatch.setattr(StreamingBuffer, "max_buffer_size", 1)
    received = 0

    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not peer.over.is_set():
            await peer.send(b"4000\r\n" + bytes(0x4000) + b"\r\n")
        return b""

    async def take(chunk):
        nonlocal received
        received += len(chunk)
        await asyncio.sleep(0.01)  # libcurl has more by then

    async with wire.Origin(play) as origin:
        with pytest.raises(Exception, match="larger than max_body_size, 30000 bytes"):
            await curl_of(max_body_size=30_000).fetch(origin.url, streaming_callback=take)
    assert 0 < received <= 30_000
    assert caplog.records == []
