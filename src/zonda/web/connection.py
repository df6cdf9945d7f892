"""Answering through a connection object that is not one of our exchanges.

Handlers speak to an exchange (:mod:`zonda.protocol.exchange`). A request that was made by
hand, by a test or by another server carries only Tornado's ``HTTPConnection`` interface.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextvars import copy_context
from time import time
from typing import TYPE_CHECKING, Any

from zonda.httputil import HTTPConnection, HTTPHeaders, ResponseStartLine, responses
from zonda.protocol.exchange import EMPTY_BLOCK

if TYPE_CHECKING:
    import asyncio

    from zonda.protocol.exchange import FieldBlock

__all__ = ["ForeignExchange", "exchange_of"]


def exchange_of(connection: Any) -> Any:
    """The exchange behind ``request.connection``."""
    return connection if hasattr(connection, "respond") else ForeignExchange(connection)


class ForeignExchange:
    """An exchange on top of any ``HTTPConnection``."""

    #: No parsed head is at hand: handlers go by ``request.headers``.
    head = None
    over = False
    disconnected = False
    task: asyncio.Task[None] | None = None

    def __init__(self, connection: HTTPConnection) -> None:
        self.connection = connection
        self.start_time = time()
        self._close = False
        self._begun = False
        self._last: Any = None

    def run(
        self, coroutine: Coroutine[Any, Any, Any], on_done: Callable[[BaseException | None], None]
    ) -> asyncio.Task[None]:
        """Run a coroutine as a task."""

        async def report() -> None:
            failure: BaseException | None = None
            try:
                await coroutine
            except BaseException as error:
                failure = error
            on_done(failure)

        from asyncio import get_event_loop

        return get_event_loop().create_task(report(), context=copy_context())

    def respond(
        self,
        status: int,
        reason: str | None,
        block: FieldBlock,
        fields: Sequence[tuple[str, str]],
        body: bytes,
    ) -> asyncio.Future[None]:
        """Send a whole response."""
        length = None if status < 200 or status in (204, 304) else len(body)
        self.send_head(status, reason, block, fields, length, body)
        self.end()
        return self.drained()

    def send_head(
        self,
        status: int,
        reason: str | None,
        block: FieldBlock,
        fields: Sequence[tuple[str, str]],
        length: int | None,
        chunk: bytes | None = None,
    ) -> None:
        """Send the head of a response."""
        self._begun = True
        headers = HTTPHeaders()
        for name, value in (*block.fields, *fields):
            headers.add(name, value)
        if length is not None:
            headers["Content-Length"] = str(length)
        if self._close:
            headers["Connection"] = "close"
        phrase = reason or responses.get(status, "Unknown")
        start_line = ResponseStartLine("HTTP/1.1", status, phrase)
        self._last = self.connection.write_headers(start_line, headers, chunk)

    def send_data(self, chunk: bytes) -> None:
        """Send a piece of the body."""
        self._last = self.connection.write(chunk)

    def end(self, trailers: Sequence[tuple[str, str]] = ()) -> None:
        """End the response."""
        self.over = True
        self.connection.finish()

    def close_after_response(self) -> None:
        """Ask the client not to reuse the connection."""
        self._close = True

    def abandon(self) -> None:
        """End a response that cannot be completed."""
        self.end()

    def give_up(self) -> None:
        """Nobody can answer this request any more: 500, if nothing was sent."""
        if self._begun:
            self.abandon()
        else:
            self.respond(500, None, EMPTY_BLOCK, (), b"")

    def set_close_callback(self, callback: Callable[[], object] | None) -> None:
        """Pass a close callback on, where the connection takes one."""
        setter = getattr(self.connection, "set_close_callback", None)
        if setter is not None:
            setter(callback)

    def drained(self) -> asyncio.Future[None]:
        """What the connection's last write returned, or a future that is done."""
        import asyncio

        if isinstance(self._last, asyncio.Future):
            return self._last
        future: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        future.set_result(None)
        return future

    def detach(self) -> Any:
        """The connection's stream."""
        self.over = True
        return self.connection.detach()  # type: ignore[attr-defined]
