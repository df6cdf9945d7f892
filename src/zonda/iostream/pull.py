"""The pull face's reading half: read this much, then go on.

A read names what it wants (`modes.py`) and gets a Future; readiness fills the read buffer until
the mode is content. Bytes that are there already are handed over at once, without a turn of the
loop.

A descriptor stays watched after its read is done: in a conversation the next read follows
soon, and an idle stream learns this way that its peer has gone. What arrives before anybody
asks is read ahead, one chunk at most, or four where chunk after chunk comes in full.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from zonda.iostream.buffer import ReadBuffer, scratch
from zonda.iostream.channel import is_peer_gone
from zonda.iostream.errors import StreamBufferFullError, StreamClosedError, UnsatisfiableReadError
from zonda.iostream.modes import (
    ReadBytes,
    ReadInto,
    ReadMode,
    ReadUntil,
    ReadUntilClose,
    ReadUntilRegex,
    Result,
)
from zonda.iostream.push import PushChannel
from zonda.legacy import past
from zonda.log import gen_log

# Bytes read in one turn of the loop before other streams get theirs.
_READ_TURN = 1024 * 1024
_DEFAULT_MAX_BUFFER = 100 * 1024 * 1024
_DEFAULT_CHUNK = 64 * 1024
# A read that lacks so many bytes gets them in an object of their own, which it may then be given
# as it is; fewer bytes come cheaper by way of scratch memory.
_STRAIGHT = 16 * 1024
# Chunks read ahead, without a turn of the loop, behind one that came in full.
_READ_ON = 3


class PullChannel(PushChannel):
    """A channel that can also be asked for bytes."""

    __slots__ = ("_rbuf", "_read_future", "_read_mode", "max_buffer_size", "read_chunk_size")

    def __init__(self, max_buffer_size: int | None, read_chunk_size: int | None) -> None:
        super().__init__()
        self.max_buffer_size = max_buffer_size or _DEFAULT_MAX_BUFFER
        # A chunk must fit into the buffer beside what has not been found in it yet.
        self.read_chunk_size = min(read_chunk_size or _DEFAULT_CHUNK, self.max_buffer_size // 2)
        self._rbuf: ReadBuffer | None = None
        self._read_mode: ReadMode | None = None
        self._read_future: asyncio.Future[Result] | None = None

    # -- what users call --------------------------------------------------------------------

    def read_bytes(
        self,
        num_bytes: int,
        *args: Any,
        partial: bool = False,
        callback: Any = None,
        streaming_callback: Any = None,
    ) -> asyncio.Future[bytes]:
        """Read `num_bytes` bytes or, if `partial`, at least one and at most so many.

        :raises StreamClosedError: the stream is closed (as for all reads).
        """
        if args or callback is not None or streaming_callback is not None:
            if len(args) == 1 and isinstance(args[0], bool):
                partial = args[0]
            else:
                return past("iostream").read_bytes(  # type: ignore[no-any-return]
                    self, num_bytes, args, partial, callback, streaming_callback
                )
        return self._start_read(ReadBytes(_as_size(num_bytes), partial))  # type: ignore[return-value]

    def read_into(self, buf: bytearray | memoryview, partial: bool = False) -> asyncio.Future[int]:
        """Fill `buf` or, if `partial`, at least one byte of it; the result is the number.

        `buf` belongs to the stream until then.
        """
        return self._start_read(ReadInto(memoryview(buf).cast("B"), partial))  # type: ignore[return-value]

    def read_until(
        self, delimiter: bytes, *args: Any, max_bytes: int | None = None, callback: Any = None
    ) -> asyncio.Future[bytes]:
        """Read up to and with `delimiter`.

        If it does not come within `max_bytes` bytes the stream is closed.
        """
        if args or callback is not None:
            if len(args) == 1 and isinstance(args[0], int):
                max_bytes = args[0]
            else:
                return past("iostream").with_limit(  # type: ignore[no-any-return]
                    self.read_until, self, delimiter, args, max_bytes, callback
                )
        return self._start_read(ReadUntil(delimiter, max_bytes))  # type: ignore[return-value]

    def read_until_regex(
        self, regex: bytes, *args: Any, max_bytes: int | None = None, callback: Any = None
    ) -> asyncio.Future[bytes]:
        """Read up to the end of the first match of `regex`.

        If none comes within `max_bytes` bytes the stream is closed.
        """
        if args or callback is not None:
            if len(args) == 1 and isinstance(args[0], int):
                max_bytes = args[0]
            else:
                return past("iostream").with_limit(  # type: ignore[no-any-return]
                    self.read_until_regex, self, regex, args, max_bytes, callback
                )
        return self._start_read(ReadUntilRegex(re.compile(regex), max_bytes))  # type: ignore[return-value]

    def read_until_close(
        self, callback: Any = None, streaming_callback: Any = None
    ) -> asyncio.Future[bytes]:
        """Read everything until the stream is closed, by either side."""
        if callback is not None or streaming_callback is not None:
            return past("iostream").read_until_close(  # type: ignore[no-any-return]
                self, callback, streaming_callback
            )
        return self._start_read(ReadUntilClose())  # type: ignore[return-value]

    def reading(self) -> bool:
        """True if a read is pending."""
        return self._is_reading()

    def _is_reading(self) -> bool:
        return self._read_future is not None and not self._read_future.done()

    # -- beginning a read -------------------------------------------------------------------

    def _start_read(self, mode: ReadMode) -> asyncio.Future[Result]:
        pending = self._read_future
        if pending is not None and not pending.done():
            raise AssertionError("Already reading: wait for the read before, or cancel it")
        assert self._receiver is None, "the stream pushes to a receiver; call stop_push() first"
        future: asyncio.Future[Result] = asyncio.Future(loop=self._loop)
        self._read_mode, self._read_future = mode, future
        try:
            self._try_inline_read()
        except UnsatisfiableReadError as exc:
            self._read_failed(exc)
            self._fail(future)  # if it was closed before
        except BaseException:
            self._read_mode = self._read_future = None
            raise
        return future

    def _try_inline_read(self) -> None:
        """Satisfy the new read from the buffer, or begin to wait for data."""
        mode, buffer = self._read_mode, self._rbuf
        assert mode is not None
        if self._closed:
            result = self._take_last(mode)
            if result is None:
                raise StreamClosedError(real_error=self.error)
        else:
            if buffer is None:
                buffer = self._rbuf = ReadBuffer()
            result = mode.take(buffer) if buffer.size >= mode.need else None
            if result is None:
                if not self._reader_on or self._hides_data:
                    self._await_data()
                return
        self._finish_read(result)
        self._watch_for_close()

    def _finish_read(self, result: Result) -> None:
        future = self._read_future
        self._read_mode = self._read_future = None
        if future is not None:
            future.set_result(result)

    def _await_data(self) -> None:
        """A read is pending: see to it that arriving bytes are noticed."""
        if not self._reader_on and self._open:
            self._watch_reading(self._pull_readable)

    def _watch_for_close(self) -> None:
        """Nobody reads: see to it that the end is noticed if anybody wants to know."""

    def _resume_watching(self) -> None:
        """Watch for what whoever reads, if anybody, waits for."""
        if self._receiver is not None:
            self._listen()
        elif self._is_reading():
            self._await_data()
        else:
            self._watch_for_close()

    # -- readiness --------------------------------------------------------------------------

    def _pull_readable(self) -> None:
        mode, future = self._read_mode, self._read_future
        try:
            if mode is None or future is None or future.done():  # done: cancelled
                self._read_mode = None
                self._read_ahead()
            elif isinstance(mode, ReadInto):
                self._fill_target(mode)
            else:
                self._fill_buffer(mode)
        except Exception as exc:
            self._read_failed(exc)

    def _read_ahead(self) -> None:
        """Something has come that nobody asked for yet: data, or the end."""
        buffer = self._buffer()
        if buffer.size:
            self._unwatch_reading()
            return
        chunk = self._read_some()
        if chunk:
            buffer.append(chunk)
        elif chunk is not None:
            self.close()

    def _fill_buffer(self, mode: ReadMode) -> None:
        """Read until `mode` is content, nothing is left or the turn is over."""
        buffer = self._buffer()
        left = _READ_TURN
        untold = False  # bytes have come that `mode` has not seen
        while left > 0:
            missing = mode.need - buffer.size
            if missing < _STRAIGHT:
                chunk = self._read_some()
            else:
                chunk = self._read_straight(min(missing, self.read_chunk_size))
            if not chunk:
                if chunk is not None:
                    self.close()  # gives `mode` its last chance
                    return
                break
            buffer.append(chunk)
            if buffer.size >= mode.need:
                result = mode.take(buffer)
                if result is not None:
                    self._finish_read(result)
                    if len(chunk) == self.read_chunk_size:
                        self._read_on(buffer)
                    return
            if buffer.size > self.max_buffer_size:
                gen_log.error("Reached maximum read buffer size")
                raise StreamBufferFullError("Reached maximum read buffer size")
            untold = buffer.size < mode.need
            left -= len(chunk)
            if len(chunk) < self.read_chunk_size and self._short_read_is_empty:
                break
        if untold:
            result = mode.take(buffer)
            if result is not None:
                self._finish_read(result)

    def _read_on(self, buffer: ReadBuffer) -> None:
        """Much is coming in: a turn of the loop for each chunk would cost as much again."""
        size = self.read_chunk_size
        for _ in range(_READ_ON):
            if buffer.size + size > self.max_buffer_size:
                return
            chunk = self._read_straight(size)
            if not chunk:
                return  # readiness will tell of the end once more
            buffer.append(chunk)
            if len(chunk) < size:
                return

    def _fill_target(self, mode: ReadInto) -> None:
        """`_fill_buffer` without the buffer."""
        buffer = self._buffer()
        left = _READ_TURN
        while left > 0:
            with mode.room() as room:
                offered = len(room)
                size = self.read_from_fd(room)
            if size is None:
                return
            if not size:
                self.close()
                return
            mode.filled(size)
            result = mode.take(buffer)
            if result is not None:
                self._finish_read(result)
                return
            left -= size
            if size < offered and self._short_read_is_empty:
                return

    def _read_some(self) -> bytes | None:
        """The next chunk, b"" at the end, None if there is nothing yet."""
        view = scratch(self.read_chunk_size)
        size = self.read_from_fd(view)
        return None if size is None else bytes(view[:size])

    def _read_straight(self, size: int) -> bytes | None:
        """`_read_some` where `size` bytes are expected; sockets then take no more than these."""
        return self._read_some()

    def _buffer(self) -> ReadBuffer:
        if self._rbuf is None:
            self._rbuf = ReadBuffer()
        return self._rbuf

    # -- the end ----------------------------------------------------------------------------

    def _read_failed(self, exc: Exception) -> None:
        """A read cannot go on: say so unless it is the everyday case, and close."""
        if isinstance(exc, UnsatisfiableReadError):
            gen_log.info("Unsatisfiable read, closing connection: %s", exc)
        elif not is_peer_gone(exc):
            gen_log.warning("error on read: %s", exc)
        self.close(exc.with_traceback(None))

    def _closing(self) -> None:
        # A pending read gets what has come, if that is enough for it.
        mode = self._read_mode
        if mode is None or not self._is_reading():
            return
        try:
            result = self._take_last(mode)
        except UnsatisfiableReadError:
            return
        if result is not None:
            self._finish_read(result)

    def _take_last(self, mode: ReadMode) -> Result | None:
        """The result of `mode` when nothing more will come."""
        buffer = self._buffer()
        if not isinstance(mode, ReadUntilClose):
            return mode.take_at_end(buffer) if buffer.size or not self._closed else None
        if self.error is not None and not is_peer_gone(self.error):
            return None  # "everything" would be a lie
        return mode.take_at_end(buffer)

    def _lost(self) -> None:
        super()._lost()
        self._read_mode = None
        future, self._read_future = self._read_future, None
        if future is not None:
            self._fail(future)

    # -- between the faces ------------------------------------------------------------------

    def _take_unread(self) -> bytes:
        if self._is_reading():
            raise RuntimeError("a read is pending; wait for it before start_push()")
        buffer, self._rbuf = self._rbuf, None
        return buffer.take(buffer.size) if buffer is not None else b""

    def _put_back(self, unread: bytes) -> None:
        if unread:
            self._buffer().prepend(unread)


def _as_size(num_bytes: object) -> int:
    if isinstance(num_bytes, int) and num_bytes >= 0:
        return num_bytes
    raise TypeError(f"num_bytes must be a number of bytes, not {num_bytes!r}")
