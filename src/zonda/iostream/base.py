"""The pull face's other half: writing with Futures, and being told of the end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zonda.iostream.buffer import StreamBuffer, WriteData
from zonda.iostream.channel import FD_CLOSED, is_peer_gone
from zonda.iostream.errors import StreamBufferFullError, StreamClosedError
from zonda.iostream.pull import PullChannel
from zonda.legacy import past
from zonda.log import gen_log

if TYPE_CHECKING:
    from zonda.ioloop import IOLoop


class BaseIOStream(PullChannel):
    """A non-blocking file or socket, to be read and written with Futures.

    Subclasses say how bytes come and go: `fileno`, `close_fd`, `write_to_fd`, `read_from_fd`
    and, if they can, `get_fd_error`.

    :param max_buffer_size: most bytes to buffer for reading (100 MiB).
    :param read_chunk_size: most bytes to read in one call (64 KiB, at most half of
        `max_buffer_size`).
    :param max_write_buffer_size: most bytes to buffer for writing (None: no limit).
    """

    __slots__ = (
        "_close_callback",
        "_total_write_index",
        "_write_futures",
        "max_write_buffer_size",
    )

    def __init__(
        self,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
        max_write_buffer_size: int | None = None,
        *args: Any,
        io_loop: Any = None,
    ) -> None:
        if io_loop is not None or args or hasattr(max_buffer_size, "asyncio_loop"):
            max_buffer_size, read_chunk_size, max_write_buffer_size = past("iostream").buffer_sizes(
                [max_buffer_size, read_chunk_size, max_write_buffer_size, *args], io_loop
            )
        super().__init__(max_buffer_size, read_chunk_size)
        self.max_write_buffer_size = max_write_buffer_size
        # Bytes ever given to write(). The difference to what is still buffered says which of
        # the Futures in _write_futures, each with its place in that count, are due.
        self._total_write_index = 0
        self._write_futures: deque[tuple[int, asyncio.Future[None]]] | None = None
        self._close_callback: Callable[[], object] | None = None

    @property
    def io_loop(self) -> IOLoop:
        """The `IOLoop` that the stream belongs to."""
        from zonda.ioloop import IOLoop

        known = IOLoop._ioloop_for_asyncio.get(self._loop)
        if known is None and self._loop.is_running():
            return IOLoop.current()
        if known is None:
            from zonda.platform.asyncio import BaseAsyncIOLoop

            known = BaseAsyncIOLoop(self._loop, make_current=False)
        return known

    # -- writing ----------------------------------------------------------------------------

    @property
    def _write_buffer(self) -> StreamBuffer | None:
        # Some programs append their views here, raise _total_write_index and write(b"").
        if self._closed:
            return None
        if self._wbuf is None:
            self._wbuf = StreamBuffer()
        self._wbuf.pinned = True
        return self._wbuf

    @property
    def _total_write_done_index(self) -> int:
        return self._total_write_index - self.write_buffer_size

    def write(self, data: WriteData, callback: Any = None) -> asyncio.Future[None]:
        """Write `data`; the Future is done when all of it is handed to the kernel.

        A large `data` is referred to, not copied: do not change it before that. Not waiting
        for the Future is allowed; waiting is what keeps the buffer small.

        :raises StreamClosedError: the stream is closed.
        :raises StreamBufferFullError: more than `max_write_buffer_size` would be waiting.
        """
        if self._closed:
            raise StreamClosedError(real_error=self.error)
        if type(data) is not bytes:
            data = _as_bytes(data)
        limit = self.max_write_buffer_size
        if limit is not None and self.write_buffer_size + len(data) > limit:
            raise StreamBufferFullError("Reached maximum write buffer size")
        self._total_write_index += len(data)
        place = self._total_write_index
        future: asyncio.Future[None] = asyncio.Future(loop=self._loop)
        self.send(data)
        if self._wbuf is not None and self._open and not self._writer_on:
            self._flush()  # what others appended to _write_buffer
        if self._fd == FD_CLOSED:
            self._fail(future)
        elif self._wbuf is None or place <= self._total_write_done_index:
            future.set_result(None)
        else:
            if self._write_futures is None:
                self._write_futures = deque()
            self._write_futures.append((place, future))
        if callback is not None:
            past("iostream").call_back(self, future, callback, result=False)
        return future

    def writing(self) -> bool:
        """True if bytes wait to be written."""
        return bool(self._wbuf)

    def _written(self) -> None:
        super()._written()
        futures = self._write_futures
        if futures:
            done = self._total_write_done_index
            while futures and futures[0][0] <= done:
                _, future = futures.popleft()
                if not future.done():
                    future.set_result(None)

    def _write_failed(self, exc: OSError) -> None:
        if not self._closed and self._receiver is None and not is_peer_gone(exc):
            gen_log.warning("Write error on %s: %s", self._fd, exc)
        super()._write_failed(exc)

    def set_nodelay(self, value: bool) -> None:
        """Send small pieces at once (no Nagle's algorithm); sockets only, others ignore it."""

    # -- the end ----------------------------------------------------------------------------

    def set_close_callback(self, callback: Callable[[], object] | None) -> None:
        """Have `callback()` called once the stream is closed (soon, if it is already).

        It says nothing about data: bytes received before may still be read. None withdraws it.
        """
        self._close_callback = callback
        if callback is not None and self._closed:
            self._run_close_callback()
        else:
            self._watch_for_close()

    def _watch_for_close(self) -> None:
        if (
            self._close_callback is not None
            and not self._reader_on
            and not self._closed
            and self._receiver is None
            and not self._rbuf
        ):
            self._await_data()

    def _run_close_callback(self) -> None:
        callback, self._close_callback = self._close_callback, None
        if callback is not None and not self._loop.is_closed():
            self.io_loop.add_callback(callback)

    def _lost(self) -> None:
        super()._lost()
        futures, self._write_futures = self._write_futures, None
        for _, future in futures or ():
            self._fail(future)
        self._run_close_callback()


def _as_bytes(data: object) -> WriteData:
    """`data`, so that its `len` is a number of bytes."""
    if isinstance(data, memoryview):
        return data.cast("B")
    if isinstance(data, (bytes, bytearray)):
        return data
    raise TypeError(f"write() wants bytes, bytearray or memoryview, not {data!r:.50}")
