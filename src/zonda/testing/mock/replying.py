"""Giving a `MockAnswer` over a connection in this process."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any

from zonda.httpclient.errors import HTTPTimeoutError
from zonda.protocol.exchange import EMPTY_BLOCK

if TYPE_CHECKING:
    from zonda.httputil import HTTPHeaders, HTTPServerRequest
    from zonda.testing.memory import ServerEnd
    from zonda.testing.mock.answer import MockAnswer

__all__ = ["fail", "reply"]

#: Turns of the loop: in the second one the client learns that there is something to read.
_TURNS = 2
_FRAMING = ("Content-Length", "Transfer-Encoding", "Connection")


def fail(end: ServerEnd, error: BaseException) -> None:
    """Have the client's fetch raise ``error``, once it has read what was sent to it."""
    end.peer.error = error
    end.close_after_flush()


async def reply(request: HTTPServerRequest, end: ServerEnd, answer: MockAnswer) -> None:
    """Answer a request."""
    exchange: Any = request.connection
    if answer.delay:
        await _delay(exchange, answer.delay)
        if exchange.over:
            return
    error = HTTPTimeoutError("Timeout during request") if answer.timeout else answer.error
    content = answer.content
    if answer.raw is not None:
        exchange.write(answer.raw)
        exchange.finish()
    elif error is None or content is not None or answer.chunks is not None:
        await _respond(exchange, request.method, answer, content, whole=error is None)
    if error is not None:
        fail(end, error)


async def _delay(exchange: Any, seconds: float) -> None:
    """Wait, but not for a client that has gone."""
    gone = asyncio.Event()
    exchange.set_close_callback(gone.set)
    try:
        await asyncio.wait_for(gone.wait(), None if seconds == math.inf else seconds)
    except TimeoutError:
        pass


async def _respond(
    exchange: Any, method: str | None, answer: MockAnswer, content: bytes | None, *, whole: bool
) -> None:
    """Send a response; without its end, if it is not to be ``whole``."""
    headers = answer.fields
    if "close" in headers.get("Connection", "").lower():
        exchange.close_after_response()
    fields = [field for field in headers.get_all() if field[0] not in _FRAMING]
    length = _length(answer, content, headers)
    if not whole and length is not None and "Content-Length" not in headers:
        length += 1  # something must be missing
    exchange.send_head(answer.status, answer.reason, EMPTY_BLOCK, fields, length)
    if method != "HEAD" and answer.status not in (204, 304):
        await _send_content(exchange, answer, content)
    if whole:
        exchange.end()


def _length(answer: MockAnswer, content: bytes | None, headers: HTTPHeaders) -> int | None:
    """Bytes of the content; None: it is sent chunked."""
    if "Content-Length" in headers:
        return int(headers["Content-Length"])
    if answer.chunks is not None or "Transfer-Encoding" in headers:
        return None
    return len(content or b"")


async def _send_content(exchange: Any, answer: MockAnswer, content: bytes | None) -> None:
    if content:
        exchange.send_data(content)
    elif isinstance(answer.chunks, AsyncIterable):
        async for chunk in answer.chunks:
            await _send_chunk(exchange, chunk)
    else:
        for chunk in answer.chunks or ():
            await _send_chunk(exchange, chunk)


async def _send_chunk(exchange: Any, chunk: bytes) -> None:
    """Send a chunk, and let the client read it before the next one is sent."""
    exchange.send_data(chunk)
    await exchange.drained()
    for _ in range(_TURNS):
        await asyncio.sleep(0)
