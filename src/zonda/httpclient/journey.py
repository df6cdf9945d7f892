"""A fetch that is more than one plain request: redirects, retries, cookies, hooks."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from zonda.httpclient.attempt import Attempt, Sink
from zonda.httpclient.errors import HTTPTimeoutError
from zonda.httpclient.session import Session
from zonda.httputil import HTTPHeaders

if TYPE_CHECKING:
    from zonda.httpclient.client import AsyncHTTPClient
    from zonda.httpclient.request import HTTPRequest, StreamingCallback
    from zonda.httpclient.response import HTTPResponse

__all__ = ["Journey"]

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
#: The session of a client that has none.
_PLAIN: Final = Session()


class Journey:
    """Fetches one request of a client, in as many attempts as it takes.

    Where a plain fetch leaves redirects to the implementation, they are followed here: each
    response may set cookies, each request may need others.

    Args:
        client: the client.
        request: what to fetch; it is not changed.
        sink: who takes the final response as it comes; None: as the request says.
        open_ended: ``request_timeout`` ends with the response's head, unless the request
            itself has one.
    """

    def __init__(
        self,
        client: AsyncHTTPClient,
        request: HTTPRequest,
        sink: Sink | None = None,
        open_ended: bool = False,
    ) -> None:
        session = client._session or _PLAIN
        self._client = client
        self._original = request
        self._recorder = session.recorder
        self._jar = session.cookie_jar
        self._hooks = session.hooks.and_also(request.hooks)
        self._retries = request.retries or session.retries
        if sink is None and request.streaming_callback is not None:
            sink = _CallbackSink(request.streaming_callback)
        self._sink = sink
        self._begun = time.monotonic()
        limit: float = self._option(request, "request_timeout") or 0.0
        # Seconds until the head of each attempt; the end of everything. 0: any time.
        self._head_timeout = limit if open_ended and request.request_timeout is None else 0.0
        self._ends = self._begun + limit if limit and not self._head_timeout else 0.0
        silence: float | None = self._option(request, "read_timeout")
        self._read_timeout = self._head_timeout if silence is None else silence
        following = self._option(request, "follow_redirects")
        self._redirects_left: int = self._option(request, "max_redirects") if following else 0
        self._redirect_time = 0.0
        self._history: list[HTTPResponse] = []
        self._retried = 0
        self._attempts = 0
        #: What comes behind the attempt under way: a request, and the seconds before it.
        self._next: tuple[HTTPRequest, float] | None = None

    async def run(self) -> HTTPResponse:
        """The last response, whatever its status.

        Raises:
            HTTPClientError, OSError, ValueError, KeyError: as those of ``fetch``.
        """
        request = self._original
        if self._retries is not None and self._retries.budget is not None:
            self._retries.budget.earn()
        try:
            while True:
                response = await self._attempt(request)
                if self._next is None:
                    break
                request = await self._go_on(request, response)
        except Exception as error:
            if isinstance(error, HTTPTimeoutError) and self._attempts > 1:
                elapsed = time.monotonic() - self._begun
                error.add_note(f"{self._attempts} attempts, {elapsed:.3f} seconds in all")
            await self._hooks.call("error", self._original, error)
            raise
        assert not isinstance(response, BaseException)
        response.request = self._original
        response.history = tuple(self._history)
        if self._redirect_time and response.time_info:
            response.time_info["redirect"] = self._redirect_time
        return response

    def _option(self, request: HTTPRequest, name: str) -> Any:
        value = getattr(request, name)
        return self._client.defaults.get(name) if value is None else value

    # --------------------------------------------------------------------- attempts

    async def _attempt(self, request: HTTPRequest) -> HTTPResponse | BaseException:
        """Send the request once. What went wrong is returned if there is to be another try."""
        self._next = None
        self._attempts += 1
        sent = await self._prepare(request)

        outcome: HTTPResponse | BaseException
        try:
            outcome = await self._send(request, sent)
        except Exception as error:
            outcome = error
            if self._recorder is not None:
                self._recorder.record(sent, error)
            self._next = self._after_error(request, error)
            if self._next is None:
                raise
        else:
            if self._recorder is not None:
                self._recorder.record(sent, outcome)
        return outcome

    async def _send(self, request: HTTPRequest, sent: HTTPRequest) -> HTTPResponse:
        """Send a request's copy, and decide about what comes as early as anybody asks for."""
        client, silence = self._client, self._read_timeout
        if not (
            self._sink is not None
            or self._head_timeout
            or (silence and not client.watches_silence)
            or request.header_callback is not None
            or "response" in self._hooks
        ):
            response = await client._start(sent, raise_error=False)
            self._head_received(request, response, [])
            return response

        def received(
            response: HTTPResponse, lines: list[str]
        ) -> tuple[bool, Awaitable[None] | None]:
            return self._head_received(request, response, lines)

        return await Attempt(
            client, sent, received, self._sink, self._time_to_head(), silence
        ).run()

    async def _prepare(self, request: HTTPRequest) -> HTTPRequest:
        """The copy of a request that is sent this time."""
        sent = copy.copy(request)
        sent.headers = HTTPHeaders(request._headers or ())
        sent.start_time = time.time()
        sent.follow_redirects = False
        sent.request_timeout = self._time_left()
        sent.read_timeout = self._read_timeout
        if self._jar is not None:
            self._jar.add_to(sent)
        if request.auth is not None and not request._strayed:
            pending = request.auth(sent)
            if isinstance(pending, Awaitable):
                await pending
        if "request" in self._hooks:
            await self._hooks.call("request", sent)
        return sent

    def _time_left(self) -> float:
        """Seconds for the next attempt; 0: any time."""
        limit = None if self._retries is None else self._retries.attempt_timeout
        if not self._ends:
            return 0.0 if self._head_timeout else limit or 0.0
        left = max(self._ends - time.monotonic(), 0.001)
        return left if limit is None else min(left, limit)

    def _time_to_head(self) -> float:
        if not self._head_timeout:
            return 0.0
        limit = None if self._retries is None else self._retries.attempt_timeout
        left = max(self._begun + self._head_timeout - time.monotonic(), 0.001)
        return left if limit is None else min(left, limit)

    # -------------------------------------------------------------------- decisions

    def _head_received(
        self, request: HTTPRequest, response: HTTPResponse, lines: list[str]
    ) -> tuple[bool, Awaitable[None] | None]:
        """Decide what a response means: whether it is the last, and what to do about it."""
        if self._jar is not None:
            self._jar.take_from(response)
        self._next = self._after_response(request, response)
        callback = self._original.header_callback
        if callback is not None and self._next is None:
            for line in lines:
                callback(line)
        todo = self._hooks.call("response", response) if "response" in self._hooks else None
        return self._next is None, todo

    def _after_response(
        self, request: HTTPRequest, response: HTTPResponse
    ) -> tuple[HTTPRequest, float] | None:
        code, headers = response.code, response.headers
        if code in _REDIRECTS and self._redirects_left > 0 and "Location" in headers:
            return self._redirected(request, code, headers["Location"]), 0.0
        if self._retries is not None:
            delay = self._retries.delay_after_response(request, self._retried, code, headers)
            return self._if_in_time(request, delay)
        return None

    def _after_error(
        self, request: HTTPRequest, error: BaseException
    ) -> tuple[HTTPRequest, float] | None:
        if self._retries is None or (self._sink is not None and self._sink.begun):
            return None
        delay = self._retries.delay_after_error(request, self._retried, error)
        return self._if_in_time(request, delay)

    def _if_in_time(
        self, request: HTTPRequest, delay: float | None
    ) -> tuple[HTTPRequest, float] | None:
        assert self._retries is not None
        if delay is None:
            return None
        ends = self._begun + self._head_timeout if self._head_timeout else self._ends
        if ends and time.monotonic() + delay >= ends:
            return None
        budget = self._retries.budget
        return (request, delay) if budget is None or budget.spend() else None

    def _redirected(self, request: HTTPRequest, code: int, location: str) -> HTTPRequest:
        from zonda.simple_httpclient.redirects import redirected

        return redirected(request, code, location)

    async def _go_on(
        self, request: HTTPRequest, outcome: HTTPResponse | BaseException
    ) -> HTTPRequest:
        """Turn to the next request: at once for a redirect, after a while for a retry."""
        assert self._next is not None
        following, delay = self._next
        if following is request:
            self._retried += 1
            await self._hooks.call("retry", request, outcome, delay)
            await asyncio.sleep(delay)
            return request
        assert not isinstance(outcome, BaseException)
        self._redirects_left -= 1
        self._redirect_time = time.monotonic() - self._begun
        self._history.append(outcome)
        await self._hooks.call("redirect", outcome, following)
        return following


class _CallbackSink:
    """Gives the final response's body to the ``streaming_callback`` that the request has."""

    def __init__(self, callback: StreamingCallback) -> None:
        self._callback = callback
        self.begun = False

    def begin(self, response: HTTPResponse) -> None:
        """Nothing can be repeated from here on."""
        self.begun = True

    def take(self, piece: bytes) -> Awaitable[None] | None:
        """A piece of the body."""
        pending = self._callback(piece)
        return pending if isinstance(pending, Awaitable) else None
