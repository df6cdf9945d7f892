"""Tornado's ``HTTPServerConnectionDelegate`` as a service for connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from zonda.httputil import (
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
)
from zonda.log import app_log
from zonda.protocol.exchange import EMPTY_BLOCK

if TYPE_CHECKING:
    import asyncio

__all__ = ["DelegateReceiver", "DelegateService", "PrepareRequest"]

#: Adjusts a new request to what a trusted proxy says of it.
PrepareRequest = Callable[[HTTPServerRequest], None]


class DelegateService:
    """Drives an ``HTTPServerConnectionDelegate`` and the message delegates it makes."""

    __slots__ = ("delegate", "prepare_request")

    def __init__(
        self,
        delegate: HTTPServerConnectionDelegate,
        prepare_request: PrepareRequest | None = None,
    ) -> None:
        self.delegate = delegate
        self.prepare_request = prepare_request

    def __call__(self, exchange: Any) -> None:
        """Serve a request without a body."""
        receiver = self.open(exchange)
        ready = receiver.ready
        if ready is None:
            receiver.finish()
        else:
            exchange.set_close_callback(receiver.on_connection_close)
            ready.add_done_callback(receiver.finish_later, context=exchange.variables)

    def open(self, exchange: Any) -> DelegateReceiver:
        """Begin a request."""
        request = HTTPServerRequest.from_head(exchange.head, exchange)
        if self.prepare_request is not None:
            self.prepare_request(request)
            # Delegates make request objects of their own, from the exchange.
            exchange.remote_ip, exchange.protocol = request.remote_ip, request.protocol
        delegate = self.delegate.start_request(exchange.connection, exchange)
        return DelegateReceiver(exchange, delegate, request)


class DelegateReceiver:
    """Passes one request on to its message delegate, part by part, in order."""

    __slots__ = ("delegate", "exchange", "ready")

    def __init__(
        self, exchange: Any, delegate: HTTPMessageDelegate | None, request: HTTPServerRequest
    ) -> None:
        self.exchange = exchange
        self.delegate = delegate = delegate or NotFoundDelegate(exchange)
        head = exchange.head
        start_line = RequestStartLine(head.method, head.target, head.version)
        pending = delegate.headers_received(start_line, request.headers)
        #: Done when ``headers_received`` is; None if it did not wait.
        self.ready: asyncio.Future[None] | None = None
        if pending is not None:
            self.ready = exchange.follow(pending)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body."""
        return self.delegate.data_received(chunk)

    def finish(self) -> None:
        """The request is complete."""
        if not self.exchange.over:
            self.delegate.finish()

    def finish_later(self, ready: asyncio.Future[None]) -> None:
        """``headers_received`` is done, and there is no body."""
        error = ready.exception()
        if error is not None:
            app_log.error("Exception in headers_received", exc_info=error)
            self.exchange.give_up()
        else:
            self.exchange.set_close_callback(None)
            self.finish()

    def on_connection_close(self) -> None:
        """The client has gone."""
        self.delegate.on_connection_close()


class NotFoundDelegate(HTTPMessageDelegate):
    """Answers a request that nobody else wants."""

    def __init__(self, exchange: Any) -> None:
        self.exchange = exchange

    def finish(self) -> None:
        """Answer with 404."""
        self.exchange.respond(404, None, EMPTY_BLOCK, (), b"")
