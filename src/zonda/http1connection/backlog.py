"""How much of what was sent a peer has not taken yet, and whether it takes anything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zonda.iostream import IOStream

__all__ = ["Backlog", "untaken"]


class Backlog:
    """Watches a peer take what waits for it."""

    __slots__ = ("_left", "_since", "_stream")

    def __init__(self, stream: IOStream, now: float) -> None:
        self._stream = stream
        self._since = now
        self._left = sys.maxsize

    def stalled(self, now: float) -> float | None:
        """Seconds in which the peer has taken nothing; None if nothing waits for it."""
        left = untaken(self._stream)
        if not left:
            return None
        if left < self._left:
            self._left, self._since = left, now
        return now - self._since


def untaken(stream: IOStream) -> int:
    """Bytes given to ``stream`` that its peer has not acknowledged.

    Those in the kernel count, too: its buffer may hold minutes of a slow client's time.
    Where the kernel does not tell (it does on Linux) only our own buffer counts.
    """
    if stream.closed():
        return 0
    waiting = stream.write_buffer_size
    try:
        import fcntl
        import termios

        queued = fcntl.ioctl(stream.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except (ImportError, AttributeError, OSError):
        return waiting
    return waiting + int.from_bytes(queued, sys.byteorder)
