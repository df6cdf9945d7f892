"""TLS within TLS.

OpenSSL speaks to descriptors here, and the descriptor of a stream to an ``https`` proxy is
taken by the TLS connection with the proxy. So the TLS connection with the origin gets a pair
of sockets in this process, and what comes out at its other end goes through the proxy's
stream. It costs a copy each way; proxies that are reached by TLS are rare.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from zonda.iostream import IOStream

__all__ = ["bridged"]


def bridged(outer: IOStream) -> IOStream:
    """A stream whose bytes go through ``outer``; each closes the other.

    Args:
        outer: open and idle; it cannot be used directly any more.
    """
    near, far = socket.socketpair()
    inner = IOStream(near, max_buffer_size=outer.max_buffer_size)
    end = IOStream(far)
    outer.start_push(_Pump(end, end.close_after_flush))
    end.start_push(_Pump(outer, outer.close))
    return inner


class _Pump:
    """Hands on what one stream receives to another, as fast as that one takes it.

    Args:
        sink: the other one.
        finish: called when nothing more comes.
    """

    __slots__ = ("_finish", "_sink")

    def __init__(self, sink: IOStream, finish: Callable[[], None]) -> None:
        self._sink = sink
        self._finish = finish

    def data_received(self, data: bytes) -> None:
        """Bytes for the other side."""
        self._sink.send(data)

    def eof_received(self) -> None:
        """Neither HTTP nor TLS goes on after that."""
        self._finish()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The stream is closed."""
        self._finish()

    def pause_writing(self) -> None:
        """The stream takes no more: hold the other one back, from where it comes."""
        self._sink.pause_reading()

    def resume_writing(self) -> None:
        """There is room again."""
        self._sink.resume_reading()
