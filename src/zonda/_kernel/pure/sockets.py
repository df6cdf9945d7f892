"""One system call on a non-blocking file descriptor, in pure Python."""

import os

RECV_LIMIT = 65536
"""Bytes that one `recv_some` returns at most."""


def recv_some(fd: int, limit: int) -> bytes | None:
    """What can be read from ``fd`` at once; at most ``limit`` and 65536 bytes.

    Returns:
        None when nothing is there yet, b"" at the end of the stream.

    Raises:
        OSError: the call failed for another reason than that it would have to wait.
    """
    if limit <= 0:
        raise ValueError("limit must be positive")
    try:
        return os.read(fd, min(limit, RECV_LIMIT))
    except (BlockingIOError, InterruptedError):
        return None


def send_some(fd: int, data: bytes | bytearray | memoryview) -> int:
    """Write what ``fd`` takes of ``data`` at once and return how many bytes that were.

    Returns:
        0 when it takes none now.

    Raises:
        OSError: the call failed for another reason than that it would have to wait.
    """
    try:
        return os.write(fd, data)
    except (BlockingIOError, InterruptedError):
        return 0
