"""Connections to a host by its name, over whichever of its addresses answers first."""

from __future__ import annotations

import asyncio
import datetime
import socket
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zonda.iostream import IOStream
from zonda.legacy import takes_io_loop
from zonda.netutil import Resolver
from zonda.netutil.addresses import AddressFilter, allowed_addresses

if TYPE_CHECKING:
    import ssl

__all__ = ["TCPClient"]

Address = tuple[int, Any]
Attempt = tuple[IOStream, "asyncio.Future[IOStream]"]

# RFC 8305 5, "Connection Attempt Delay" (seconds).
_ATTEMPT_DELAY = 0.25


class TCPClient:
    """Makes connections.

    :param resolver: who looks names up; by default a `zonda.netutil.Resolver`, closed by
        `close`.
    """

    @takes_io_loop(2)
    def __init__(self, resolver: Resolver | None = None) -> None:
        self._own_resolver = resolver is None
        self.resolver: Resolver = Resolver() if resolver is None else resolver

    def close(self) -> None:
        """Free the resolver, if it is the client's own."""
        if self._own_resolver:
            self.resolver.close()

    async def connect(
        self,
        host: str,
        port: int,
        af: socket.AddressFamily = socket.AF_UNSPEC,
        ssl_options: dict[str, Any] | ssl.SSLContext | None = None,
        max_buffer_size: int | None = None,
        source_ip: str | None = None,
        source_port: int | None = None,
        timeout: float | datetime.timedelta | None = None,
        *,
        interface: str | None = None,
        address_filter: AddressFilter | None = None,
    ) -> IOStream:
        """Connect to `host`; gives an `IOStream`, or an `SSLIOStream` if `ssl_options` is given.

        If the host has several addresses they are tried in turns of IPv6 and IPv4, a new one
        every 250 ms or when one has failed, and the first that answers counts ("happy
        eyeballs", RFC 8305).

        :param af: `socket.AF_INET` or `socket.AF_INET6` to have only addresses of that family.
        :param ssl_options: shake hands for TLS, too; the certificate must be for `host` unless
            the options say otherwise. See `zonda.netutil.ssl_options_to_context`.
        :param max_buffer_size: see `zonda.iostream.BaseIOStream`.
        :param source_ip: the local address to connect from; addresses of the other family
            then fail.
        :param source_port: the local port to connect from.
        :param timeout: for everything together, in seconds or as a `datetime.timedelta`.
        :param interface: the name of the network interface to connect from.
        :param address_filter: called with each address found, and the port; only those for
            which it returns True are connected to, by exactly this address. To keep requests
            of strangers out of one's own network: `zonda.netutil.is_public_address`.
        :raises OSError: the name has no address, or none of them answers (the last error).
        :raises PermissionError: `address_filter` allows none of them.
        :raises ssl.SSLError: the handshake failed.
        :raises TimeoutError: `timeout` has passed.
        """
        seconds = _seconds(timeout)
        source: dict[str, Any] = {"source_ip": source_ip, "source_port": source_port}
        if interface is not None:
            source["interface"] = interface

        def start(family: int, address: Any) -> Attempt:
            return self._create_stream(max_buffer_size, family, address, **source)

        # What is being done, and with which addresses, to say so if it takes too long.
        stage: tuple[str, list[Any]] = "while resolving", [host]
        try:
            async with asyncio.timeout(seconds) as limit:
                addresses = await self.resolver.resolve(host, port, af)
                if address_filter is not None:
                    addresses = allowed_addresses(host, addresses, address_filter)
                stage = "while connecting to", [address for _, address in addresses]
                stream = await _Connector(addresses, start).run()
                if ssl_options is None:
                    return stream
                stage = "during TLS handshake with", [stream.socket.getpeername()]
                return await _encrypt(stream, ssl_options, host)
        except TimeoutError as exc:
            if not limit.expired():
                raise
            names = ", ".join(sorted(map(_format_addr, stage[1])))
            raise TimeoutError(f"Timeout {stage[0]} {names}") from exc

    def _create_stream(
        self,
        max_buffer_size: int | None,
        af: int,
        addr: Any,
        source_ip: str | None = None,
        source_port: int | None = None,
        interface: str | None = None,
    ) -> Attempt:
        """Begin to connect to one address. Subclasses may want sockets of their own kind."""
        sock = socket.socket(af)
        try:
            if interface is not None:
                from zonda.netutil.interface import bind_to_interface

                bind_to_interface(sock, interface)
            if source_ip is not None or source_port is not None:
                sock.bind((source_ip or "", source_port or 0))
            stream = IOStream(sock, max_buffer_size=max_buffer_size)
        except BaseException:
            sock.close()
            raise
        return stream, stream.connect(addr)


def _seconds(timeout: object) -> float | None:
    if timeout is None:
        return None
    if isinstance(timeout, datetime.timedelta):
        return timeout.total_seconds()
    if isinstance(timeout, (int, float)):
        return timeout
    raise TypeError(f"Unsupported timeout {timeout!r}: give seconds or a timedelta")


async def _encrypt(
    stream: IOStream, ssl_options: dict[str, Any] | ssl.SSLContext, host: str
) -> IOStream:
    from zonda.iostream.tls import shaken

    try:
        return await shaken(stream.start_tls(False, ssl_options, host))
    except BaseException:
        stream.close()  # options that start_tls did not even begin with
        raise


class _Connector:
    """Tries the addresses of a host until one answers (RFC 8305).

    :param addrinfo: what `Resolver.resolve` gave.
    :param connect: begins an attempt; what it raises counts as a failed attempt.
    """

    def __init__(self, addrinfo: list[Address], connect: Callable[[int, Any], Attempt]) -> None:
        self._connect = connect
        self._waiting = self.interleave(addrinfo)
        self._attempts: dict[asyncio.Future[IOStream], tuple[IOStream, Any]] = {}
        self._error: Exception = OSError("connection failed: the host has no address")

    @staticmethod
    def split(addrinfo: list[Address]) -> tuple[list[Address], list[Address]]:
        """The addresses of the first one's family, and the others."""
        family = addrinfo[0][0] if addrinfo else None
        return (
            [address for address in addrinfo if address[0] == family],
            [address for address in addrinfo if address[0] != family],
        )

    @classmethod
    def interleave(cls, addrinfo: list[Address]) -> deque[Address]:
        """The families by turns (RFC 8305 4)."""
        first, others = cls.split(addrinfo)
        mixed: deque[Address] = deque()
        for index in range(max(len(first), len(others))):
            mixed += first[index : index + 1] + others[index : index + 1]
        return mixed

    async def run(self) -> IOStream:
        """The first stream that connects; all others are closed."""
        try:
            while self._waiting or self._attempts:
                if self._waiting and not self._begin(*self._waiting.popleft()):
                    continue
                stream = await self._first()
                if stream is not None:
                    return stream
            raise self._error
        finally:
            del self._error  # its traceback knows this object
            for stream, _ in self._attempts.values():
                stream.close()

    def _begin(self, family: int, address: Any) -> bool:
        try:
            stream, future = self._connect(family, address)
        except OSError as exc:
            self._failed(exc, address)
            return False
        self._attempts[future] = stream, address
        return True

    async def _first(self) -> IOStream | None:
        """A stream that has connected; None if it is time for the next attempt."""
        if len(self._attempts) == 1 and not self._waiting:
            await _settled(*self._attempts)
        else:
            await asyncio.wait(
                self._attempts,
                timeout=_ATTEMPT_DELAY if self._waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
        for future in [future for future in self._attempts if future.done()]:
            stream, address = self._attempts.pop(future)
            failure = future.exception()
            if failure is None:
                return stream
            self._failed(failure, address)
        return None

    def _failed(self, error: BaseException, address: Any) -> None:
        if not isinstance(error, Exception):
            raise error
        error.add_note(f"while connecting to {_format_addr(address)}")
        self._error = error


async def _settled(future: asyncio.Future[IOStream]) -> None:
    """Wait for one future: what `asyncio.wait` does for many at several times the cost."""
    try:
        await future
    except Exception:
        if not future.done():
            raise


def _format_addr(addr: Any) -> str:
    """A socket address as people write it: ``1.2.3.4:80``, ``[::1]:80``, a path."""
    if isinstance(addr, tuple) and len(addr) >= 2:
        host = f"[{addr[0]}]" if ":" in str(addr[0]) else addr[0]
        return f"{host}:{addr[1]}"
    return str(addr)
