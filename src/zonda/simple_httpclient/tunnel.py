"""Having a proxy connect us with the origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zonda._kernel import BadHead, encode_head, parse_response_head
from zonda.iostream import StreamClosedError, UnsatisfiableReadError
from zonda.netutil.addresses import allowed_addresses
from zonda.simple_httpclient.connecting import format_address
from zonda.simple_httpclient.digest import Challenge, find_challenge
from zonda.simple_httpclient.proxy import ProxyError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from zonda._kernel import ResponseHead
    from zonda.iostream import IOStream
    from zonda.simple_httpclient.client import SimpleAsyncHTTPClient
    from zonda.simple_httpclient.connecting import Connector
    from zonda.simple_httpclient.plan import Plan
    from zonda.simple_httpclient.proxy import Proxy

__all__ = ["Tunnel"]


class Tunnel:
    """Opens a stream to the origin through a proxy, by SOCKS or by CONNECT.

    The proxy is given the origin's name, unless it has to be looked up here: for
    ``socks5://``, and because an address filter wants to see what the name stands for. The
    proxy is then given an address that the filter allows, so that no other can be meant.

    Args:
        client: whose resolver and logins to use.
        connector: makes the connections with the proxy.
        plan: the request.
        proxy: its proxy.
    """

    __slots__ = ("_client", "_connector", "_name", "_plan", "_proxy")

    def __init__(
        self, client: SimpleAsyncHTTPClient, connector: Connector, plan: Plan, proxy: Proxy
    ) -> None:
        self._client = client
        self._connector = connector
        self._plan = plan
        self._proxy = proxy
        self._name = format_address((proxy.host, proxy.port))

    async def open(self) -> IOStream:
        """The stream, ready for TLS or a request.

        Raises:
            ProxyError: the proxy refuses.
            OSError: the proxy cannot be reached, or the host not be found.
            PermissionError: the filter allows none of the host's addresses.
            TimeoutError: it took too long.
        """
        through = self._by_socks if self._proxy.socks else self._by_connect
        destinations = await self._destinations()
        while True:
            host, port = destinations.pop(0)
            try:
                stream = await through(host, port)
                break
            except ProxyError as error:
                if not destinations or not error.unreachable:
                    raise
        if self._plan.proxy_context is None or self._plan.context is None:
            return stream
        from zonda.simple_httpclient.bridge import bridged

        return bridged(stream)

    async def _destinations(self) -> list[tuple[str, int]]:
        """What to ask the proxy for, one after the other."""
        plan = self._plan
        host, port = plan.target.origin.host, plan.target.origin.port
        if self._proxy.scheme != "socks5" and plan.address_filter is None:
            return [(host, port)]
        resolving = self._client.tcp_client.resolver.resolve(host, port, plan.family)
        found = await self._connector.in_time(resolving, f"while resolving {host}")
        if plan.address_filter is not None:
            found = allowed_addresses(host, found, plan.address_filter)
        if not found:
            raise OSError(f"the host {host} has no address")
        return [address[:2] for _, address in found]

    async def _by_socks(self, host: str, port: int) -> IOStream:
        from zonda.simple_httpclient.socks import socks_connect

        stream = await self._connector.connect_with_proxy(self._proxy)
        await self._answered(stream, socks_connect(stream, self._proxy, host, port))
        return stream

    async def _answered(self, stream: IOStream, asking: Awaitable[Any]) -> Any:
        """What the proxy answers; the stream is closed if it does not."""
        try:
            doing = f"while connecting through proxy {self._name}"
            return await self._connector.in_time(asking, doing)
        except BaseException:
            stream.close()
            raise

    # --------------------------------------------------------------------- CONNECT

    async def _by_connect(self, host: str, port: int) -> IOStream:
        """RFC 9110 section 9.3.6."""
        proxy, login = self._proxy, self._proxy.login
        where = (proxy.host, proxy.port)
        authority = format_address((host.partition("%")[0], port))
        challenge = self._client.logins.known(where, login) if login else None
        for attempt in range(2):
            stream = await self._connector.connect_with_proxy(proxy)
            head = await self._answered(stream, self._ask(stream, authority, challenge))
            if 200 <= head.status < 300:
                return stream
            stream.close()
            fields = [value for name, value in head.items() if name.lower() == "proxy-authenticate"]
            challenge = find_challenge(fields) if head.status == 407 and login else None
            if attempt or challenge is None or login is None:
                break
            self._client.logins.remember(where, login, challenge)
        raise ProxyError(
            f"the proxy {self._name} refused the connection: {head.status} {head.reason}",
            unreachable=head.status >= 500,
        )

    async def _ask(
        self, stream: IOStream, authority: str, challenge: Challenge | None
    ) -> ResponseHead:
        """Send CONNECT, read the head of the answer."""
        proxy = self._proxy
        fields = [("Host", authority), *proxy.basic]
        if challenge is not None and proxy.login is not None:
            answer = challenge.answer(proxy.login, "CONNECT", authority)
            fields.append(("Proxy-Authorization", answer))
        line = f"CONNECT {authority} HTTP/1.1\r\n".encode("ascii")
        limits = self._client.limits
        try:
            await stream.write(encode_head(line, b"", fields, -1, b""))
            for _ in range(limits.max_informational + 1):
                data = await stream.read_until(b"\r\n\r\n", max_bytes=limits.max_header_size)
                head = parse_response_head(
                    data, 0, limits.max_header_size, limits.max_header_fields
                )
                assert head is not None  # read_until has found its end
                if head.status >= 200:
                    return head
        except (StreamClosedError, UnsatisfiableReadError, BadHead) as error:
            raise ProxyError(f"the proxy's answer to CONNECT: {error}") from error
        raise ProxyError("the proxy's answer to CONNECT: too many interim responses")
