"""A handler behind Tornado's delegate interface.

Requests that come to an application over nested routers, or to one that overrides a
part of the interface, arrive here in pieces.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from zonda.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.web.execution import prepare_class
from zonda.web.service import StreamedRequest, serve, streamed

if TYPE_CHECKING:
    from zonda.web.application import Application
    from zonda.web.handler import RequestHandler
    from zonda.web.pulled import PulledRequest

__all__ = ["HandlerDelegate"]


class HandlerDelegate(HTTPMessageDelegate):
    """Serves one request by a handler of ``handler_class``."""

    def __init__(
        self,
        application: Application,
        request: HTTPServerRequest,
        handler_class: type[RequestHandler],
        handler_kwargs: dict[str, Any] | None,
        path_args: list[bytes] | None,
        path_kwargs: dict[str, bytes] | None,
    ) -> None:
        self.application = application
        self.connection = request.connection
        self.request = request
        self.handler_class = handler_class
        self.handler_kwargs = handler_kwargs or {}
        self.path_args = path_args or []
        self.path_kwargs = path_kwargs or {}
        self.chunks: list[bytes] = []
        self.stream_request_body = bool(getattr(handler_class, "_stream_request_body", False))
        self.handler: RequestHandler | None = None
        self._streamed: StreamedRequest | PulledRequest | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """The head is here: a streaming handler begins now."""
        if self.stream_request_body:
            self._streamed = streamed(self._make(), self.path_args, self.path_kwargs)
            return self._streamed.ready
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body."""
        if self._streamed is not None:
            return self._streamed.data_received(chunk)
        self.chunks.append(chunk)
        return None

    def finish(self) -> None:
        """The request is complete."""
        if self._streamed is not None:
            self._streamed.finish()
            return
        if self.chunks:
            self.request.body = b"".join(self.chunks)
            self.chunks = []
        self.execute()

    def on_connection_close(self) -> None:
        """The client has gone."""
        self.chunks = []
        if self._streamed is not None:
            self._streamed.on_connection_close()
        elif self.handler is not None:
            self.handler.on_connection_close()

    def execute(self) -> Awaitable[None] | None:
        """Serve the request, whose body is complete."""
        handler = self._make()
        serve(handler, self.path_args, self.path_kwargs)
        if not handler._finished:
            handler._exchange.set_close_callback(handler.on_connection_close)
        return None

    def _make(self) -> RequestHandler:
        prepare_class(self.handler_class)
        handler = self.handler_class(self.application, self.request, **self.handler_kwargs)
        self.handler = handler
        return handler
