"""Handing a response on while it comes, at the pace of who takes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from zonda.curl_httpclient.library import pycurl
from zonda.log import app_log

if TYPE_CHECKING:
    from zonda.curl_httpclient.client import CurlAsyncHTTPClient

__all__ = ["StreamingBuffer"]


class StreamingBuffer:
    """What libcurl has received and the ``streaming_callback`` not taken yet.

    libcurl must not be called from its own callbacks, and a ``streaming_callback`` may do
    anything. So it is called by the loop; meanwhile libcurl fills this buffer and, when it
    is full, pauses.

    Args:
        client: the client.
        curl: the handle to pause.
        callback: the request's ``streaming_callback``; an awaitable from it holds the next
            call back. If it raises, that is logged and the transfer goes on.
    """

    #: Bytes that may wait; one piece more than that does.
    max_buffer_size = 1024 * 1024

    def __init__(
        self,
        client: CurlAsyncHTTPClient,
        curl: Any,
        callback: Callable[[bytes], object],
    ) -> None:
        self._client = client
        self._curl: Any = curl
        self._callback = callback
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        self._total = 0
        self._busy = False
        #: Whether libcurl keeps what it has until there is room.
        self.paused = False
        #: Whether the body went over the client's ``max_body_size``.
        self.body_too_large = False
        self._then: Callable[[], None] | None = None

    def write(self, data: bytes) -> int:
        """Take a piece from libcurl, or tell it to keep it, or to give up."""
        if self._total + len(data) > self._client.max_body_size:
            self.body_too_large = True
            return 0
        if self._waiting >= self.max_buffer_size:
            self.paused = True
            return int(pycurl.WRITEFUNC_PAUSE)
        self._chunks.append(data)
        self._waiting += len(data)
        self._total += len(data)
        if not self._busy:
            self._busy = True
            self._client.io_loop.asyncio_loop.call_soon(self.flush)
        return len(data)

    def close(self, then: Callable[[], None]) -> None:
        """libcurl is done; call ``then`` when everything has been taken."""
        self._curl = None
        if self._busy:
            self._then = then
        else:
            then()

    def stop(self) -> None:
        """Nobody wants the rest."""
        self._curl = self._then = None
        self._chunks.clear()

    def flush(self) -> None:
        """Hand on what is here; if that makes room, libcurl may go on."""
        while self._chunks:
            chunk = self._chunks.popleft()
            self._waiting -= len(chunk)
            try:
                pending = self._callback(chunk)
            except Exception as error:
                _report(error)
                continue
            if isinstance(pending, Awaitable):
                asyncio.ensure_future(pending).add_done_callback(self._taken)
                return
        self._busy = False
        self._resume()

    def _taken(self, done: asyncio.Future[Any]) -> None:
        try:
            error = done.exception()
        except asyncio.CancelledError as cancelled:
            error = cancelled
        if error is not None:
            _report(error)
        self.flush()

    def _resume(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()
        elif self.paused and self._curl is not None:
            self.paused = False
            try:
                self._curl.pause(pycurl.PAUSE_CONT)
            except pycurl.error:
                return  # it gave what it had kept, which was refused: the transfer ends by that
            self._client._set_timeout(0)  # not every libcurl goes on by itself


def _report(error: BaseException) -> None:
    app_log.error("Exception in callback: the streaming_callback of a fetch", exc_info=error)
