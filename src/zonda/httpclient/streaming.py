"""A response that is read while it comes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from zonda.httpclient.errors import HTTPClientError
from zonda.httpclient.journey import Journey
from zonda.httpclient.text import LineSplitter, TextDecoder, charset_of

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from zonda.httpclient.client import AsyncHTTPClient
    from zonda.httpclient.request import HTTPRequest
    from zonda.httpclient.response import HTTPResponse
    from zonda.httputil import HTTPHeaders

__all__ = ["StreamedResponse"]

#: Bytes that may lie here unread before the server is held back.
_ROOM: Final = 256 * 1024
#: Bytes of the page behind an error status that go into the exception, and seconds for them.
_ERROR_PAGE: Final = 1024 * 1024
_ERROR_PAGE_TIMEOUT: Final = 20.0


class StreamedResponse:
    """What ``async with client.stream(...) as response`` gives: the head, then the body.

    Iterating gives the body in pieces of any size, as they come, decompressed. It is there
    once: what has been read is gone. While nobody reads, nothing is received: after a quarter
    of a megabyte the connection stops reading, and with it the server.

    Leaving the block before the end closes the connection.

    Attributes:
        request: the :class:`HTTPRequest`.
        code: status.
        reason: reason phrase.
        headers: header fields.
        effective_url: the URL that answers, after redirects.
        history: the responses that were redirects.
        received: bytes of the body received so far, decompressed.
    """

    def __init__(self, client: AsyncHTTPClient, request: HTTPRequest, raise_error: bool) -> None:
        self._client = client
        self._raise_error = raise_error
        self._loop = client.io_loop.asyncio_loop
        self.request = request
        self.received = 0
        self.begun = False
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        self._ended = False
        self._closed = False
        self._error: BaseException | None = None
        self._head: HTTPResponse | None = None
        self._task: asyncio.Task[HTTPResponse] | None = None
        #: Done when there is something to read.
        self._readable: asyncio.Future[None] | None = None
        #: Done when there is room again.
        self._room: asyncio.Future[None] | None = None

    # ------------------------------------------------------------------- the journey's sink

    def begin(self, response: HTTPResponse) -> None:
        """The head is here."""
        self.begun = True
        self._head = response
        self._wake()

    def take(self, piece: bytes) -> Awaitable[None] | None:
        """A piece of the body; an awaitable if the reader is behind."""
        if self._closed:
            return None
        self._chunks.append(piece)
        self._waiting += len(piece)
        self.received += len(piece)
        self._wake()
        if self._waiting < _ROOM:
            return None
        if self._room is None:
            self._room = self._loop.create_future()
        return self._room

    def _wake(self) -> None:
        readable, self._readable = self._readable, None
        if readable is not None and not readable.done():
            readable.set_result(None)

    def _make_room(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def _over(self, task: asyncio.Task[HTTPResponse]) -> None:
        self._ended = True
        if task.cancelled():
            self._error = asyncio.CancelledError("the stream was closed")
        else:
            self._error = task.exception()
            if self._error is None and self._head is None:
                self._head = task.result()
        self._wake()

    async def _wait(self) -> None:
        if self._readable is None or self._readable.done():
            self._readable = self._loop.create_future()
        await self._readable

    # ------------------------------------------------------------------------ the block

    async def __aenter__(self) -> Self:
        """Send the request, wait for the head.

        Raises:
            HTTPClientError: the status is not successful, and ``raise_error`` is true; the
                error's response has the body, too. Or there is no response.
        """
        if self._task is not None:
            raise RuntimeError("a stream is entered once: ask the client for another one")
        journey = Journey(self._client, self.request, sink=self, open_ended=True)
        self._task = self._loop.create_task(journey.run())
        self._task.add_done_callback(self._over)
        try:
            while self._head is None and not self._ended:
                await self._wait()
            if self._head is None:
                assert self._error is not None
                raise self._error
            if self._raise_error and self._head.error is not None:
                await self.fail()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def fail(self) -> NoReturn:
        """Raise the status as an error, with the page behind it if that is not too large.

        Raises:
            HTTPClientError: always.
        """
        head = self._begun_head
        try:
            async with asyncio.timeout(_ERROR_PAGE_TIMEOUT):
                head._body = await self.read(_ERROR_PAGE)
        except (HTTPClientError, OSError, ValueError):
            pass  # the status says more than a page that is cut off
        raise head.error or HTTPClientError(head.code, head.reason, head)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the stream; a response that is not complete takes its connection with it."""
        self._closed = True
        self._chunks.clear()
        self._waiting = 0
        self._make_room()
        task = self._task
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait((task,))

    # ------------------------------------------------------------------------- the head

    @property
    def _begun_head(self) -> HTTPResponse:
        if self._head is None:
            raise RuntimeError("there is no response yet: use it in an `async with` block")
        return self._head

    @property
    def code(self) -> int:
        """Status."""
        return self._begun_head.code

    @property
    def reason(self) -> str:
        """Reason phrase."""
        return self._begun_head.reason

    @property
    def headers(self) -> HTTPHeaders:
        """Header fields."""
        return self._begun_head.headers

    @property
    def effective_url(self) -> str:
        """The URL that answers, after redirects."""
        return self._begun_head.effective_url

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the response sets."""
        return self._begun_head.cookies

    def raise_for_status(self) -> Self:
        """Raise the error of a status from 400 on; else return the response."""
        self._begun_head.raise_for_status()
        return self

    # ------------------------------------------------------------------------- the body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self._closed:
                raise RuntimeError("the stream is closed")
            if self._ended:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            self._make_room()
            await self._wait()
        chunk = self._chunks.popleft()
        self._waiting -= len(chunk)
        if self._room is not None and self._waiting < _ROOM // 2:
            self._make_room()
        return chunk

    async def read(self, limit: int | None = None) -> bytes:
        """The rest of the body.

        Args:
            limit: bytes; None: only the client's own ``max_body_size`` applies.

        Raises:
            ValueError: there is more than ``limit``.
        """
        chunks: list[bytes] = []
        size = 0
        async for chunk in self:
            size += len(chunk)
            if limit is not None and size > limit:
                raise ValueError(f"the body is larger than {limit} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    async def iter_text(self) -> AsyncIterator[str]:
        """The body as text, in pieces as they come; the charset is that of `HTTPResponse.text`."""
        decoder = TextDecoder(charset_of(self.headers))
        async for chunk in self:
            if text := decoder.feed(chunk):
                yield text
        if text := decoder.end():
            yield text

    async def iter_lines(self, max_line: int = 1024 * 1024) -> AsyncIterator[str]:
        r"""The body line by line, without the ends: ``\n``, ``\r\n`` or ``\r``.

        Args:
            max_line: characters that a line may have.

        Raises:
            ValueError: a line is longer.
        """
        splitter = LineSplitter(max_line)
        async for text in self.iter_text():
            for line in splitter.feed(text):
                yield line
        for line in splitter.end():
            yield line

    def __repr__(self) -> str:
        code: Any = "no head yet" if self._head is None else self._head.code
        return f"<{type(self).__name__} {code} {self.request.url}>"
