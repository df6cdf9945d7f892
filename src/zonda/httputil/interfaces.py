"""What a server, a connection and the receiver of a message promise one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zonda.httputil.headers import HTTPHeaders
from zonda.httputil.startline import RequestStartLine, ResponseStartLine

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Awaitable

__all__ = ["HTTPConnection", "HTTPMessageDelegate", "HTTPServerConnectionDelegate"]


class HTTPServerConnectionDelegate:
    """Receives the requests of a server's connections. Applications and routers are delegates."""

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Called when a request begins.

        `server_conn` identifies the long-lived connection and has no interface; `request_conn`
        answers this one request. Returns the delegate that receives the request's parts.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define start_request()")

    def on_close(self, server_conn: object) -> None:
        """Called when a connection has been closed."""


class HTTPMessageDelegate:
    """Receives one message, part by part. Every method may be left out."""

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Called once, with the parsed head.

        The body waits for an awaitable that is returned here. A `RequestStartLine` arrives at a
        server, a `ResponseStartLine` at a client.
        """
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Called with each piece of the body. The next one waits for a returned awaitable."""
        return None

    def finish(self) -> None:
        """Called when the message has come in whole."""

    def on_connection_close(self) -> None:
        """Called when the connection was lost before the message ended; then not `finish`."""


class HTTPConnection:
    """Takes the parts of one outgoing message."""

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> Future[None]:
        """Send the head, and the first piece of the body with it if there is one.

        The future is done when the bytes are written, or fails when the connection is lost.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define write_headers()")

    def write(self, chunk: bytes) -> Future[None]:
        """Send a piece of the body. The future is done when it is written."""
        raise NotImplementedError(f"{type(self).__name__} does not define write()")

    def finish(self) -> None:
        """The body is complete."""
        raise NotImplementedError(f"{type(self).__name__} does not define finish()")
