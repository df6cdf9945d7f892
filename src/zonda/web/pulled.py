"""Streaming handlers that take the body themselves, while their method runs.

A ``@stream_request_body`` handler without ``data_received`` is called as soon as the head of
its request is there, and reads the body when it likes: ``async for`` over
``self.body_chunks()`` or ``self.multipart()``. The client is asked for it (100, RFC 9110
section 10.1.1) and read from only then, so ``prepare`` and the method can refuse it first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from zonda.iostream import StreamClosedError
from zonda.web.arguments import decode_path_arguments
from zonda.web.bodystream import BodyStream
from zonda.web.errors import HTTPError
from zonda.web.execution import SAFE_METHODS, await_result, call_method, check_origin

if TYPE_CHECKING:
    from zonda.web.handler import RequestHandler

__all__ = ["PulledRequest"]


class PulledRequest:
    """Serves such a handler, and keeps its body in a :class:`BodyStream`."""

    __slots__ = ("body", "handler")

    def __init__(self, handler: RequestHandler, args: list[Any], kwargs: dict[str, Any]) -> None:
        self.handler = handler
        self.body = handler._body_stream = BodyStream(asyncio.get_running_loop())
        await_result(handler, self._serve(args, kwargs))

    @property
    def ready(self) -> asyncio.Future[None]:
        """Done when the handler wants the body."""
        return self.body.wanted

    async def _serve(self, args: list[Any], kwargs: dict[str, Any]) -> None:
        handler = self.handler
        try:
            handler.path_args, handler.path_kwargs = decode_path_arguments(handler, args, kwargs)
            if handler.request.method not in handler._method_names:
                raise HTTPError(405)
            if handler.request.method not in SAFE_METHODS:
                check_origin(handler)
            pending: Awaitable[None] | None = handler.prepare()
            if pending is not None:
                await pending
            if not handler._finished:
                pending = call_method(handler)
                if pending is not None:
                    await pending
        except StreamClosedError:
            if not self.body.gone:
                raise
            handler._client_left()  # no news: whoever uploads may think better of it
        finally:
            self.body.drop()

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body."""
        return self.body.put(chunk)

    def finish(self) -> None:
        """The body is complete."""
        self.body.end()
        handler = self.handler
        if not handler._finished:
            handler._exchange.set_close_callback(handler.on_connection_close)

    def on_connection_close(self) -> None:
        """The client has gone before its body was complete."""
        self.body.fail()
        self.handler.on_connection_close()
