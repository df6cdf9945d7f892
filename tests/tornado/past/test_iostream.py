"""Streams with callbacks, and constructors with io_loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.tornado.era import looped
from zonda.ioloop import IOLoop, PeriodicCallback
from zonda.iostream import IOStream, StreamClosedError
from zonda.netutil import Resolver
from zonda.tcpclient import TCPClient
from zonda.tcpserver import TCPServer
from zonda.tornado.past.stack_context import ExceptionStackContext

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[Any, Any]]:
    """Two connected streams."""
    one, other = socket.socketpair()
    streams = IOStream(one, IOLoop.current()), IOStream(other, io_loop=IOLoop.current())
    try:
        yield streams
    finally:
        for stream in streams:
            stream.close()


async def called(method: Any, *args: Any, **kwargs: Any) -> Any:
    """What the callback, which is put in the place of CALLBACK, is called with."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def callback(*results: Any) -> None:
        future.set_result(results)

    args = tuple(callback if arg is CALLBACK else arg for arg in args)
    kwargs = {name: callback if v is CALLBACK else v for name, v in kwargs.items()}
    method(*args, **kwargs)
    return await future


CALLBACK: Any = object()


@looped
async def test_reads_call_back() -> None:
    async with pair() as (one, other):
        await other.write(b"a\nb\ncc12345rest")
        assert await called(one.read_until, b"\n", CALLBACK) == (b"a\n",)
        assert await called(one.read_until, b"\n", CALLBACK, max_bytes=10) == (b"b\n",)
        assert await called(one.read_until_regex, b"c+", callback=CALLBACK) == (b"cc",)
        assert await called(one.read_bytes, 5, CALLBACK) == (b"12345",)
        assert await called(one.read_bytes, 100, CALLBACK, partial=True) == (b"rest",)
        assert await called(other.write, b"back", CALLBACK) == ()
        other.close()
        assert await called(one.read_until_close, CALLBACK) == (b"back",)


@looped
async def test_arguments_of_today_keep_their_places() -> None:
    async with pair() as (one, other):
        await other.write(b"line\nmore")
        assert await one.read_until(b"\n", 10) == b"line\n"
        assert await one.read_bytes(100, True) == b"more"
        await other.write(b"xxxxxxxxxxxxxxxxxxxx")
        with pytest.raises(StreamClosedError):
            await one.read_until_regex(b"y", 5)


@looped
async def test_streaming_callbacks_get_the_pieces() -> None:
    async with pair() as (one, other):
        pieces: list[bytes] = []
        await other.write(b"12345")
        end = called(one.read_bytes, 5, callback=CALLBACK, streaming_callback=pieces.append)
        assert await end == (b"",)
        assert b"".join(pieces) == b"12345"
        await other.write(b"678")
        future = one.read_until_close(streaming_callback=pieces.append)
        other.close()
        assert await future == b""
        assert b"".join(pieces) == b"12345678"


@looped
async def test_nothing_is_called_when_the_stream_is_closed_before() -> None:
    async with pair() as (one, other):
        got: list[bytes] = []
        closed = asyncio.Event()
        one.set_close_callback(closed.set)
        one.read_until(b"\n", got.append)
        other.close()
        await closed.wait()
        await asyncio.sleep(0)
        assert got == []


@looped
async def test_an_exception_of_a_callback_goes_to_its_context() -> None:
    errors: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def handle(typ: Any, value: BaseException, tb: Any) -> bool:
        errors.set_result(value)
        return True

    async with pair() as (one, other):
        with ExceptionStackContext(handle):
            one.read_until(b"\n", lambda line: 1 / 0)
        await other.write(b"\n")
        assert isinstance(await errors, ZeroDivisionError)


@looped
async def test_a_server_and_a_client_of_callbacks() -> None:
    class Echo(TCPServer):
        def handle_stream(self, stream: Any, address: Any) -> None:
            stream.read_until(b"\n", lambda line: stream.write(line, stream.close))

    make: Any = Echo
    server = make(io_loop=IOLoop.current())
    server.listen(0, "127.0.0.1")
    [sock] = server._sockets.values()
    stream: Any = IOStream(socket.socket())
    assert await called(stream.connect, sock.getsockname(), CALLBACK) == ()
    stream.write(b"hello\n")
    assert await called(stream.read_until_close, CALLBACK) == (b"hello\n",)
    server.stop()


@looped
async def test_resolvers_and_clients() -> None:
    resolver: Any = Resolver(io_loop=IOLoop.current())
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    resolver.resolve("127.0.0.1", 80, callback=future.set_result)
    assert await future == [(socket.AF_INET, ("127.0.0.1", 80))]
    make: Any = TCPClient
    make(resolver, IOLoop.current()).close()
    resolver.close()


@looped
async def test_a_loop_that_is_not_the_current_one_is_refused() -> None:
    other = IOLoop(make_current=False)
    one, two = socket.socketpair()
    try:
        with pytest.raises(RuntimeError, match="a stream works on the current loop"):
            IOStream(one, io_loop=other)
        with pytest.raises(RuntimeError, match="TCPServer works on the current loop"):
            TCPServer(other)
        with pytest.raises(TypeError, match="too many arguments"):
            IOStream(two, IOLoop.current(), 1, 2, 3, 4)
    finally:
        other.close()
        one.close()
        two.close()


def test_a_periodic_callback_runs_on_any_loop() -> None:
    loop = IOLoop(make_current=False)
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        periodic.stop()
        loop.stop()

    periodic = PeriodicCallback(call, 1, loop)
    periodic.start()
    loop.start()
    loop.close()
    assert calls == [1]
