"""A stream over a pipe, or anything else that is only a file descriptor."""

from __future__ import annotations

import os
from typing import Any

from zonda.iostream.base import BaseIOStream


class PipeIOStream(BaseIOStream):
    """A stream over one end of a pipe.

    It reads or writes; a channel for both needs two. The descriptor is made non-blocking and
    belongs to the stream, which closes it.
    """

    __slots__ = ("fd",)

    def __init__(self, fd: int, *args: Any, **kwargs: Any) -> None:
        self.fd = fd
        super().__init__(*args, **kwargs)
        self._fd = fd
        os.set_blocking(fd, False)

    def fileno(self) -> int:
        """The file descriptor."""
        return self.fd

    def close_fd(self) -> None:
        """See `BaseIOStream`."""
        os.close(self.fd)

    def write_to_fd(self, data: memoryview) -> int:
        """See `BaseIOStream`."""
        return os.write(self.fd, data)

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """See `BaseIOStream`."""
        try:
            return os.readv(self.fd, [buf])
        except BlockingIOError:
            return None
