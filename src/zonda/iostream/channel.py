"""One file descriptor on one event loop: readiness, buffered writing, closing.

`Channel` is the ground on which both faces of a stream stand. It knows how to learn that
its descriptor is ready, how to send what the kernel does not take at once, and how to end.
It does not know who reads: that is the push face (`push.py`) or the pull face (`base.py`).
"""

from __future__ import annotations

import asyncio
import errno
import sys
import weakref
from types import TracebackType
from typing import Protocol, TypeVar

from zonda.iostream.buffer import StreamBuffer, WriteData
from zonda.iostream.errors import StreamClosedError
from zonda.iostream.poller import Callback, Poller

T = TypeVar("T")


class HasFileno(Protocol):
    """Anything with a file descriptor."""

    def fileno(self) -> int: ...


ExcInfo = (
    bool
    | BaseException
    | tuple[type[BaseException] | None, BaseException | None, TracebackType | None]
    | None
)

# Bytes sent in one turn of the loop before other streams get theirs.
_WRITE_TURN = 1024 * 1024
# Bytes offered to the kernel, or to TLS, in one call. OpenSSL wants a write that it could not
# finish to be repeated with the same bytes, at least as many: they must stay the first piece.
WRITE_CHUNK = 256 * 1024

# Values of Channel._fd that are not descriptors. Using the second one gives EBADF.
_FD_UNKNOWN = -2
FD_CLOSED = -1

# What happens once the write buffer is empty.
_STAY, _SEND_EOF, _CLOSE, _BROKEN = range(4)

_PEER_GONE = (errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE, errno.ETIMEDOUT)


def is_peer_gone(exc: BaseException) -> bool:
    """True if `exc` only says that the other side has gone away: not worth a log line."""
    return isinstance(exc, ConnectionError) or (
        isinstance(exc, OSError) and exc.errno in _PEER_GONE
    )


def current_asyncio_loop() -> asyncio.AbstractEventLoop:
    """The running loop or, before any runs, the one that `IOLoop.current()` stands for."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        from zonda.ioloop import IOLoop

        return IOLoop.current().asyncio_loop


class Channel:
    """A non-blocking file descriptor with a write buffer.

    Subclasses say what the descriptor is: `fileno`, `close_fd`, `read_from_fd`,
    `write_to_fd`, `get_fd_error`.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_after_flush",
        "_closed",
        "_fd",
        "_loop",
        "_open",
        "_poller",
        "_reader_on",
        "_wbuf",
        "_writer_on",
        "error",
    )

    # Whether a short write means that the kernel is full, and a short read that it is empty.
    # Not so with TLS, which goes record by record.
    _short_write_is_full = True
    _short_read_is_empty = True

    # Whether bytes that have arrived may wait where readiness does not tell of them (in TLS).
    _hides_data = False

    error: BaseException | None

    def __init__(self) -> None:
        self._loop = current_asyncio_loop()
        self._poller: weakref.ref[Poller] = weakref.ref(Poller.of(self._loop))
        self._fd = _FD_UNKNOWN
        # None: nothing is buffered and the descriptor may be written to at once.
        self._wbuf: StreamBuffer | None = None
        self._open = True  # False while connecting or shaking hands
        self._closed = False
        self._reader_on = False
        self._writer_on = False
        self._after_flush = _STAY
        self.error = None

    # -- what a subclass must say -----------------------------------------------------------

    def fileno(self) -> int | HasFileno:
        """The file descriptor, or an object that has one."""
        raise NotImplementedError

    def close_fd(self) -> None:
        """Close the descriptor. Called once, by the stream itself; call `close()` instead."""
        raise NotImplementedError

    def write_to_fd(self, data: memoryview) -> int:
        """Write what the descriptor takes of `data` now.

        Returns the number of bytes written; 0 (or `BlockingIOError`) if it takes none. The
        view is only valid during the call.
        """
        raise NotImplementedError

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """Read at most `len(buf)` bytes into `buf`.

        Returns the number of bytes read, None if there is nothing to read yet, 0 at the end.
        """
        raise NotImplementedError

    def get_fd_error(self) -> Exception | None:
        """The error that the descriptor itself knows of, if it can tell."""
        return None

    # -- readiness --------------------------------------------------------------------------

    def _descriptor(self) -> int:
        if self._fd == _FD_UNKNOWN:
            file = self.fileno()
            self._fd = file if isinstance(file, int) else file.fileno()
        return self._fd

    def _watch_reading(self, callback: Callback) -> None:
        """Have `callback` called when there is something to read; replaces an earlier one."""
        poller = self._poller()
        if poller is not None:
            poller.add_reader(self._descriptor(), callback)
            self._reader_on = True

    def _unwatch_reading(self) -> None:
        if self._reader_on:
            self._reader_on = False
            poller = self._poller()
            if poller is not None:
                poller.remove_reader(self._fd)

    def _watch_writing(self, callback: Callback) -> None:
        """Have `callback` called when the descriptor takes bytes; replaces an earlier one."""
        poller = self._poller()
        if poller is not None:
            poller.add_writer(self._descriptor(), callback)
            self._writer_on = True

    def _unwatch_writing(self) -> None:
        if self._writer_on:
            self._writer_on = False
            poller = self._poller()
            if poller is not None:
                poller.remove_writer(self._fd)

    # -- writing ----------------------------------------------------------------------------

    @property
    def write_buffer_size(self) -> int:
        """Bytes accepted for writing that the kernel has not taken yet."""
        return 0 if self._wbuf is None else len(self._wbuf)

    def _enqueue(self, data: WriteData, is_full: bool) -> None:
        """Put `data` behind what waits. `is_full`: the descriptor takes nothing just now."""
        if self._wbuf is None:
            self._wbuf = StreamBuffer()
        self._wbuf.append(data)
        if self._open and not self._writer_on:
            if is_full:
                self._watch_writing(self._on_writable)
            else:
                self._flush()

    def _on_writable(self) -> None:
        self._flush()

    def _flush(self) -> None:
        """Send from the buffer until it is empty, the kernel is full or the turn is over."""
        buffer = self._wbuf
        if buffer is None:
            return
        left = _WRITE_TURN
        while buffer._size and left > 0:
            try:
                offered, sent = self._send_first(buffer)
            except BlockingIOError:
                break
            except OSError as exc:
                self._write_failed(exc.with_traceback(None))
                return
            if sent:
                buffer.advance(sent)
                left -= sent
            if not sent or (sent < offered and self._short_write_is_full):
                break
        self._flushed(buffer)

    def _send_first(self, buffer: StreamBuffer) -> tuple[int, int]:
        """Write from the front of the buffer; bytes offered to the descriptor, bytes it took."""
        view = buffer.peek(WRITE_CHUNK)
        try:
            return len(view), self.write_to_fd(view)
        finally:
            view.release()

    def _flushed(self, buffer: StreamBuffer) -> None:
        if buffer._size:
            if not self._writer_on:
                self._watch_writing(self._on_writable)
            self._written()
            return
        self._unwatch_writing()
        if not buffer.pinned:
            self._wbuf = None
        self._written()
        if self._after_flush and not self._closed and not self.write_buffer_size:
            self._finish_writing()

    def _written(self) -> None:
        """The buffer has shrunk: tell whoever waits for that."""

    def _finish_writing(self) -> None:
        if self._after_flush == _CLOSE:
            self.close()
        elif self._after_flush == _SEND_EOF:
            self._after_flush = _STAY
            self._shutdown_writing()

    def _shutdown_writing(self) -> None:
        """Tell the peer that nothing more will come; only sockets can."""

    def _write_failed(self, exc: OSError) -> None:
        """The descriptor refused a write."""
        if not self._closed:
            self.close(exc)

    # -- the end ----------------------------------------------------------------------------

    def closed(self) -> bool:
        """True if the stream has been closed."""
        return self._closed

    def close(self, exc_info: ExcInfo = False) -> None:
        """Close the descriptor at once; what is not yet written is dropped.

        `exc_info` says why, for `error`: an exception, True for the one being handled, or a
        `sys.exc_info()` triple.
        """
        if self._closed:
            return
        self._remember(exc_info)
        self._closing()
        self._unwatch_reading()
        self._unwatch_writing()
        self._closed = True
        self._open = False
        try:
            self.close_fd()
        except OSError:
            pass  # whatever it says, the descriptor is gone
        finally:
            self._fd = FD_CLOSED
            if self._wbuf is not None:
                self._wbuf.clear()
                self._wbuf = None
            self._lost()

    def close_after_flush(self) -> None:
        """Close once everything accepted for writing has been handed to the kernel."""
        self._after_flush = _CLOSE
        if not self.write_buffer_size:
            self.close()

    def _remember(self, exc_info: ExcInfo) -> None:
        if exc_info is True:
            exc_info = sys.exc_info()
        if isinstance(exc_info, tuple):
            exc_info = exc_info[1]
        if isinstance(exc_info, BaseException):
            self.error = exc_info

    def _closing(self) -> None:
        """Called first when the stream closes, while the descriptor is still open."""

    def _lost(self) -> None:
        """Called last when the stream has closed: tell whoever waits."""

    def _fail(self, future: asyncio.Future[T]) -> None:
        """End `future` because the stream is closed."""
        if not future.done() and not self._loop.is_closed():
            future.set_exception(StreamClosedError(real_error=self.error))
            future.exception()  # nobody need look: not an error that asyncio should report
