"""One request of a fetch, sent once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from zonda.httpclient.errors import HTTPTimeoutError
from zonda.httpclient.head import HeadLines
from zonda.httpclient.response import HTTPResponse

if TYPE_CHECKING:
    from zonda.httpclient.client import AsyncHTTPClient
    from zonda.httpclient.request import HTTPRequest

__all__ = ["Attempt", "Sink"]


class Sink(Protocol):
    """Takes the response that the caller of a fetch is to see, piece by piece."""

    #: Whether anything of it has come.
    begun: bool

    def begin(self, response: HTTPResponse) -> None:
        """Its head."""

    def take(self, piece: bytes) -> Awaitable[None] | None:
        """A piece of its body; an awaitable holds the next one back."""


#: Told of a response's head as soon as it is known, with its lines, CRLF included. Says whether
#: it is the one for the caller, and may give something to be done before its body goes on.
HeadReceived = Callable[[HTTPResponse, list[str]], "tuple[bool, Awaitable[None] | None]"]


class Attempt:
    """Sends one request through a client's ``fetch_impl`` and watches what comes.

    All of it goes through the callbacks that Tornado's clients have, so any implementation
    will do.

    Args:
        client: the client.
        request: what to send; the callbacks of this copy are replaced.
        received: told of the head.
        sink: who takes the response if it is for the caller; None: it is kept.
        head_timeout: seconds until the head must be here; 0: any time.
        read_timeout: seconds that the server may be silent; 0: any time.
    """

    __slots__ = (
        "_announced",
        "_chunks",
        "_client",
        "_done",
        "_final",
        "_head",
        "_head_timeout",
        "_held",
        "_inner",
        "_last",
        "_loop",
        "_read_timeout",
        "_received",
        "_request",
        "_sink",
        "_started",
        "_timers",
    )

    def __init__(
        self,
        client: AsyncHTTPClient,
        request: HTTPRequest,
        received: HeadReceived,
        sink: Sink | None,
        head_timeout: float,
        read_timeout: float,
    ) -> None:
        self._client = client
        self._request = request
        self._received = received
        self._sink = sink
        self._head_timeout = head_timeout
        self._read_timeout = read_timeout
        self._loop = client.io_loop.asyncio_loop
        self._done: asyncio.Future[HTTPResponse] = self._loop.create_future()
        self._inner: asyncio.Future[HTTPResponse] | None = None
        self._head = HeadLines(self._head_complete)
        #: Whether the response is for the caller; None before that is known.
        self._final: bool | None = None
        #: What is done about the head before the body may go on.
        self._announced: asyncio.Future[None] | None = None
        self._chunks: list[bytes] = []
        self._held = False
        self._started = self._last = time.monotonic()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        request.header_callback = self._head.feed
        request.streaming_callback = self._take

    async def run(self) -> HTTPResponse:
        """The response, or what went wrong: the exceptions are those of ``fetch``."""
        if self._head_timeout:
            self._timers["head"] = self._loop.call_later(self._head_timeout, self._head_late)
        if self._read_timeout and not self._client.watches_silence:
            self._listen(self._read_timeout / 8)
        try:
            inner = self._inner = self._client._start(self._request, raise_error=False)
            inner.add_done_callback(self._ended)
            response = await self._done
            if self._final is None:
                self._announce(response)
            if self._announced is not None:
                await self._announced
            await self._complete(response)
            return response
        finally:
            for timer in self._timers.values():
                timer.cancel()
            for future in (self._inner, self._announced):
                if future is not None:
                    future.cancel()

    def _ended(self, inner: asyncio.Future[HTTPResponse]) -> None:
        """The client is done."""
        if inner.cancelled():
            self._done.cancel()
        elif (error := inner.exception()) is not None:
            self._fail(error)
        elif not self._done.done():
            self._done.set_result(inner.result())

    def _fail(self, error: BaseException) -> None:
        if not self._done.done():
            self._done.set_exception(error)

    # ------------------------------------------------------------------------- head

    def _head_complete(self) -> None:
        code, request = self._head.code, self._request
        digest = "digest" in (request.auth_mode, request.proxy_auth_mode)
        if (code in (401, 407) and digest) or (code == 417 and request.expect_100_continue):
            return  # libcurl may answer it: if the next thing is no other head, this one counts
        if self._final is None:
            self._announce_head()

    def _announce_head(self) -> None:
        head, request = self._head, self._request
        self._announce(HTTPResponse(request, head.code, headers=head.headers, reason=head.reason))

    def _announce(self, response: HTTPResponse) -> None:
        timer = self._timers.pop("head", None)
        if timer is not None:
            timer.cancel()
        self._last = time.monotonic()
        try:
            self._final, todo = self._received(response, self._head.lines)
            if todo is None:
                self._begin(response)
                return
        except Exception as error:
            self._final = False
            self._fail(error)
            return
        self._announced = asyncio.ensure_future(self._do_and_begin(todo, response))
        self._announced.add_done_callback(self._after_announcing)

    async def _do_and_begin(self, todo: Awaitable[None], response: HTTPResponse) -> None:
        await todo
        self._begin(response)

    def _after_announcing(self, announced: asyncio.Future[None]) -> None:
        if not announced.cancelled() and (error := announced.exception()) is not None:
            self._fail(error)

    def _begin(self, response: HTTPResponse) -> None:
        if self._final and self._sink is not None:
            self._sink.begin(response)

    # ------------------------------------------------------------------------- body

    def _take(self, piece: bytes) -> Awaitable[None] | None:
        """The ``streaming_callback``."""
        self._last = time.monotonic()
        if self._final is None and self._head.code:
            self._announce_head()
        if self._announced is not None and not self._announced.done():
            return self._hold(self._take_later(self._announced, piece))
        return self._pass_on(piece)

    async def _take_later(self, announced: asyncio.Future[None], piece: bytes) -> None:
        await asyncio.wait((announced,))
        pending = self._pass_on(piece)
        if pending is not None:
            await pending

    def _pass_on(self, piece: bytes) -> Awaitable[None] | None:
        if not self._final or self._sink is None:
            self._chunks.append(piece)
            return None
        pending = self._sink.take(piece)
        return None if pending is None else self._hold(pending)

    def _hold(self, pending: Awaitable[None]) -> Awaitable[None]:
        """The reader is slow: this is no silence of the server's."""
        self._held = True
        future = asyncio.ensure_future(pending)
        future.add_done_callback(self._released)
        return future

    def _released(self, future: asyncio.Future[None]) -> None:
        self._held = False
        self._last = time.monotonic()

    async def _complete(self, response: HTTPResponse) -> None:
        """Give the response the body that was kept, or a client's that knows no streaming away."""
        body = b"".join(self._chunks)
        if not self._final or self._sink is None:
            if body:
                response._body, response.buffer = body, BytesIO(body)
            return
        rest = body or response.body
        if rest:
            pending = self._sink.take(rest)
            if pending is not None:
                await pending

    # ------------------------------------------------------------------------- time

    def _head_late(self) -> None:
        elapsed = time.monotonic() - self._started
        self._fail(HTTPTimeoutError("Timeout before the response's head", elapsed))

    def _listen(self, seconds: float) -> None:
        self._timers["read"] = self._loop.call_later(seconds, self._look_for_silence)

    def _look_for_silence(self) -> None:
        now, limit = time.monotonic(), self._read_timeout
        if self._held or not (self._head.code or self._sent()):
            self._last = now  # nobody tells when this ends: look often
            self._listen(limit / 8)
            return
        left = self._last + limit - now
        if left > 0:
            self._listen(left)
        else:
            words = f"Timeout: nothing received for {limit:g} seconds"
            self._fail(HTTPTimeoutError(words, now - self._started))

    def _sent(self) -> bool:
        """Whether it is the server's turn; true from the start where a client cannot tell."""
        fetch = getattr(self._inner, "fetch", None)
        return fetch is None or bool(fetch.sent)
