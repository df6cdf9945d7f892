"""Making a connection for a request: address, TCP, proxy and TLS."""

from __future__ import annotations

import asyncio
import socket
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

from zonda.http1connection.client import HTTP1ClientConnection
from zonda.iostream import IOStream
from zonda.netutil import Resolver

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable
    from typing import Any

    from zonda.iostream import SSLIOStream
    from zonda.netutil.addresses import AddressFilter
    from zonda.simple_httpclient.client import SimpleAsyncHTTPClient
    from zonda.simple_httpclient.plan import Plan
    from zonda.simple_httpclient.proxy import Proxy

__all__ = ["Connector", "NotingResolver", "format_address", "make_ready"]

#: Seconds between two looks at a Unix socket whose backlog is full.
_BUSY_DELAY = 0.01

_noting: ContextVar[Connector] = ContextVar("zonda.simple_httpclient.connector")


class NotingResolver(Resolver):
    """Tells the connector for which it looks a name up when that is done."""

    @classmethod
    def configurable_base(cls) -> type[NotingResolver]:
        """Itself: `Resolver.configure` does not replace it."""
        return NotingResolver

    @classmethod
    def configurable_default(cls) -> type[NotingResolver]:
        """Itself."""
        return NotingResolver

    def initialize(self, resolver: Resolver) -> None:
        """``resolver`` does the work."""
        self.resolver = resolver

    def known(
        self, host: str, port: int, family: socket.AddressFamily | int = 0
    ) -> list[tuple[int, Any]] | None:
        """See `zonda.netutil.Resolver.known`."""
        if "resolve" in self.__dict__ or "resolve" in self.resolver.__dict__:
            return None  # somebody has put another function there
        return self.resolver.known(host, port, family)  # type: ignore[arg-type]

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily | int = 0
    ) -> list[tuple[int, Any]]:
        """See `zonda.netutil.Resolver.resolve`."""
        addresses = await self.resolver.resolve(host, port, family)  # type: ignore[arg-type]
        connector = _noting.get(None)  # None: somebody uses the client's TCPClient directly
        if connector is not None:
            connector.looked_up = time.monotonic()
        return addresses

    def close(self) -> None:
        """Close the resolver that does the work."""
        self.resolver.close()


class Connector:
    """Makes one connection.

    Args:
        client: the client that will own it.
        plan: the request that needs it.
        timeout: seconds for everything; 0: any time.
    """

    __slots__ = ("_client", "_ends", "_plan", "connected", "looked_up", "secured")

    def __init__(self, client: SimpleAsyncHTTPClient, plan: Plan, timeout: float) -> None:
        self._client = client
        self._plan = plan
        self._ends = time.monotonic() + timeout if timeout else None
        #: When each part was done, as ``time.monotonic()`` tells it; 0: there was none.
        self.looked_up = self.connected = self.secured = 0.0

    async def run(self) -> HTTP1ClientConnection:
        """The connection, reading already.

        Raises:
            HTTPClientError: the proxy refuses.
            OSError: the host cannot be found, reached or believed.
            TimeoutError: it took too long; the message says what did.
        """
        self._client.guard()
        return make_ready(await self.open(), self._client, self._plan)

    async def open(self) -> IOStream:
        """A stream on which the request can be made.

        Raises:
            HTTPClientError, OSError, TimeoutError: as :meth:`run`.
        """
        _noting.set(self)
        stream = await self._reach()
        try:
            if self._plan.context is not None:
                stream = await self._secure(stream, self._plan.context)
            stream.set_nodelay(True)
        except BaseException:
            stream.close()
            raise
        return stream

    async def _reach(self) -> IOStream:
        """A stream to the origin, or to the proxy that stands for it."""
        plan = self._plan
        if plan.unix_socket is not None:
            waiting = f"while connecting to {plan.unix_socket}"
            stream: IOStream = await self.in_time(self._connect_unix(plan.unix_socket), waiting)
            return stream
        if plan.proxy is None:
            origin = plan.target.origin
            return await self._connect(origin.host, origin.port, plan.address_filter)
        if plan.forwarder is not None:
            return await self.connect_with_proxy(plan.proxy)
        from zonda.simple_httpclient.tunnel import Tunnel

        return await Tunnel(self._client, self, plan, plan.proxy).open()

    async def connect_with_proxy(self, proxy: Proxy) -> IOStream:
        """A stream to the proxy itself."""
        stream = await self._connect(proxy.host, proxy.port)
        context = self._plan.proxy_context
        return stream if context is None else await self._encrypt(stream, context, proxy.host)

    def _left(self) -> float | None:
        """Seconds that are left, never 0."""
        return None if self._ends is None else max(self._ends - time.monotonic(), 0.001)

    async def _connect(
        self, host: str, port: int, address_filter: AddressFilter | None = None
    ) -> IOStream:
        stream = await self._client.tcp_client.connect(
            host,
            port,
            af=self._plan.family,
            max_buffer_size=self._client.max_buffer_size,
            source_ip=self._plan.source_ip,
            timeout=self._left(),
            interface=self._plan.interface,
            address_filter=address_filter,
        )
        self.connected = time.monotonic()
        return stream

    async def _connect_unix(self, path: str) -> IOStream:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.setblocking(False)
            while True:
                try:
                    sock.connect(path)
                    break
                except BlockingIOError:  # more wait there than listen() allows
                    await asyncio.sleep(_BUSY_DELAY)
                except OSError as error:
                    error.add_note(f"while connecting to {path}")
                    raise
            self.connected = time.monotonic()
            return IOStream(sock, max_buffer_size=self._client.max_buffer_size)
        except BaseException:
            sock.close()
            raise

    async def _secure(self, stream: IOStream, context: ssl.SSLContext) -> IOStream:
        """TLS with the origin, as the sequel of an earlier connection if there was one."""
        sessions, key = self._client.tls_sessions, self._plan.key
        name, session = self._plan.server_hostname, sessions.take(key)
        secured = await self._encrypt(stream, context, name, session)
        sessions.keep(key, secured)
        self.secured = time.monotonic()
        return secured

    async def _encrypt(
        self,
        stream: IOStream,
        context: ssl.SSLContext,
        name: str,
        session: ssl.SSLSession | None = None,
    ) -> SSLIOStream:
        from zonda.iostream.tls import shaken

        try:
            peer = format_address(stream.socket.getpeername())
            handshake = shaken(stream.start_tls(False, context, name, session))
            encrypted: SSLIOStream = await self.in_time(
                handshake, f"during TLS handshake with {peer}"
            )
            return encrypted
        except BaseException:
            stream.close()
            raise

    async def in_time(self, awaitable: Awaitable[Any], doing: str) -> Any:
        """Await something, for as long as there is time.

        Raises:
            TimeoutError: the time is over while we were ``doing`` this.
        """
        try:
            async with asyncio.timeout(self._left()) as limit:
                return await awaitable
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TimeoutError(f"Timeout {doing}") from error


def make_ready(
    stream: IOStream, client: SimpleAsyncHTTPClient, plan: Plan
) -> HTTP1ClientConnection:
    """The connection of a client over a stream, reading already; the stream is closed on failure.

    Raises:
        OSError: the system does not let us.
    """
    try:
        connection = HTTP1ClientConnection(stream, client.limits)
        connection.shelf = plan.shelf
        connection.born = client.loop.time()
        connection.start()
    except BaseException:
        stream.close()
        raise
    return connection


def format_address(address: Any) -> str:
    """The address of a socket as people write it; a Unix socket's is its path."""
    if not isinstance(address, tuple):
        return str(address) or "a socket"
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
