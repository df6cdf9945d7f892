"""The two buffers of a stream: bytes waiting to be sent, and bytes waiting to be read."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterator

from zonda.iostream.region import FileRegion

_LARGE = 2048

WriteData = bytes | bytearray | memoryview


class StreamBuffer:
    """Bytes waiting to be sent: a queue of pieces, cheap at both ends.

    Small pieces are gathered into one `bytearray`, so that they leave in one `send`. Large
    ones are kept as `memoryview`s of the caller's object and never copied; the caller must
    not change that object until it is written. `clear` and `advance` release the views, so
    that a `bytearray` can be resized again afterwards. Parts of files stand in the queue by
    reference, too; releasing those closes their files.
    """

    __slots__ = ("_buffers", "_first_pos", "_large_buf_threshold", "_size", "pinned")

    def __init__(self) -> None:
        # Pieces larger than this are referred to, smaller ones copied (bytes).
        self._large_buf_threshold = _LARGE
        self._buffers: deque[bytearray | memoryview | FileRegion] = deque()
        self._first_pos = 0
        self._size = 0
        # True when code outside the stream may hold this object: it is then never replaced.
        self.pinned = False

    def __len__(self) -> int:
        return self._size

    def clear(self) -> None:
        """Drop everything."""
        for piece in self._buffers:
            if not isinstance(piece, bytearray):
                piece.release()
        self._buffers.clear()
        self._first_pos = self._size = 0

    def append(self, data: WriteData) -> None:
        """Put `data` at the end."""
        size = data.nbytes if isinstance(data, memoryview) else len(data)
        if size > self._large_buf_threshold:
            view = memoryview(data)
            self._buffers.append(view if view.format == "B" and view.ndim == 1 else view.cast("B"))
        elif size:
            self._append_small(data)
        self._size += size

    def _append_small(self, data: WriteData) -> None:
        last = self._buffers[-1] if self._buffers else None
        if isinstance(last, bytearray) and len(last) < self._large_buf_threshold:
            last += data
        else:
            self._buffers.append(bytearray(data))

    def append_file(self, region: FileRegion) -> None:
        """Put a part of a file at the end; it belongs to the buffer from now on."""
        self._buffers.append(region)
        self._size += len(region)

    def first_file(self) -> tuple[FileRegion, int] | None:
        """If a part of a file is first: that, and how much of it has been dropped already."""
        first = self._buffers[0] if self._buffers else None
        return (first, self._first_pos) if isinstance(first, FileRegion) else None

    def peek(self, size: int) -> memoryview:
        """At most `size` of the first bytes, without a copy. Release it before `append`.

        Raises `OSError` if they stand in a file that cannot be read.
        """
        if not self._buffers:
            return memoryview(b"")
        start = self._first_pos
        first = self._buffers[0]
        if isinstance(first, FileRegion):
            return first.peek(start, size)
        return memoryview(first)[start : start + size]

    def advance(self, size: int) -> None:
        """Drop the first `size` bytes."""
        assert 0 < size <= self._size, "advance() by a number of bytes that the buffer holds"
        self._size -= size
        position = self._first_pos + size
        buffers = self._buffers
        while buffers and position >= len(buffers[0]):
            piece = buffers.popleft()
            position -= len(piece)
            if not isinstance(piece, bytearray):
                piece.release()
        self._first_pos = self._trim(position)

    def _trim(self, position: int) -> int:
        """Give back the sent part of a gathered piece; returns the new position in it."""
        first = self._buffers[0] if position else None
        if isinstance(first, bytearray):
            del first[:position]
            return 0
        return position


# Chunks smaller than this are gathered, so that a peer that sends byte by byte does not make
# us keep an object for each.
_GATHER_BELOW = 4096
_GATHER_TO = 64 * 1024


class ReadBuffer:
    """Bytes that have arrived and that nobody has asked for yet.

    A queue of the chunks as they came. What is asked for is often exactly one chunk, which is
    then handed over as it is; otherwise every byte is copied once.

    >>> buffer = ReadBuffer()
    >>> buffer.append(b"GET / HT")
    >>> buffer.append(b"TP/1.1\\r\\n")
    >>> buffer.find(b"HTTP", 0)
    6
    >>> buffer.take(5)
    b'GET /'
    """

    __slots__ = ("_head", "_pos", "_rest", "size")

    def __init__(self) -> None:
        self._head: bytes | bytearray = b""
        self._pos = 0  # bytes of _head already taken
        self._rest: deque[bytes | bytearray] | None = None
        self.size = 0

    def __len__(self) -> int:
        return self.size

    def append(self, chunk: bytes) -> None:
        """Put `chunk` at the end."""
        if not self.size:
            self._head, self._pos = chunk, 0
        else:
            self._append_behind(chunk)
        self.size += len(chunk)

    def _append_behind(self, chunk: bytes) -> None:
        if self._rest is None:
            self._rest = deque()
        if len(chunk) < _GATHER_BELOW:
            last = self._rest[-1] if self._rest else None
            if isinstance(last, bytearray) and len(last) < _GATHER_TO:
                last += chunk
                return
            self._rest.append(bytearray(chunk))
        else:
            self._rest.append(chunk)

    def prepend(self, chunk: bytes) -> None:
        """Put `chunk` in front."""
        if chunk:
            rest = self.take(self.size)
            self.append(chunk)
            if rest:
                self.append(rest)

    def take(self, size: int) -> bytes:
        """Remove and return the first `size` bytes; the buffer holds at least as many."""
        head, start = self._head, self._pos
        end = start + size
        if end > len(head):
            return self._gather(size)
        self.size -= size
        if end == len(head):
            self._next_head()
        else:
            self._pos = end
        return bytes(head[start:end])  # bytes of bytes, and a whole slice, are no copies

    def take_into(self, target: memoryview) -> int:
        """Move bytes into `target` until it is full or the buffer empty; returns their number."""
        done = 0
        while self.size and done < len(target):
            data = self.take(min(len(self._head) - self._pos, len(target) - done))
            target[done : done + len(data)] = data
            done += len(data)
        return done

    def find(self, needle: bytes, start: int) -> int:
        """Where `needle` first occurs at or after `start`, or -1; offsets from the front."""
        if self._rest is None:
            found = self._head.find(needle, self._pos + start)
            return found - self._pos if found >= 0 else -1
        return self._find_across(needle, start)

    def search(self, pattern: re.Pattern[bytes]) -> int:
        """The end of the first match of `pattern`, or -1. Joins the chunks."""
        if self._rest is not None:
            self._head, self._pos, self._rest = self._gather_all(), 0, None
        with memoryview(self._head) as head, head[self._pos :] as view:
            match = pattern.search(view)
            return match.end() if match else -1

    def _gather_all(self) -> bytes:
        size = self.size
        data = self.take(size)
        self.size = size
        return data

    def _gather(self, size: int) -> bytes:
        """`take` across chunks."""
        parts: list[bytes | memoryview] = []
        self.size -= size
        while size:
            start = self._pos
            part = memoryview(self._head)[start : start + size]
            parts.append(part)
            size -= len(part)
            if start + len(part) == len(self._head):
                self._next_head()
            else:
                self._pos = start + len(part)
        return b"".join(parts)

    def _next_head(self) -> None:
        self._pos = 0
        if self._rest is None:
            self._head = b""
        else:
            self._head = self._rest.popleft()
            if not self._rest:
                self._rest = None

    def _find_across(self, needle: bytes, start: int) -> int:
        """`find` over several chunks: in each, and over each seam."""
        overlap = len(needle) - 1
        tail = b""  # the last bytes before the present chunk, too few to hold the needle
        for offset, chunk in self._chunks():
            if offset + len(chunk) > start:
                seam = tail + chunk[:overlap]
                found = seam.find(needle, max(0, start - offset + len(tail)))
                if found >= 0:
                    return offset - len(tail) + found
                found = chunk.find(needle, max(0, start - offset))
                if found >= 0:
                    return offset + found
            tail = bytes((tail + chunk[-overlap:])[-overlap:]) if overlap else b""
        return -1

    def _chunks(self) -> Iterator[tuple[int, bytes | bytearray]]:
        """Every chunk with its offset from the front."""
        head = self._head[self._pos :] if self._pos else self._head
        yield 0, head
        offset = len(head)
        for chunk in self._rest or ():
            yield offset, chunk
            offset += len(chunk)


# glibc gives memory at the top of its heap back to the kernel as soon as 128 KiB are free there,
# so a 64 KiB chunk that comes and goes costs ten page faults a time: more CPU than the transfer.
# It learns to keep more when a large block has been freed (mallopt(3), the dynamic threshold):
# twice as much, enough for 50 WebSocket messages of 256 KiB under way at a time.
bytes(8 * 1024 * 1024)

_scratch = threading.local()


def scratch(size: int) -> memoryview:
    """`size` bytes of this thread's scratch memory; valid until the next call."""
    view: memoryview | None = getattr(_scratch, "view", None)
    if view is None or len(view) < size:
        view = _scratch.view = memoryview(bytearray(size))
    return view[:size]
