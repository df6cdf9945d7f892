"""A plain function of the request as a service for a server's connections.

An :class:`~zonda.web.Application` brings its own service; Tornado's delegate interface is
served by :mod:`zonda.http1connection.delegates`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from zonda.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.log import app_log
from zonda.protocol.exchange import BodyReceiver

if TYPE_CHECKING:
    import asyncio

    from zonda.http1connection.delegates import PrepareRequest

__all__ = ["CallableService", "RequestDelegate"]


class CallableService:
    """Calls ``callback(request)``, which answers through ``request.connection``."""

    __slots__ = ("callback", "prepare_request")

    def __init__(
        self,
        callback: Callable[[HTTPServerRequest], Awaitable[None] | None],
        prepare_request: PrepareRequest | None = None,
    ) -> None:
        self.callback = callback
        self.prepare_request = prepare_request

    def __call__(self, exchange: Any) -> None:
        """Serve a request whose body, if any, is complete."""
        request = HTTPServerRequest.from_head(exchange.head, exchange)
        if self.prepare_request is not None:
            self.prepare_request(request)
        if exchange.body:
            request.body = exchange.body
            request._parse_body()
        watch(exchange, self.callback(request))

    def open(self, exchange: Any) -> BodyReceiver | None:
        """The body is collected."""
        return None


def watch(exchange: Any, result: object) -> None:
    """See to the end of a request callback that goes on asynchronously."""
    if not isinstance(result, Awaitable):
        return
    future: asyncio.Future[None] | None = exchange.follow(result)
    if future is not None:
        future.add_done_callback(partial(_report, exchange), context=exchange.variables)


def _report(exchange: Any, future: asyncio.Future[None]) -> None:
    error = future.exception()
    if error is not None:
        app_log.error("Exception in a request callback", exc_info=error)
        exchange.give_up()


class RequestDelegate(HTTPMessageDelegate):
    """Collects a request for a plain function of it: the delegate face of a callback."""

    def __init__(
        self, callback: Callable[[HTTPServerRequest], Any], connection: HTTPConnection
    ) -> None:
        self.callback = callback
        self.connection = connection
        self.request: HTTPServerRequest | None = None
        self._chunks: list[bytes] = []

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        """Make the request object."""
        assert isinstance(start_line, RequestStartLine)
        self.request = HTTPServerRequest(
            connection=self.connection, start_line=start_line, headers=headers
        )

    def data_received(self, chunk: bytes) -> None:
        """Collect a piece of the body."""
        self._chunks.append(chunk)

    def finish(self) -> None:
        """Call the function."""
        assert self.request is not None
        self.request.body = b"".join(self._chunks)
        self.request._parse_body()
        watch(self.connection, self.callback(self.request))

    def on_connection_close(self) -> None:
        """Drop what was collected."""
        self._chunks.clear()
