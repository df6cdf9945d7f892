"""Connecting with an address that is known: by plain calls, without a task.

A task, a resolver and a race of addresses cost several times what the system needs for a
connection. Most connections need none of them: the host is an address, or a name that has
one and was looked up a moment ago, and the way there is a plain one.
"""

from __future__ import annotations

import contextvars
import errno
import os
import socket
import sys
from asyncio.events import _get_running_loop
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from zonda.iostream import IOStream
from zonda.iostream.poller import Poller
from zonda.simple_httpclient.connecting import format_address, make_ready
from zonda.tcpclient import TCPClient

if TYPE_CHECKING:
    from zonda.http1connection.client import HTTP1ClientConnection
    from zonda.simple_httpclient.client import SimpleAsyncHTTPClient
    from zonda.simple_httpclient.plan import Plan

__all__ = ["Dial", "known_address"]

#: Linux tells by a second connect() whether it is done. Peers on this machine have answered
#: by then, and the poller has nothing to do. Elsewhere it may begin a second attempt.
_ASKS_TWICE: Final = sys.platform == "linux"
_UNDER_WAY: Final = (errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK)
_connect: Final = TCPClient.connect


def known_address(client: SimpleAsyncHTTPClient, plan: Plan) -> tuple[int, Any] | None:
    """Family and address of a :class:`Dial`; None if a connector has to see to it.

    Whoever makes connections or looks names up in a way of their own is not passed by.
    """
    if not plan.direct or not client.dials or _get_running_loop() is not client.loop:
        return None
    tcp_client = client.tcp_client
    if type(tcp_client) is not TCPClient:
        return None
    if getattr(tcp_client.connect, "__func__", None) is not _connect:
        return None
    origin = plan.target.origin
    addresses = tcp_client.resolver.known(origin.host, origin.port, plan.family)
    return addresses[0] if addresses and len(addresses) == 1 else None


class Dial:
    """Makes one connection.

    Args:
        client: the client that will own it.
        plan: the request that needs it.
        family: of the address, as :mod:`socket` names it.
        address: the address, as the socket wants it.
    """

    __slots__ = (
        "_address",
        "_client",
        "_context",
        "_done",
        "_family",
        "_plan",
        "_stream",
        "connected",
        "looked_up",
        "secured",
    )

    def __init__(
        self, client: SimpleAsyncHTTPClient, plan: Plan, family: int, address: Any
    ) -> None:
        self._client = client
        self._plan = plan
        self._family = family
        self._address = address
        self._stream: IOStream | None = None
        self._done: Callable[[HTTP1ClientConnection | OSError], None] | None = None
        #: When each part was done, as ``time.monotonic()`` tells it; 0: there was none.
        self.looked_up = monotonic()
        self.connected = self.secured = 0.0

    def start(self, done: Callable[[HTTP1ClientConnection | OSError], None]) -> bool:
        """Begin to connect.

        Args:
            done: called with the connection or the reason why there is none. A connection may
                come before this returns, a failure comes later.

        Returns:
            Whether the answer takes time.
        """
        client = self._client
        client.guard()
        try:
            sock = socket.socket(self._family)
            try:
                stream = self._stream = IOStream(sock, max_buffer_size=client.max_buffer_size)
            except BaseException:
                sock.close()
                raise
            code = sock.connect_ex(self._address)
            if code == errno.EINPROGRESS and _ASKS_TWICE:
                code = sock.connect_ex(self._address)
            if code in _UNDER_WAY:
                self._done = done
                self._context = contextvars.copy_context()
                Poller.of(client.loop).add_writer(stream.fileno(), self._answered)
                return True
            if code:
                raise OSError(code, os.strerror(code))
            connection = self._connection(stream)
        except OSError as error:
            client.loop.call_soon(done, self._refused(error))
            return False
        done(connection)
        return False

    def close(self) -> None:
        """Give up."""
        stream, self._stream = self._stream, None
        if self._done is not None and stream is not None:
            self._done = None
            Poller.of(self._client.loop).remove_writer(stream.fileno())
        if stream is not None:
            stream.close()

    #: As a task's, to whoever has one or the other.
    cancel = close

    def _answered(self) -> None:
        """The peer has, or the system has given up."""
        stream, done = self._stream, self._done
        assert stream is not None and done is not None
        self._done = None
        Poller.of(self._client.loop).remove_writer(stream.fileno())
        try:
            error = stream.get_fd_error()
            if error is not None:
                raise error
            outcome: HTTP1ClientConnection | OSError = self._connection(stream)
        except OSError as failure:
            outcome = self._refused(failure)
        self._context.run(done, outcome)

    def _connection(self, stream: IOStream) -> HTTP1ClientConnection:
        self.connected = monotonic()
        stream.set_nodelay(True)
        self._stream = None
        return make_ready(stream, self._client, self._plan)

    def _refused(self, error: OSError) -> OSError:
        self.close()
        error.add_note(self.doing)
        return error.with_traceback(None)

    @property
    def doing(self) -> str:
        """What is being done, in words."""
        return f"while connecting to {format_address(self._address)}"
