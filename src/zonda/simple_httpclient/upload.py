"""Sending a request's body that did not go out with its head."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from zonda.iostream import StreamClosedError

if TYPE_CHECKING:
    from zonda.http1connection.client import HTTP1ClientConnection
    from zonda.httpclient.request import HTTPRequest

__all__ = ["Upload"]

#: Seconds to wait for "100 Continue" from a server that may not know it
#: (RFC 9110 section 10.1.1).
_CONTINUE_TIMEOUT: Final = 1.0


class Upload:
    """Sends the body of one request over one connection.

    Args:
        loop: the loop of the client.
        connection: where to send it.
        request: whose ``body`` or ``body_producer`` it is.
        failed: called with the exception when the body cannot be produced.
    """

    __slots__ = ("_connection", "_failed", "_loop", "_producing", "_request", "_timer", "_writable")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: HTTP1ClientConnection,
        request: HTTPRequest,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._loop = loop
        self._connection: HTTP1ClientConnection | None = connection
        self._request = request
        self._failed = failed
        self._producing: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start_later(self) -> None:
        """The server is asked first: start if it agrees, or says nothing about it."""
        self._timer = self._loop.call_later(_CONTINUE_TIMEOUT, self.start_now)

    def start_now(self) -> None:
        """The server has sent "100 Continue", or has been silent for long enough."""
        if self._timer is not None:
            self.start_never()
            self.start()

    def start_never(self) -> None:
        """The server has answered without having seen it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def start(self) -> None:
        """Send the body, or begin to produce it."""
        connection, request = self._connection, self._request
        assert connection is not None
        if request._body is not None or request.body_producer is None:
            connection.send_data(request._body or b"")
            connection.end_request()
            return
        try:
            produced: Awaitable[None] | None = request.body_producer(self.write)
        except Exception as error:
            self._failed(error)
            return
        if produced is None:
            self._end()
            return
        self._producing = asyncio.ensure_future(produced, loop=self._loop)
        self._producing.add_done_callback(self._produced)

    def write(self, chunk: bytes) -> Awaitable[None]:
        """What a ``body_producer`` writes with; the future is done when there is room again.

        Raises:
            LocalProtocolError: (here) more than the declared Content-Length.
            StreamClosedError: (in the future) the response is complete, or the fetch over.
        """
        future: asyncio.Future[None] = self._loop.create_future()
        connection = self._connection
        if connection is None or connection.lost:
            future.set_exception(StreamClosedError())
            future.exception()  # whoever does not wait need not hear of it
        elif connection.send_data(chunk):
            future.set_result(None)
        else:
            if self._writable is None:
                self._writable = future
            return self._writable
        return future

    def writable(self) -> None:
        """The connection can take more."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def stop(self) -> None:
        """Nobody wants the rest."""
        self.start_never()
        self._connection = None
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_exception(StreamClosedError())
            writable.exception()
        if self._producing is not None:
            self._producing.cancel()

    def _produced(self, future: asyncio.Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if self._connection is None:
            return  # the fetch has ended: its own outcome counts
        if future.cancelled():
            error = asyncio.CancelledError("the body_producer was cancelled")
        if error is None:
            self._end()
        else:
            self._failed(error)

    def _end(self) -> None:
        assert self._connection is not None
        try:
            self._connection.end_request()
        except RuntimeError as error:  # shorter than its Content-Length
            self._failed(error)
