"""A part of a file on its way into a socket, without passing through our memory.

Linux and the BSDs copy from a file to a socket inside the kernel (``sendfile``). Where that
cannot be, into TLS or on Windows or from a file system that does not do it, the file is read
in chunks, each when the one before it has been sent.
"""

from __future__ import annotations

import errno
import os
from typing import Final

from zonda.log import gen_log

__all__ = ["FileRegion"]

#: Bytes read at once where the kernel does not copy.
CHUNK_SIZE: Final = 128 * 1024

# What sendfile says where it cannot be used, though reading and sending can.
_NO_SENDFILE: Final = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTSOCK)


class FileRegion:
    """Bytes `start` to `end` of an open file, as a piece of what a stream has to send.

    :param descriptor: of a regular file; it belongs to the region, which closes it.
    :param name: what to call the file in messages.
    """

    __slots__ = ("_chunk", "_chunk_start", "_descriptor", "_size", "_start", "name", "zero_copy")

    def __init__(self, descriptor: int, start: int, end: int, name: str = "a file") -> None:
        self._descriptor = descriptor
        self._start = start
        self._size = end - start
        self.name = name
        #: Whether `send_to` may still be tried.
        self.zero_copy = hasattr(os, "sendfile")
        self._chunk = b""
        self._chunk_start = 0

    def __len__(self) -> int:
        return self._size

    def send_to(self, target: int, position: int, size: int) -> int | None:
        """Let the kernel send to the descriptor `target`.

        Returns the number of bytes sent; None if the kernel does not do it for this file.
        Raises what the target's or the file's failure is: `OSError`, `BlockingIOError`.
        """
        size = min(size, self._size - position)
        try:
            sent = os.sendfile(target, self._descriptor, self._start + position, size)
        except OSError as error:
            if error.errno in _NO_SENDFILE:
                self.zero_copy = False
                return None
            if error.errno == errno.EIO:
                self._complain(error)
            raise
        if not sent:
            raise self._cut_off()
        return sent

    def peek(self, position: int, size: int) -> memoryview:
        """At most `size` bytes from `position` on; the same object until they are left behind.

        Raises `OSError` if they cannot be read, or are not there any more.
        """
        offset = position - self._chunk_start
        if not 0 <= offset < len(self._chunk):
            self._chunk_start, offset = position, 0
            self._chunk = self._read(position)
        return memoryview(self._chunk)[offset : offset + size]

    def _read(self, position: int) -> bytes:
        size = min(CHUNK_SIZE, self._size - position)
        try:
            if hasattr(os, "pread"):
                chunk = os.pread(self._descriptor, size, self._start + position)
            else:  # Windows
                os.lseek(self._descriptor, self._start + position, os.SEEK_SET)
                chunk = os.read(self._descriptor, size)
        except OSError as error:
            self._complain(error)
            raise
        if not chunk:
            raise self._cut_off()
        return chunk

    def _cut_off(self) -> OSError:
        error = OSError(errno.EIO, f"{self.name} has been cut off while it was sent")
        self._complain(error)
        return error

    def _complain(self, error: OSError) -> None:
        # The peer is told by a connection that ends too early; nobody else hears of it.
        gen_log.error("Cannot send the rest of %s: %s", self.name, error)

    def release(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
        self._chunk = b""

    def __del__(self) -> None:
        self.release()
