"""The client that needs nothing but Python: a queue, a pool and fetches."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from zonda.deadlines import Deadlines
from zonda.httpclient.client import AsyncHTTPClient
from zonda.httpclient.request import HTTPRequest, RequestProxy
from zonda.httpclient.response import HTTPResponse
from zonda.log import gen_log
from zonda.protocol.limits import Limits
from zonda.simple_httpclient.connecting import Connector, NotingResolver
from zonda.simple_httpclient.defaults import Defaults
from zonda.simple_httpclient.digest import Logins
from zonda.simple_httpclient.fetch import Fetch
from zonda.simple_httpclient.future import FetchFuture
from zonda.simple_httpclient.likeness import likeness
from zonda.simple_httpclient.origins import OriginPlaces
from zonda.simple_httpclient.plan import Plan
from zonda.simple_httpclient.pool import ConnectionPool
from zonda.simple_httpclient.shortway import ShortFetch, short_fetch
from zonda.simple_httpclient.tlssessions import TLSSessions

if TYPE_CHECKING:
    from zonda.netutil import Resolver
    from zonda.simple_httpclient.environment import Environment

__all__ = ["SimpleAsyncHTTPClient"]

#: Attributes of a request that is a URL and nothing else; see ``HTTPRequest.of_url``.
_PLAIN: Final = 2
#: Plans that a client keeps, and bytes of the fields of one.
_PLANS: Final = 512
_PLAN_SIZE: Final = 4096


class SimpleAsyncHTTPClient(AsyncHTTPClient):
    """A non-blocking HTTP client with no external dependencies.

    Connections are kept and used again, by origin, TLS options and proxy.

    Args:
        max_clients: requests under way at a time; others wait in a queue, and the wait
            counts against their ``request_timeout``.
        hostname_mapping: addresses to use in place of looking host names up.
        max_buffer_size: bytes of a response that may be buffered; 100 MiB.
        resolver: how host names are looked up.
        defaults: values for attributes of :class:`HTTPRequest` that are not given.
        max_header_size: bytes of a response head; 64 KiB.
        max_body_size: bytes of a response body, before and after it is decompressed;
            ``max_buffer_size`` by default.
        trust_env: use the proxies of the environment and the passwords of the netrc file, for
            requests that do not name theirs; see
            :class:`~zonda.simple_httpclient.environment.Environment`.
        dns_cache_ttl: seconds for which addresses are remembered; 10; 0: not at all. Only
            without a ``resolver``; wrap yours in a :class:`zonda.netutil.CachingResolver`.
        max_clients_per_origin: requests under way to one origin (scheme, host and port) at a
            time; by default only ``max_clients`` counts.
        max_idle_connections: connections that are kept for later requests; 100, or
            ``max_clients`` if that is more.
        max_connection_age: seconds after which a connection is used no more, for servers
            whose name moves to other addresses; 0: any time.
        session: cookies, retries and the like: see :class:`AsyncHTTPClient`.
    """

    #: What makes the connections; those of :mod:`zonda.testing` end in this process.
    connector_class: type[Connector] = Connector
    #: Whether fetches may go the short way, past all that a subclass may want to see.
    shortens = True

    def initialize(  # type: ignore[override]
        self,
        max_clients: int = 10,
        hostname_mapping: dict[str, str] | None = None,
        max_buffer_size: int = 104857600,
        resolver: Resolver | None = None,
        defaults: dict[str, Any] | None = None,
        max_header_size: int | None = None,
        max_body_size: int | None = None,
        trust_env: bool = False,
        dns_cache_ttl: float = 10.0,
        max_clients_per_origin: int | None = None,
        max_idle_connections: int | None = None,
        max_connection_age: float = 0.0,
        **session: Any,
    ) -> None:
        """Set the client up; the arguments are those of the class."""
        from zonda.netutil import CachingResolver, OverrideResolver, Resolver
        from zonda.tcpclient import TCPClient

        super().initialize(defaults=defaults, **session)
        self.max_clients = max_clients
        self.max_buffer_size = max_buffer_size
        self.max_header_size = max_header_size or Limits().max_header_size
        self.max_body_size = max_buffer_size if max_body_size is None else max_body_size
        self.limits = Limits(max_header_size=self.max_header_size, max_body_size=self.max_body_size)
        self.own_resolver = resolver is None
        if resolver is None:
            resolver = Resolver()
            if dns_cache_ttl > 0:
                resolver = CachingResolver(resolver=resolver, ttl=dns_cache_ttl)
        self.resolver = resolver
        if hostname_mapping is not None:
            self.resolver = OverrideResolver(resolver=self.resolver, mapping=hostname_mapping)
        self.tcp_client = TCPClient(resolver=NotingResolver(resolver=self.resolver))
        self.loop: asyncio.AbstractEventLoop = self.io_loop.asyncio_loop
        if max_idle_connections is None:
            max_idle_connections = max(100, max_clients)
        self.pool = ConnectionPool(self.loop, max_idle_connections, max_connection_age)
        self.deadlines = Deadlines(self.loop)
        #: For ``deadlines``: look after the fetches each time.
        self.deadline = 0.0
        self.watching = False
        self.logins = Logins()
        self.tls_sessions = TLSSessions()
        self.environment: Environment | None = None
        if trust_env:
            from zonda.simple_httpclient.environment import Environment

            self.environment = Environment()
        #: Fetches that wait for a place, oldest first.
        self.queue: OrderedDict[Fetch, None] = OrderedDict()
        #: Fetches that have a place.
        self.active: set[Fetch | ShortFetch] = set()
        self.origins: OriginPlaces | None = None
        if max_clients_per_origin is not None:
            self.origins = OriginPlaces(max_clients_per_origin)
        self._guard: AsyncGenerator[None, None] | None = None
        # A subclass that overrides fetch_impl sees every request; others are not slowed by it.
        self._direct = type(self).fetch_impl is SimpleAsyncHTTPClient.fetch_impl
        self.goes_short = self.shortens and self._direct
        self.dials = self.connector_class is Connector

    @property
    def defaults(self) -> dict[str, Any]:
        """Values for attributes of requests that are None; to be changed at any time."""
        return self._defaults

    @defaults.setter
    def defaults(self, values: dict[str, Any]) -> None:
        self._plans: dict[Hashable, Plan] = {}
        self._defaults = Defaults(values, self._plans.clear)

    @property
    def waiting(self) -> dict[Fetch, None]:
        """Fetches that wait for a place, also for one at their origin."""
        if self.origins is None:
            return self.queue
        return {**self.queue, **dict.fromkeys(self.origins.waiting)}

    # --------------------------------------------------------------------- fetching

    def _start_url(self, url: str, raise_error: bool) -> asyncio.Future[HTTPResponse]:
        plan = self._plans.get(url)
        short = None if plan is None else short_fetch(self, url, plan, raise_error)
        return super()._start_url(url, raise_error) if short is None else short

    def _start(self, request: HTTPRequest, raise_error: bool) -> asyncio.Future[HTTPResponse]:
        if not self._direct:
            return super()._start(request, raise_error)
        try:
            plan = self.plan(request)
        except Exception as error:
            future = self._future(raise_error)
            self.loop.call_soon(future.deliver, error)  # later, as in fetch_impl()
            return future
        if request.streaming_callback is None and request.header_callback is None:
            short = short_fetch(self, request, plan, raise_error)
            if short is not None:
                return short
        future = self._future(raise_error)
        future.fetch = Fetch(self, request, plan, future.deliver)
        self._enter(future.fetch)
        return future

    def _future(self, raise_error: bool) -> FetchFuture:
        future = FetchFuture(loop=self.loop)
        future.raise_error = raise_error
        future.fetch = None
        return future

    def fetch_impl(self, request: Any, callback: Callable[[HTTPResponse], None]) -> None:
        """Make a request and call ``callback`` with the response, failed ones included."""
        inner = request.request if isinstance(request, RequestProxy) else request

        def done(outcome: HTTPResponse | BaseException) -> None:
            if isinstance(outcome, BaseException):
                elapsed = time.time() - inner.start_time
                outcome = HTTPResponse(inner, 599, error=outcome, request_time=elapsed)
            callback(outcome)

        try:
            plan = self.plan(inner)
        except Exception as error:
            # Later, so that a fetch always ends after the call that began it.
            self.loop.call_soon(done, error)
        else:
            self._enter(Fetch(self, inner, plan, done))

    def plan(self, request: HTTPRequest) -> Plan:
        """Check and encode a request, or remember what came of that.

        Raises:
            KeyError: the method is not known, and nonstandard ones are not allowed.
            ValueError: something about the request is wrong.
        """
        if len(request.__dict__) == _PLAIN:
            key: Hashable = request.url
        else:
            if request.prepare_curl_callback is not None:
                gen_log.warning("prepare_curl_callback is only called by CurlAsyncHTTPClient")
            key = likeness(request)
        try:
            plan = self._plans.get(key)
        except TypeError:  # of something that cannot be hashed there is no key
            return Plan(request, self.defaults, self.environment, self.pool.shelf)
        if plan is None:
            plan = Plan(request, self.defaults, self.environment, self.pool.shelf)
            if len(plan.wire.block) <= _PLAN_SIZE:
                if len(self._plans) >= _PLANS:
                    self._plans.clear()
                self._plans[key] = plan
        return plan

    def _enter(self, fetch: Fetch) -> None:
        """Begin a fetch, or have it wait for its place."""
        if not self.watching:
            self.watch()
        if self.origins is not None and not self.origins.enter(fetch):
            fetch.wait()
        elif len(self.active) < self.max_clients:
            self.active.add(fetch)
            fetch.begin()
        else:
            self.queue[fetch] = None
            fetch.wait()

    def watch(self) -> None:
        """Look for late fetches from now on."""
        self.watching = True
        self.deadlines.add(self)

    def replace(self, short: ShortFetch, fetch: Fetch) -> None:
        """A fetch has left the short way: the other one gets its places."""
        self.active.discard(short)
        self.active.add(fetch)
        if self.origins is not None:
            self.origins.replace(short, fetch)

    def release(self, fetch: Fetch) -> None:
        """A fetch has ended: the next one gets its place."""
        self.active.discard(fetch)
        if self.queue:
            self.queue.pop(fetch, None)
        if self.origins is not None:
            self._enqueue(self.origins.leave(fetch))
        if self.queue or self._closed:
            self._go_on()

    def give_place_back(self, short: ShortFetch) -> None:
        """The same, at the end of the short way, if there is anybody or anything to look after."""
        if self.origins is not None:
            self._enqueue(self.origins.give_back(short))
        self._go_on()

    def _go_on(self) -> None:
        self._fill()
        if self._closed and not self.active:
            self._shut()

    def move(self, fetch: Fetch) -> bool:
        """A fetch goes on at another origin.

        Returns:
            False if it has to wait there: it has no place any more, and begins anew later.
        """
        if self.origins is None:
            return True
        self._enqueue(self.origins.leave(fetch))
        entered = self.origins.enter(fetch)
        if not entered:
            self.active.discard(fetch)
        self._fill()
        return entered

    def _enqueue(self, fetch: Fetch | None) -> None:
        """A fetch has got a place at its origin."""
        if fetch is not None:
            self.queue[fetch] = None

    def _fill(self) -> None:
        """Give the free places to those who wait."""
        while self.queue and len(self.active) < self.max_clients:
            following, _ = self.queue.popitem(last=False)
            self.active.add(following)
            following.begin_late()

    def deadline_passed(self, now: float) -> None:
        """Once a second: end the fetches that are late."""
        now = monotonic()
        fetches = [*self.active, *self.waiting]
        for fetch in fetches:
            if fetch.deadline and fetch.deadline <= now:
                fetch.time_out()
        if not fetches:
            self.watching = False
            self.deadlines.discard(self)

    # ---------------------------------------------------------------------- closing

    def close(self) -> None:
        """Close the client with its idle connections. Fetches under way are finished."""
        super().close()
        self.pool.close()
        if not self.active:
            self._shut()

    def _shut(self) -> None:
        """The last fetch of a closed client has ended."""
        guard, self._guard = self._guard, None
        if guard is not None:
            try:
                guard.aclose().send(None)
            except StopIteration:
                pass  # it has ended, and called abort()
        self.deadlines.close()
        if self.own_resolver:
            self.resolver.close()

    def abort(self) -> None:
        """Close the client with all its connections. Fetches under way end without an outcome.

        What happens when ``asyncio.run`` ends: nobody is left to wait for them.
        """
        for fetch in [*self.waiting, *self.active]:
            fetch.abandon()
        self.pool.close()
        self.deadlines.close()

    def guard(self) -> None:
        """Have the connections closed with the loop; called when the first one is made.

        A loop that ends in order shuts its asynchronous generators down: one of them is ours.
        """
        if self._guard is None and not self._closed:
            self._guard = _guarding(self)
            try:
                self._guard.asend(None).send(None)
            except StopIteration:
                pass  # it has yielded; the loop knows it now


async def _guarding(client: SimpleAsyncHTTPClient) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        client.abort()
