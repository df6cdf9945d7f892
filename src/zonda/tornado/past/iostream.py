"""``callback=`` and ``streaming_callback=`` of the streams' methods, and their ``io_loop=``.

With a callback a method returns None. The callback is called from the loop; it is not called
when the stream is closed before (``set_close_callback`` tells), except that of
``read_until_close``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zonda.gen.coroutine import coroutine
from zonda.iostream.errors import StreamClosedError, UnsatisfiableReadError
from zonda.legacy import deprecated
from zonda.tornado.past.arguments import check_current
from zonda.tornado.past.stack_context import run_old

if TYPE_CHECKING:
    from zonda.iostream.base import BaseIOStream
    from zonda.iostream.tcp import IOStream

__all__ = ["buffer_sizes", "call_back", "connect", "read_bytes", "read_until_close", "with_limit"]

Callback = Callable[..., object]


def call_back(
    stream: BaseIOStream, future: asyncio.Future[Any], callback: Callback, *, result: bool = True
) -> None:
    """Call ``callback(result)``, or ``callback()``, when *future* has succeeded."""
    deprecated("callback= of a stream's method", "await")
    io_loop = stream.io_loop

    def done(future: asyncio.Future[Any]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            results = [future.result()] if result else []
            io_loop._run_callback(run_old, io_loop, callback, *results)
        elif not isinstance(error, StreamClosedError | UnsatisfiableReadError):
            io_loop._run_callback(run_old, io_loop, future.result)  # which raises it

    future.add_done_callback(done)


def with_limit(
    read: Callable[..., asyncio.Future[bytes]],
    stream: BaseIOStream,
    wanted: Any,
    args: tuple[Any, ...],
    max_bytes: int | None,
    callback: Callback | None,
) -> asyncio.Future[bytes] | None:
    """``read_until(wanted, [callback], [max_bytes])`` and ``read_until_regex``."""
    for value in args:
        if callable(value):
            callback = value
        elif value is not None:
            max_bytes = value
    future = read(wanted, max_bytes=max_bytes)
    if callback is None:
        return future
    call_back(stream, future, callback)
    return None


def read_bytes(
    stream: BaseIOStream,
    num_bytes: int,
    args: tuple[Any, ...],
    partial: bool,
    callback: Callback | None,
    streaming_callback: Callback | None,
) -> asyncio.Future[bytes] | None:
    """``read_bytes(num_bytes, [callback], [streaming_callback], [partial])``."""
    places = [value for value in args if value is None or callable(value)]
    for value in args:
        if isinstance(value, bool):
            partial = value
    if places:
        callback = places[0]
    if len(places) > 1:
        streaming_callback = places[1]
    if streaming_callback is None:
        future = stream.read_bytes(num_bytes, partial=partial)
    else:
        future = _stream_bytes(stream, num_bytes, partial, streaming_callback)
    if callback is None:
        return future
    call_back(stream, future, callback)
    return None


def read_until_close(
    stream: BaseIOStream, callback: Callback | None, streaming_callback: Callback | None
) -> asyncio.Future[bytes] | None:
    """``read_until_close([callback], [streaming_callback])``."""
    if streaming_callback is None:
        future = stream.read_until_close()
    else:
        future = _stream_until_close(stream, streaming_callback)
    if callback is None:
        return future
    call_back(stream, future, callback)
    return None


def connect(
    stream: IOStream,
    address: Any,
    args: tuple[Any, ...],
    server_hostname: str | None,
    callback: Callback | None,
) -> asyncio.Future[Any] | None:
    """``connect(address, [callback], [server_hostname])``."""
    for value in args:
        if callable(value):
            callback = value
        elif value is not None:
            server_hostname = value
    future = stream.connect(address, server_hostname=server_hostname)
    if callback is None:
        return future
    call_back(stream, future, callback, result=False)
    return None


@coroutine
def _stream_bytes(
    stream: BaseIOStream, num_bytes: int, partial: bool, streaming_callback: Callback
) -> Any:
    """Hand over what comes; the result is empty."""
    deprecated("streaming_callback=", "await stream.read_bytes(..., partial=True)")
    while num_bytes:
        chunk = yield stream.read_bytes(num_bytes, partial=True)
        stream.io_loop._run_callback(streaming_callback, chunk)
        num_bytes = 0 if partial else num_bytes - len(chunk)
    return b""


@coroutine
def _stream_until_close(stream: BaseIOStream, streaming_callback: Callback) -> Any:
    deprecated("streaming_callback=", "await stream.read_bytes(..., partial=True)")
    while True:
        try:
            chunk = yield stream.read_bytes(stream.read_chunk_size, partial=True)
        except StreamClosedError:
            return b""
        stream.io_loop._run_callback(streaming_callback, chunk)


def buffer_sizes(values: list[Any], io_loop: Any) -> list[Any]:
    """Take the loop out of a constructor's positional arguments, where it came first.

    :param values: ``io_loop`` (if it was given there), then the sizes.
    :returns: the three sizes.
    :raises RuntimeError: the loop is not the current one.
    """
    if values and hasattr(values[0], "asyncio_loop"):
        io_loop = values.pop(0)
    if len(values) > 3:
        raise TypeError("too many arguments for a stream")
    check_current(io_loop, "a stream")
    return [*values, None, None, None][:3]
