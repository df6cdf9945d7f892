"""The push face: every chunk that arrives is handed to a receiver by a plain call.

Connections (HTTP, WebSocket) live on this face. A request costs one readiness callback, one
`recv`, one `data_received` and one `send`: no Future, no task, no turn of the loop.
"""

from __future__ import annotations

from typing import Protocol

from zonda.iostream.buffer import StreamBuffer, WriteData, scratch
from zonda.iostream.channel import _BROKEN, _CLOSE, _SEND_EOF, WRITE_CHUNK, Channel
from zonda.iostream.region import FileRegion

# An error of a system call is kept as `error` without its traceback: that would only show where
# this file called, and tie the stream into a reference cycle.

# Bytes asked of the kernel in one read.
PUSH_READ_SIZE = 64 * 1024
# Chunks still read after a write failed: an answer that came before the reset.
_LAST_READS = 16


class Receiver(Protocol):
    """Who takes what a stream receives. All calls come from the loop's thread."""

    def data_received(self, data: bytes) -> object:
        """The next bytes, never empty."""

    def eof_received(self) -> object:
        """The peer will send nothing more. Writing may go on; closing is the receiver's."""

    def connection_lost(self, exc: BaseException | None) -> object:
        """The descriptor is closed, `exc` says why (None: in order). Called exactly once."""

    def pause_writing(self) -> object:
        """More than the high-water mark waits to be sent, or sending has failed: stop producing."""

    def resume_writing(self) -> object:
        """The write buffer has drained to the low-water mark: go on."""


class PushChannel(Channel):
    """A channel that pushes what it reads into a `Receiver`."""

    __slots__ = ("_eof", "_high_water", "_low_water", "_paused", "_receiver", "_write_paused")

    def __init__(self) -> None:
        super().__init__()
        self._receiver: Receiver | None = None
        self._eof = False  # the receiver has been told that the peer sends nothing more
        self._paused = False
        self._write_paused = False
        self._high_water = 64 * 1024
        self._low_water = 16 * 1024

    # -- reading ----------------------------------------------------------------------------

    def start_push(self, receiver: Receiver) -> None:
        """Give every chunk read from now on to `receiver.data_received`.

        Bytes that the pull face has buffered are delivered before this returns. On a stream
        that is closed already, `connection_lost` follows in the next turn of the loop.
        """
        if self._receiver is not None:
            raise RuntimeError("the stream has a receiver already; call stop_push() first")
        self._receiver = receiver
        unread = self._take_unread()
        if unread:
            self._push(unread)
        if self._receiver is receiver:
            if self._closed:
                self._lost()
            elif self._paused and self._open:
                self._unwatch_reading()  # the pull face may have been watching
            else:
                self._listen()

    def stop_push(self, unread: bytes = b"") -> None:
        """Go back to the pull face; `unread` is what the receiver did not use."""
        self._receiver = None
        self._eof = self._paused = self._write_paused = False
        self._unwatch_reading()
        self._put_back(unread)

    def pause_reading(self) -> None:
        """Let what arrives wait in the kernel."""
        self._paused = True
        if self._receiver is not None:
            self._unwatch_reading()

    def resume_reading(self) -> None:
        """Undo `pause_reading`."""
        if self._paused:
            self._paused = False
            self._listen()

    def _listen(self) -> None:
        """Start reading for the receiver, if reading is possible and wanted."""
        if self._open and self._receiver is not None and not (self._paused or self._eof):
            self._watch_reading(self._push_readable)

    def _push_readable(self) -> None:
        try:
            data = self._read_chunk()
        except OSError as exc:
            self.close(exc.with_traceback(None))
            return
        if data is not None:
            self._push(data)

    def _push(self, data: bytes) -> None:
        receiver = self._receiver
        if receiver is None:
            return
        try:
            if data:
                receiver.data_received(data)
            else:
                self._eof = True
                self._unwatch_reading()
                if self._after_flush != _BROKEN:  # else connection_lost follows at once
                    receiver.eof_received()
        except Exception as exc:
            self._receiver_failed(exc)

    def _receiver_failed(self, exc: Exception) -> None:
        """A receiver that raises has lost track of its protocol: report and give up."""
        message = f"Exception in the receiver of {self!r}; the connection is closed"
        self._loop.call_exception_handler({"message": message, "exception": exc})
        self.close(exc)

    def _read_chunk(self) -> bytes | None:
        """The next bytes, b"" at the end, None if there is nothing yet."""
        view = scratch(PUSH_READ_SIZE)
        size = self.read_from_fd(view)
        return None if size is None else bytes(view[:size])

    def _take_unread(self) -> bytes:
        """Everything that the pull face has buffered."""
        return b""

    def _put_back(self, unread: bytes) -> None:
        """Put `unread` in front of what the pull face has buffered."""

    # -- writing ----------------------------------------------------------------------------

    def set_write_limits(self, high: int = 64 * 1024, low: int | None = None) -> None:
        """When to call `pause_writing` and `resume_writing` (bytes; `low` is `high // 4`)."""
        low = high // 4 if low is None else low
        if not 0 <= low <= high:
            raise ValueError(f"write limits must be 0 <= low <= high, not {low} and {high}")
        self._high_water, self._low_water = high, low

    def send(self, data: WriteData) -> None:
        """Send `data`, now as far as the kernel takes it, the rest as it makes room.

        A large rest is referred to, not copied: do not change a mutable `data` afterwards.
        After the end of the stream this does nothing; `connection_lost` has told.
        """
        if self._closed:
            return
        tried = len(data) <= WRITE_CHUNK and self._may_send_now()
        if tried:
            sent = self._send_now(data)
            if sent < 0:
                return
            data = memoryview(data).cast("B")[sent:]
        if data:
            self._send_later(data, tried)

    def _may_send_now(self) -> bool:
        return self._wbuf is None or (self._open and not self._wbuf._size)

    def _send_now(self, data: WriteData) -> int:
        """The number of bytes the descriptor took; -1 if it failed, which has been dealt with."""
        view = memoryview(data).cast("B")
        try:
            return self.write_to_fd(view)
        except BlockingIOError:
            return 0
        except OSError as exc:
            self._write_failed(exc.with_traceback(None))
            return -1
        finally:
            view.release()

    def _send_later(self, data: WriteData, is_full: bool) -> None:
        if self._closed or self._after_flush == _BROKEN:
            return
        self._enqueue(data, is_full)
        self._pause_if_full()

    def send_file(self, descriptor: int, start: int, end: int, name: str = "a file") -> None:
        """Send bytes `start` to `end` of an open file, behind what has been sent before.

        The kernel copies them where it can (TCP and Unix sockets on Linux and the BSDs); else
        they are read in chunks. They count as waiting to be written, so the limits of
        `set_write_limits` apply. A file that turns out to be shorter, or cannot be read, closes
        the stream, and is logged.

        :param descriptor: of a regular file; the stream closes it, in any case.
        :param name: what to call the file in the log.
        """
        region = FileRegion(descriptor, start, end, name)
        if self._closed or self._after_flush == _BROKEN or start >= end:
            region.release()
            return
        if self._wbuf is None:
            self._wbuf = StreamBuffer()
        self._wbuf.append_file(region)
        if self._open and not self._writer_on:
            self._flush()
        self._pause_if_full()

    def _pause_if_full(self) -> None:
        if not self._write_paused and self.write_buffer_size > self._high_water:
            receiver = self._receiver
            if receiver is not None:
                self._write_paused = True
                receiver.pause_writing()

    def send_eof(self) -> None:
        """Tell the peer, after what has been sent, that nothing more will come."""
        if self._closed or self._after_flush in (_CLOSE, _BROKEN):
            return
        self._after_flush = _SEND_EOF
        if self._may_send_now():
            self._finish_writing()

    def abort(self) -> None:
        """Close at once and, where the descriptor can, tell the peer so (TCP: reset)."""
        self.close()

    def _written(self) -> None:
        if self._write_paused and self.write_buffer_size <= self._low_water:
            self._write_paused = False
            if self._receiver is not None:
                self._receiver.resume_writing()

    # -- the end ----------------------------------------------------------------------------

    def _write_failed(self, exc: OSError) -> None:
        # What the peer sent before it refused to read (an early answer to a large request)
        # still waits in the kernel. It is delivered first, in the next turn of the loop,
        # because the receiver must not be called from inside its own send().
        if self._closed or self._after_flush == _BROKEN:
            return
        if self._receiver is None or not self._reader_on:
            self.close(exc)
            return
        self._after_flush = _BROKEN
        self._unwatch_writing()
        if self._wbuf is not None:
            self._wbuf.clear()
            self._wbuf = None
        self._loop.call_soon(self._read_last, exc)
        if not self._write_paused:
            self._write_paused = True
            self._receiver.pause_writing()  # lest it produce for ever without an await

    def _read_last(self, exc: OSError) -> None:
        for _ in range(_LAST_READS):
            if self._closed or not self._reader_on:
                break
            try:
                data = self._read_chunk()
            except OSError:
                break
            if not data:
                break
            self._push(data)
        self.close(exc)

    def _lost(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None and not self._loop.is_closed():
            self._loop.call_soon(receiver.connection_lost, self.error)
