"""What can go wrong on a stream."""

from __future__ import annotations


class StreamClosedError(OSError):
    """The stream was closed before the operation could be carried out.

    `real_error` is the exception that closed the stream (a reset connection, a failed
    handshake, ...), or None when it was closed in the ordinary way by either side.
    """

    def __init__(self, real_error: BaseException | None = None) -> None:
        super().__init__("Stream is closed")
        self.real_error = real_error


class UnsatisfiableReadError(Exception):
    """A read can never be satisfied: the delimiter did not come within `max_bytes`."""


class StreamBufferFullError(Exception):
    """The read or the write buffer would grow past its limit.

    Raise `max_buffer_size` or `max_write_buffer_size`, or read (wait for writes) more often.
    """
