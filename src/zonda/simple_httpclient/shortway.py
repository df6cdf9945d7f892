"""The short way of a fetch, which most of them go.

A request that is like one before, a connection that waits for it, a place in the client, and a
simple response that comes in one piece: then a fetch is this one object. What else may happen,
from an interim response to a redirect, is the affair of a
:class:`~zonda.simple_httpclient.fetch.Fetch`, which takes over as soon as it does.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from zonda.httpclient.request import HTTPRequest
from zonda.httpclient.response import begun_at, response_of_head
from zonda.simple_httpclient.fetch import COARSE, Fetch
from zonda.simple_httpclient.future import FetchFuture

if TYPE_CHECKING:
    from zonda._kernel import ResponseHead
    from zonda.http1connection.client import HTTP1ClientConnection
    from zonda.simple_httpclient.client import SimpleAsyncHTTPClient
    from zonda.simple_httpclient.plan import Plan

__all__ = ["ShortFetch", "short_fetch"]


def short_fetch(
    client: SimpleAsyncHTTPClient, request: HTTPRequest | str, plan: Plan, raise_error: bool
) -> ShortFetch | None:
    """The fetch under way, if there is nothing to wait for or to look at; else None.

    Args:
        client: whose fetch it is.
        request: what to fetch, without callbacks; its URL if nothing else was said.
        plan: the request's.
        raise_error: see `FetchFuture`.
    """
    active, origins = client.active, client.origins
    if (
        not plan.short
        or not client.goes_short
        or client.queue
        or len(active) >= client.max_clients
        or (origins is not None and not origins.has_room(plan))
    ):
        return None
    connection = client.pool.take(plan.shelf)
    if connection is None:
        return None
    if not plan.idempotent and connection.stale():
        connection.close()
        return None
    if not client.watching:
        client.watch()
    message = plan.message
    if message is None:
        assert not isinstance(request, str)
        message = plan.message_of(request)
    short = ShortFetch(loop=client.loop)
    short.raise_error = raise_error
    short.fetch = None
    short.request = request
    short.connection = connection
    short.plan = plan
    short._client = client
    short._begun = begun = monotonic()
    limit = plan.request_timeout
    if limit >= COARSE:
        short.deadline = begun + limit
        short._timer = None
    else:
        short.deadline = 0.0
        short._timer = client.loop.call_later(limit, short.time_out) if limit else None
    active.add(short)
    if origins is not None:
        origins.take(short)
    connection.ask(short, plan.method, message)
    return short


class ShortFetch(FetchFuture):
    """The future of a fetch that also runs it. It is the asker of its connection.

    Attributes:
        request: what to fetch; only its URL if nothing else was said.
        deadline: when it must be over, as ``monotonic()`` tells it, if the client is to look;
            else 0.
    """

    __slots__ = ("_begun", "_client", "_timer", "connection", "deadline", "plan", "request")

    connection: HTTP1ClientConnection | None
    request: HTTPRequest | str
    deadline: float
    _begun: float
    _client: SimpleAsyncHTTPClient
    plan: Plan
    _timer: asyncio.TimerHandle | None

    def response_received(self, head: ResponseHead, content: bytes) -> None:
        """It is one that needs nothing but to be handed on."""
        client, connection, begun = self._client, self.connection, self._begun
        assert connection is not None
        self.connection = None
        if self._timer is not None:
            self._timer.cancel()
        client.pool.put(connection)
        client.active.discard(self)
        if client.queue or client.origins is not None or client._closed:
            client.give_place_back(self)
        if not self.done():
            now = monotonic()
            times = (begun, begun, 0.0, 0.0, 0.0, begun, now, now, 0.0)
            self.set_result(response_of_head(self.request, head, content, None, times))

    def long_way(self) -> Fetch:
        """It is not: go on as a fetch that is prepared for everything."""
        client, connection = self._client, self.connection
        assert connection is not None
        self.connection = None
        if self._timer is not None:
            self._timer.cancel()
        request = self.request
        if isinstance(request, str):
            request = HTTPRequest.of_url(request, begun_at(self._begun))
        fetch = self.fetch = Fetch(client, request, self.plan, self.deliver)
        client.replace(self, fetch)
        fetch.take_over(connection, self._begun)
        return fetch

    def time_out(self) -> None:
        """The limit has passed."""
        self._go_long_way()
        if self.fetch is not None:
            self.fetch.time_out()

    def abandon(self) -> None:
        """See `FetchFuture`."""
        self._go_long_way()
        super().abandon()

    def _go_long_way(self) -> None:
        if self.connection is not None:
            self.connection.go_long_way()
