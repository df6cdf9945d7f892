"""Sockets: connecting, Nagle, and the shortcuts of the plain stream."""

import asyncio
import socket
from typing import Any

import pytest

from tests.iostream.peers import Recorder, looped, socket_pair, stream_pair, turns
from zonda.iostream import IOStream, StreamClosedError


@looped
async def test_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = IOStream(socket.socket())
        connected = stream.connect(listener.getsockname())
        assert not connected.done()
        order: list[str] = []
        written = stream.write(b"early")
        assert stream.writing()
        read = stream.read_bytes(5)
        connected.add_done_callback(lambda _: order.append("connected"))
        written.add_done_callback(lambda _: order.append("written"))
        assert await connected is stream
        await written
        await turns(1)
        assert order == ["connected", "written"]
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(5) == b"early"
            accepted.send(b"hello")
            assert await read == b"hello"
        stream.close()


@looped
async def test_connecting_to_a_unix_socket(tmp_path: Any) -> None:
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        streams = []
        for _ in range(10):
            stream = IOStream(socket.socket(socket.AF_UNIX))
            connected = stream.connect(path)
            streams.append(stream)
            if stream.closed():  # a full backlog says EAGAIN, and there is nothing to wait for
                break
            assert await connected is stream
        assert len(streams) > 1
        with pytest.raises(StreamClosedError) as caught:
            await connected
        assert isinstance(caught.value.real_error, BlockingIOError)
        for stream in streams:
            stream.set_nodelay(True)  # means nothing here
            stream.close()


def refusing_address() -> tuple[socket.socket, Any]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock, sock.getsockname()


@looped
async def test_a_refused_connection() -> None:
    refusing, address = refusing_address()
    with refusing:
        stream = IOStream(socket.socket())
        closed = asyncio.Event()
        stream.set_close_callback(closed.set)
        connected, written = stream.connect(address), stream.write(b"early")
        for future in (connected, written):
            with pytest.raises(StreamClosedError) as caught:
                await future
            assert isinstance(caught.value.real_error, ConnectionRefusedError)
        assert isinstance(stream.error, ConnectionRefusedError)
        assert stream.error.strerror == "Connection refused"
        await closed.wait()


@looped
async def test_a_name_that_does_not_exist() -> None:
    stream = IOStream(socket.socket())
    with pytest.raises(StreamClosedError) as caught:
        await stream.connect(("does-not-exist.invalid", 80))
    assert isinstance(caught.value.real_error, socket.gaierror)


@looped
async def test_closing_while_connecting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = IOStream(socket.socket())
        connected = stream.connect(listener.getsockname())
        stream.close()
        with pytest.raises(StreamClosedError):
            await connected
        with pytest.raises(StreamClosedError):
            stream.connect(listener.getsockname())


@looped
async def test_the_socket_is_the_streams_until_it_is_closed() -> None:
    ours, theirs = socket_pair()
    stream = IOStream(ours)
    assert stream.socket is ours
    assert stream.fileno() == ours.fileno()
    assert not ours.getblocking()
    assert stream.get_fd_error() is None
    stream.close()
    assert stream.socket is None
    assert ours.fileno() == -1
    theirs.close()


@looped
async def test_set_nodelay() -> None:
    async with stream_pair() as (server, _):
        for value in (True, False):
            server.set_nodelay(value)
            option = server.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert bool(option) == value
        server.close()
        server.set_nodelay(True)


@looped
async def test_a_descriptor_closed_by_somebody_else() -> None:
    ours, theirs = socket_pair()
    stream = IOStream(ours)
    ours.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        stream.read_bytes(1)
    assert not stream.reading()
    stream.close()
    assert stream.closed()
    theirs.close()


class Shouting(IOStream):
    """Overrides what goes out and comes in; the plain stream's shortcuts must not apply."""

    def write_to_fd(self, data: memoryview) -> int:
        return super().write_to_fd(memoryview(bytes(data).upper()))

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        size = super().read_from_fd(buf)
        if size:
            buf[:size] = bytes(buf[:size]).replace(b"E", b"3")
        return size


@looped
async def test_a_subclass_may_change_what_goes_out_and_comes_in() -> None:
    ours, theirs = socket_pair()
    stream, peer = Shouting(ours), IOStream(theirs)
    await stream.write(b"one")
    assert await peer.read_bytes(3) == b"ONE"
    await peer.write(b"HERE")
    assert await stream.read_bytes(4) == b"H3R3"
    await peer.write(b"E" * 50_000)
    assert await stream.read_bytes(50_000) == b"3" * 50_000
    receiver = Recorder()
    stream.start_push(receiver)
    stream.send(b"two")
    assert await peer.read_bytes(3) == b"TWO"
    await peer.write(b"THERE")
    await receiver.until_bytes(5)
    assert receiver.data == b"TH3R3"
    peer.close()
    await receiver.until_event("eof")
    stream.close()


@looped
async def test_an_instance_may_be_patched() -> None:
    async with stream_pair() as (server, client):
        plain = server.read_from_fd
        seen: list[int] = []

        def spy(buf: memoryview) -> int | None:
            seen.append(len(buf))
            return plain(buf)  # type: ignore[no-any-return]

        server.read_from_fd = spy
        client.write(b"abc")
        assert await server.read_bytes(3) == b"abc"
        assert seen == [65536]
        client.write(b"x" * 30_000)
        assert await server.read_bytes(30_000) == b"x" * 30_000
        assert len(seen) > 1


@looped
async def test_a_stream_that_nobody_watches_is_freed_with_its_socket() -> None:
    import gc
    import weakref

    ours, theirs = socket_pair()
    gc.collect()
    gc.disable()
    try:
        stream = IOStream(ours)
        reference = weakref.ref(stream)
        receiver = Recorder()
        stream.start_push(receiver)
        theirs.close()
        await receiver.until_event("eof")
        stream.close()
        await turns()
        del stream
        assert reference() is None
    finally:
        gc.enable()


@looped
async def test_a_broken_connection_leaves_no_cycle() -> None:
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        for face in ("push", "pull"):
            async with stream_pair() as (server, client):
                receiver = Recorder()
                if face == "push":
                    server.start_push(receiver)
                    client.abort()
                    await receiver.until_event("lost")
                else:
                    read = server.read_bytes(1)
                    client.abort()
                    with pytest.raises(StreamClosedError):
                        await read
                    del read
                await turns()
                reference = weakref.ref(server)
            del server, client
            assert reference() is None, face
    finally:
        gc.enable()
