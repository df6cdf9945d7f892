"""What a pending read wants: one small object for each kind of read.

A mode looks at the read buffer and takes its result out of it, or says that it cannot yet.
It does no I/O and knows no stream, so that the stream's reading is one loop for all kinds.
"""

from __future__ import annotations

import re

from zonda.iostream.buffer import ReadBuffer
from zonda.iostream.errors import UnsatisfiableReadError

Result = bytes | int


class ReadMode:
    """One pending read."""

    __slots__ = ()

    # The stream need not ask before the buffer holds so many bytes (it may).
    need: int = 1

    def take(self, buffer: ReadBuffer) -> Result | None:
        """Take the result out of `buffer`; None if it is not all there.

        Raises `UnsatisfiableReadError` if it never will be.
        """
        raise NotImplementedError

    def take_at_end(self, buffer: ReadBuffer) -> Result | None:
        """`take` when nothing more will come."""
        return self.take(buffer)


class ReadBytes(ReadMode):
    """A number of bytes, or whatever comes first if `partial`."""

    __slots__ = ("need", "num_bytes", "partial")

    def __init__(self, num_bytes: int, partial: bool) -> None:
        self.num_bytes = num_bytes
        self.partial = partial
        self.need = 1 if partial else num_bytes

    def take(self, buffer: ReadBuffer) -> bytes | None:
        if buffer.size >= self.num_bytes:
            return buffer.take(self.num_bytes)
        if self.partial and buffer.size:
            return buffer.take(buffer.size)
        return None


class ReadUntil(ReadMode):
    """Everything up to and with a delimiter."""

    __slots__ = ("_seen", "delimiter", "max_bytes")

    def __init__(self, delimiter: bytes, max_bytes: int | None) -> None:
        if not delimiter:
            raise ValueError("read_until needs a delimiter of at least one byte")
        self.delimiter = delimiter
        self.max_bytes = max_bytes
        self._seen = 0  # no delimiter begins before this offset

    def take(self, buffer: ReadBuffer) -> bytes | None:
        found = buffer.find(self.delimiter, self._seen)
        if found >= 0:
            end = found + len(self.delimiter)
            _check_length(end, self.max_bytes, self.delimiter)
            return buffer.take(end)
        _check_length(buffer.size, self.max_bytes, self.delimiter)
        self._seen = max(0, buffer.size - len(self.delimiter) + 1)
        return None


class ReadUntilRegex(ReadMode):
    """Everything up to the end of the first match of a pattern."""

    __slots__ = ("max_bytes", "need", "pattern")

    def __init__(self, pattern: re.Pattern[bytes], max_bytes: int | None) -> None:
        self.pattern = pattern
        self.max_bytes = max_bytes
        self.need = 1

    def take(self, buffer: ReadBuffer) -> bytes | None:
        end = buffer.search(self.pattern)
        if end >= 0:
            _check_length(end, self.max_bytes, self.pattern)
            return buffer.take(end)
        _check_length(buffer.size, self.max_bytes, self.pattern)
        # A search starts from the front every time. While data keeps coming it is only
        # repeated when there is twice as much, so that the work stays linear.
        self.need = 2 * buffer.size
        return None


class ReadInto(ReadMode):
    """Bytes straight into a caller's buffer; the result is their number."""

    __slots__ = ("_done", "_view", "need", "partial")

    def __init__(self, target: memoryview, partial: bool) -> None:
        self.need = 1 if target else 0
        self._view = target
        self._done = 0
        self.partial = partial

    def room(self) -> memoryview:
        """The part of the target that is still to be filled."""
        return self._view[self._done :]

    def filled(self, size: int) -> None:
        """`size` more bytes were written to `room()`."""
        self._done += size

    def take(self, buffer: ReadBuffer) -> int | None:
        if buffer.size:
            with self.room() as room:
                self._done += buffer.take_into(room)
        done = self._done
        if done == len(self._view) or (self.partial and done):
            self._view.release()  # lets the caller resize a bytearray
            return done
        return None

    def take_at_end(self, buffer: ReadBuffer) -> int | None:
        result = self.take(buffer)
        if result is None:
            self._view.release()
        return result


class ReadUntilClose(ReadMode):
    """Everything until the stream is closed."""

    __slots__ = ()

    need: int = 1 << 62

    def take(self, buffer: ReadBuffer) -> bytes | None:
        return None

    def take_at_end(self, buffer: ReadBuffer) -> bytes:
        return buffer.take(buffer.size)


def _check_length(size: int, limit: int | None, delimiter: object) -> None:
    if limit is not None and size > limit:
        raise UnsatisfiableReadError(f"delimiter {delimiter!r} not found within {limit} bytes")
