"""``AsyncHTTPClient.fetch(request, callback)``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zonda.httpclient.errors import HTTPClientError
from zonda.httpclient.request import HTTPRequest
from zonda.httpclient.response import HTTPResponse
from zonda.ioloop import IOLoop
from zonda.legacy import deprecated

if TYPE_CHECKING:
    from zonda.httpclient.client import AsyncHTTPClient

__all__ = ["fetch"]


def fetch(
    client: AsyncHTTPClient,
    request: str | HTTPRequest,
    second: Any,
    kwargs: dict[str, Any],
) -> asyncio.Future[HTTPResponse]:
    """``fetch(request, callback, **kwargs)``.

    :param second: the second argument: a callback, or today's ``raise_error``.

    The callback gets a response, whatever happens: one with ``error`` set if the status is
    one, a made up one of status 599 if there was none. The future is there as well.
    """
    callback: Callable[[HTTPResponse], object] | None = kwargs.pop("callback", None)
    raise_error = True
    if callable(second):
        callback = second
    else:
        raise_error = second
    if not isinstance(request, HTTPRequest):
        request = HTTPRequest(url=request, **kwargs)
    elif kwargs:
        raise ValueError("kwargs can't be used if request is an HTTPRequest object")
    future = client.fetch(request, raise_error=raise_error)
    if callback is None:
        return future
    deprecated("fetch(..., callback)", "await client.fetch(...)")
    call, sent = callback, time.time()

    def done(future: asyncio.Future[HTTPResponse]) -> None:
        call(_response_of(future, request, sent))

    IOLoop.current().add_future(future, done)
    return future


def _response_of(
    future: asyncio.Future[HTTPResponse], request: HTTPRequest, sent: float
) -> HTTPResponse:
    """The outcome of a fetch as a response."""
    if future.cancelled():
        error: BaseException | None = HTTPClientError(599, "Cancelled")
    else:
        error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, HTTPClientError) and error.response is not None:
        return error.response
    return HTTPResponse(request, 599, error=error, request_time=time.time() - sent)
