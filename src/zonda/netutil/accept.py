"""Accepting connections."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from typing import Any

from zonda.legacy import takes_io_loop
from zonda.log import app_log
from zonda.netutil.bind import DEFAULT_BACKLOG

AcceptCallback = Callable[[socket.socket, Any], object]

# Neither the connection nor the listener is at fault: the process or the system has run out
# of something, which only time, and connections that end, will give back.
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_PAUSE = 1.0  # seconds

# The connection is gone, or the network had an error that accept(2) passes on.
_TRY_NEXT = (
    errno.ECONNABORTED,
    errno.EPROTO,
    errno.ENETDOWN,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EPERM,
)


@takes_io_loop(2)
def add_accept_handler(sock: socket.socket, callback: AcceptCallback) -> Callable[[], None]:
    """Call `callback(connection, address)` for every connection that `sock` accepts.

    A burst is accepted in one turn of the loop. When there are no file descriptors left the
    listener rests for a second, with one line in the log, and connections wait in its backlog;
    those that are open go on.

    :param sock: a listening socket, made non-blocking here.
    :returns: a function that ends the accepting. It does not close `sock`.
    """
    return _Acceptor(sock, callback).remove


class _Acceptor:
    """A listening socket and who takes its connections."""

    def __init__(self, sock: socket.socket, callback: AcceptCallback) -> None:
        from zonda.ioloop import IOLoop

        sock.setblocking(False)
        self._sock = sock
        self._fd = sock.fileno()
        self._callback = callback
        self._io_loop = IOLoop.current()
        self._removed = False
        self._rest: object = None
        self._listen()

    def _listen(self) -> None:
        self._rest = None
        self._io_loop.add_handler(self._sock, self._ready, self._io_loop.READ)

    def remove(self) -> None:
        """Accept no more."""
        if self._removed:
            return
        self._removed = True
        if self._rest is not None:
            self._io_loop.remove_timeout(self._rest)
        else:
            self._io_loop.remove_handler(self._fd)

    def _ready(self, fd: Any, events: int) -> None:
        self.accept()

    def accept(self) -> None:
        """Accept the connections that wait."""
        for _ in range(DEFAULT_BACKLOG):
            if self._removed:
                return
            try:
                connection, address = self._sock.accept()
            except BlockingIOError:
                return
            except OSError as exc:
                if exc.errno in _TRY_NEXT:
                    continue
                if exc.errno not in _EXHAUSTED:
                    raise
                self._pause(exc)
                return
            self._callback(connection, address)

    def _pause(self, exc: OSError) -> None:
        _log_exhausted(exc)
        self._io_loop.remove_handler(self._fd)
        self._rest = self._io_loop.call_later(_PAUSE, self._listen)


_last_logged = 0.0


def _log_exhausted(exc: OSError) -> None:
    """One line a second, however many sockets listen."""
    global _last_logged
    now = time.monotonic()
    if now - _last_logged >= _PAUSE * 0.9:
        _last_logged = now
        app_log.error(
            "Cannot accept connections: %s. Trying again in %g s; raise the limit on open files "
            "(ulimit -n) or close connections sooner",
            exc.strerror,
            _PAUSE,
        )
