"""``request.write(...)`` and ``request.finish()``: a response written by hand, head and all.

The way of programs from before Tornado 2, whose ``HTTPServer(callback)`` wrote
``request.write(b"HTTP/1.1 200 OK\\r\\n...")``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zonda.httputil.headers import HTTPHeaders
from zonda.httputil.startline import parse_response_start_line
from zonda.ioloop import IOLoop
from zonda.legacy import deprecated

if TYPE_CHECKING:
    from zonda.httputil.request import HTTPServerRequest

__all__ = ["finish", "write"]

_END_OF_HEAD = b"\r\n\r\n"


def write(
    request: HTTPServerRequest, chunk: bytes, callback: Callable[[], object] | None = None
) -> Any:
    """Write *chunk* of the response, which begins with its status line.

    :param callback: called when it is on its way.
    :returns: a future for the same.
    :raises TypeError: *chunk* is not bytes.
    """
    deprecated("request.write()", "request.connection.write_headers() and write()")
    if not isinstance(chunk, bytes):
        raise TypeError(f"request.write() takes bytes, not {chunk!r:.50}")
    future = _send(request, chunk)
    if callback is not None:
        call = callback
        IOLoop.current().add_future(future, lambda done: call())
    return future


def _send(request: HTTPServerRequest, chunk: bytes) -> Any:
    head: bytes | None = request.__dict__.get("_raw_head", b"")
    if head is None:  # it has been sent
        return request.connection.write(chunk)
    head += chunk
    if _END_OF_HEAD not in head:
        request.__dict__["_raw_head"] = head
        future: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        future.set_result(None)
        return future
    request.__dict__["_raw_head"] = None
    raw, _, body = head.partition(_END_OF_HEAD)
    first, _, fields = raw.decode("latin-1").partition("\r\n")
    headers = HTTPHeaders.parse(fields)
    start_line = parse_response_start_line(first)
    return request.connection.write_headers(start_line, headers, body or None)


def finish(request: HTTPServerRequest) -> None:
    """End the response."""
    deprecated("request.finish()", "request.connection.finish()")
    if request.__dict__.get("_raw_head"):  # a head that nothing followed
        _send(request, _END_OF_HEAD)
    request.connection.finish()
