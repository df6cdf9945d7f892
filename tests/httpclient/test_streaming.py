"""Responses that are read while they come."""

import asyncio
import gc
import gzip
import weakref

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest
from zonda.httpclient.streaming import StreamedResponse


async def test_the_head_comes_before_the_body(wire, either):
    entered = asyncio.Event()

    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 Fine\r\nA: b\r\nSet-Cookie: c=d; Path=/\r\n")
        await peer.send(b"Content-Length: 8\r\n\r\n")
        await entered.wait()
        return b"the body"

    async with wire.Origin(play) as origin:
        client = either()
        request = HTTPRequest(origin.url)
        stream = client.stream(request)
        with pytest.raises(RuntimeError, match="no response yet"):
            stream.code
        async with stream as response:
            assert (response.code, response.reason, response.headers["A"]) == (200, "Fine", "b")
            assert response.cookies == {"c": "d"}
            assert response.effective_url == origin.url
            assert response.request == request
            assert response.received == 0
            assert response.raise_for_status() is response
            entered.set()
            assert await response.read() == b"the body"
            assert await response.read() == b""
            assert response.received == 8
        with pytest.raises(RuntimeError, match="closed"):
            await anext(response)
        with pytest.raises(RuntimeError, match="entered once"):
            async with stream:
                pass


async def test_a_connection_is_used_again_when_the_body_was_read(wire, either):
    async with wire.Origin() as origin:
        client = either()
        for _ in range(2):
            async with client.stream(origin.url) as response:
                assert b"".join([chunk async for chunk in response]) == b"hello"
        assert origin.connections == 1


async def test_leaving_early_closes_the_connection(wire, either):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        await peer.closed()
        return

    async with wire.Origin(play) as origin:
        client = either(max_clients=1)
        for n in range(2):  # the place is free again, too
            async with client.stream(origin.url) as response:
                assert await anext(response) == b"first"
            await asyncio.wait_for(origin.peers[n].over.wait(), 5)


async def test_an_exception_in_the_block_closes_the_connection(wire, either):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        await peer.closed()
        return

    async def use(client, url):
        async with client.stream(url) as response:
            async for _ in response:
                raise LookupError

    async with wire.Origin(play) as origin:
        with pytest.raises(LookupError):
            await use(either(), origin.url)
        await asyncio.wait_for(origin.peers[0].over.wait(), 5)


@pytest.mark.parametrize("entered", [False, True])
async def test_cancelled(wire, either, entered):
    reached = asyncio.Event()

    async def play(asked, peer):
        if entered:
            await peer.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        else:
            reached.set()
        await peer.closed()
        return

    async with wire.Origin(play) as origin:
        client = either()

        async def use():
            async with client.stream(origin.url) as response:
                async for _ in response:
                    reached.set()

        task = asyncio.create_task(use())
        await asyncio.wait_for(reached.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(origin.peers[0].over.wait(), 5)


async def test_nobody_reads_so_nothing_is_sent(wire, either):
    """The server's writes stop when our buffer and the kernel's are full."""
    size = 64 * 1024 * 1024
    stuck = asyncio.Event()
    sent = 0

    async def play(asked, peer):
        nonlocal sent
        await peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        piece = b"x" * 65536
        while sent < size:
            peer.writer.write(piece)
            sent += len(piece)
            try:
                await asyncio.wait_for(peer.writer.drain(), 0.5)
            except TimeoutError:
                stuck.set()
                await peer.writer.drain()
        return b""

    async with wire.Origin(play) as origin:
        client = either(max_body_size=size)
        async with client.stream(origin.url) as response:
            await asyncio.wait_for(stuck.wait(), 10)
            assert sent < size / 2
            # Our own part: a quarter of a megabyte, one piece more, and libcurl's buffer.
            assert response.received < 2 * 1024 * 1024
            total = 0
            async for chunk in response:
                total += len(chunk)
            assert total == size


async def test_errors_in_the_middle(wire, either):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        return

    async with wire.Origin(play) as origin, either().stream(origin.url) as response:
        assert await anext(response) == b"half"
        for _ in range(2):  # again and again
            with pytest.raises(HTTPClientError):
                await anext(response)


async def test_the_clients_limit_applies(wire, either):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000)
        return

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPClientError):
            async with either(max_body_size=1000).stream(origin.url) as response:
                await response.read()
        async with either().stream(origin.url) as response:
            with pytest.raises(ValueError, match="larger than 10 bytes"):
                await response.read(10)


@pytest.mark.parametrize("status", ["404 Not Found", "304 Not Modified"])
async def test_statuses(wire, either, status):
    page = b"" if status.startswith("304") else b"the page"

    async def play(asked, peer):
        return wire.ok(page, status=status) if page else f"HTTP/1.1 {status}\r\n\r\n".encode()

    async with wire.Origin(play) as origin:
        client = either()
        with pytest.raises(HTTPClientError, match=status[:3]) as caught:
            async with client.stream(origin.url):
                pass
        assert caught.value.response.body == page
        async with client.stream(origin.url, raise_error=False) as response:
            assert response.code == int(status[:3])
            assert await response.read() == page


async def test_an_error_page_without_an_end(wire, either):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 500 Oops\r\n\r\n")
        try:
            while True:
                await peer.send(b"x" * 65536)
        except ConnectionError:
            return

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPClientError, match="500"):
            async with either().stream(origin.url):
                pass


async def test_redirects_and_what_they_say_are_not_the_body(wire, either):
    async def play(asked, peer):
        if asked.target == "/":
            return wire.ok(b"elsewhere", "Location: /there", status="302 Found")
        return wire.ok(b"there")

    async with wire.Origin(play) as origin:
        client = either()
        async with client.stream(f"{origin.url}/") as response:
            assert await response.read() == b"there"
            assert response.effective_url == f"{origin.url}/there"
        async with client.stream(
            f"{origin.url}/", follow_redirects=False, raise_error=False
        ) as response:
            assert await response.read() == b"elsewhere"


async def test_time(wire, either):
    """The client's own limit is for the head and for silence, a request's for everything."""
    size = 8

    async def play(asked, peer):
        await peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size):
            await asyncio.sleep(0.15)
            await peer.send(b"x")
        return b""

    async with wire.Origin(play) as origin:
        client = either(defaults={"request_timeout": 1.0})
        async with client.stream(origin.url) as response:
            assert await response.read() == b"x" * size
        with pytest.raises(HTTPClientError):
            async with client.stream(origin.url, request_timeout=1.0) as response:
                await response.read()


async def test_a_head_that_does_not_come(wire, either):
    async def play(asked, peer):
        await peer.closed()
        return

    async with wire.Origin(play) as origin:
        client = either(defaults={"request_timeout": 0.2})
        with pytest.raises(HTTPClientError, match=r"Timeout|timed out"):
            async with client.stream(origin.url):
                pass
        await asyncio.wait_for(origin.peers[0].over.wait(), 5)


async def test_text_and_lines(wire, either):
    text = "erste Zeile\r\nzweite: Öl\rdritte\n\nfünfte"
    packed = gzip.compress(text.encode("utf-8"))

    async def play(asked, peer):
        head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        await peer.send(head.encode())
        for octet in packed:
            await peer.send(b"1\r\n%c\r\n" % octet)
        return b"0\r\n\r\n"

    async with wire.Origin(play) as origin:
        client = either()
        async with client.stream(origin.url) as response:
            lines = [line async for line in response.iter_lines()]
        assert lines == ["erste Zeile", "zweite: Öl", "dritte", "", "fünfte"]
        async with client.stream(origin.url) as response:
            assert "".join([piece async for piece in response.iter_text()]) == text


async def test_what_does_not_go_together(either):
    client = either()
    with pytest.raises(ValueError, match="streaming_callback"):
        client.stream("http://a.example/", streaming_callback=print)
    with pytest.raises(ValueError, match="kwargs can't be used"):
        client.stream(HTTPRequest("http://a.example/"), method="PUT")
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.stream("http://a.example/")


async def test_nothing_is_kept(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        streams = []
        for _ in range(3):
            async with client.stream(origin.url) as response:
                await response.read()
            streams.append(weakref.ref(response))
        async with client.stream(origin.url) as response:
            pass
        assert isinstance(response, StreamedResponse)
        streams.append(weakref.ref(response))
        del response
        await asyncio.sleep(0)
        gc.collect()
        assert [stream() for stream in streams] == [None] * 4
        assert not client.active
        assert not client.queue
