"""`CaresResolver`: names looked up by c-ares (https://c-ares.org), without threads.

Needs the package ``pycares``. c-ares asks the name servers itself and knows ``/etc/hosts``,
but not the other sources that a system may be configured to use.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable
from typing import Any

import pycares  # type: ignore[import-not-found,import-untyped,unused-ignore]

from zonda.concurrent import Future, future_set_exception_unless_cancelled
from zonda.gen.yielded import new_future
from zonda.ioloop import IOLoop
from zonda.netutil import Resolver

__all__ = ["CaresResolver"]

_NO_SUCH_NAME = frozenset({pycares.errno.ARES_ENOTFOUND, pycares.errno.ARES_ENODATA})


class CaresResolver(Resolver):
    """A `Resolver` for ``Resolver.configure("zonda.platform.caresresolver.CaresResolver")``.

    ``channel`` is the `pycares.Channel`, and ``fds`` holds the sockets on which it awaits
    something, with the events.
    """

    def initialize(self) -> None:
        """See `zonda.util.Configurable`."""
        self.io_loop = IOLoop.current()
        self.fds: dict[int, int] = {}
        self._timeout: object | None = None
        self.channel = pycares.Channel(sock_state_cb=self._sock_state_cb)

    def close(self) -> None:
        """See `Resolver.close`; lookups that are under way fail."""
        if self._timeout is not None:
            self.io_loop.remove_timeout(self._timeout)
            self._timeout = None
        self.channel.cancel()
        for fd in list(self.fds):
            self._sock_state_cb(fd, False, False)
        self.channel.close()

    def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Awaitable[list[tuple[int, Any]]]:
        """See `Resolver.resolve`.

        :raises socket.gaierror: (when awaited) there is no such name, or no answer.
        """
        future: Future[list[tuple[int, Any]]] = new_future()

        def answer(result: Any, errorno: int | None) -> None:
            if future.done():
                return
            if errorno is None:
                future.set_result([_address(node) for node in result.nodes])
            else:
                future_set_exception_unless_cancelled(future, _error(errorno, host))

        self.channel.getaddrinfo(
            host, port, callback=answer, family=family, type=socket.SOCK_STREAM
        )
        self._set_timer()
        return future

    def _sock_state_cb(self, fd: int, readable: bool, writable: bool) -> None:
        """c-ares says what it waits for on its socket."""
        events = (IOLoop.READ if readable else 0) | (IOLoop.WRITE if writable else 0)
        if not events:
            # When a channel is closed, this may come once more, and from another thread.
            if self.fds.pop(fd, None) is not None:
                self.io_loop.remove_handler(fd)
        elif fd in self.fds:
            self.io_loop.update_handler(fd, events)
            self.fds[fd] = events
        else:
            self.io_loop.add_handler(fd, self._handle_events, events)
            self.fds[fd] = events

    def _handle_events(self, fd: int, events: int) -> None:
        nothing = pycares.ARES_SOCKET_BAD
        self.channel.process_fd(
            fd if events & IOLoop.READ else nothing, fd if events & IOLoop.WRITE else nothing
        )

    def _set_timer(self) -> None:
        """c-ares must be called at times, to ask again and to give up in the end."""
        if self._timeout is None and self.fds:
            self._timeout = self.io_loop.call_later(self.channel.timeout(), self._handle_timeout)

    def _handle_timeout(self) -> None:
        self._timeout = None
        self.channel.process_fd(pycares.ARES_SOCKET_BAD, pycares.ARES_SOCKET_BAD)
        self._set_timer()


def _address(node: Any) -> tuple[int, Any]:
    address, *rest = node.addr
    return int(node.family), (address.decode("ascii"), *rest)


def _error(errorno: int, host: str) -> socket.gaierror:
    number = socket.EAI_NONAME if errorno in _NO_SUCH_NAME else socket.EAI_FAIL
    return socket.gaierror(number, f"{pycares.errno.strerror(errorno)} while resolving {host!r}")
