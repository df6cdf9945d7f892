"""Connections to a host by its name, over whichever of its addresses answers first."""

from __future__ import annotations

import asyncio
import datetime
import functools
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from zonda.ioloop import IOLoop
from zonda.iostream import IOStream
from zonda.legacy import takes_io_loop
from zonda.netutil import Resolver
from zonda.netutil.addresses import AddressFilter, allowed_addresses

if TYPE_CHECKING:
    import ssl

__all__ = ["TCPClient"]

T = TypeVar("T")

Address = tuple[int, Any]
Attempt = tuple[IOStream, "asyncio.Future[IOStream]"]
Winner = tuple[int, Any, IOStream]

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
        deadline = _deadline(timeout)
        source: dict[str, Any] = {"source_ip": source_ip, "source_port": source_port}
        if interface is not None:
            source["interface"] = interface
        found = self.resolver.resolve(host, port, af)
        addresses = await _in_time(found, deadline, f"while resolving {host}")
        if address_filter is not None:
            addresses = allowed_addresses(host, addresses, address_filter)
        begin = functools.partial(self._create_stream, max_buffer_size, **source)
        _, address, stream = await _Connector(addresses, begin).run(deadline)
        if ssl_options is None:
            return stream
        encrypted = _encrypt(stream, ssl_options, host)
        stage = f"during TLS handshake with {_format_addr(address)}"
        return await _in_time(encrypted, deadline, stage)

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
            return stream, stream.connect(addr)
        except BaseException:
            sock.close()
            raise


def _deadline(timeout: object) -> float | None:
    if timeout is None:
        return None
    if isinstance(timeout, datetime.timedelta):
        timeout = timeout.total_seconds()
    if isinstance(timeout, (int, float)):
        return asyncio.get_running_loop().time() + timeout
    raise TypeError(f"Unsupported timeout {timeout!r}: give seconds or a timedelta")


async def _in_time(work: Awaitable[T], deadline: float | None, stage: str) -> T:
    if deadline is None:
        return await work
    try:
        async with asyncio.timeout_at(deadline) as limit:
            return await work
    except TimeoutError as exc:
        if not limit.expired():
            raise
        raise TimeoutError(f"Timeout {stage}") from exc


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
    """Races the addresses of a host until one answers (RFC 8305).

    The family of the first address has a head start, which ends with the first failure. When
    an address fails the next of its family follows; after each delay without an answer, the
    next of all, the families by turns.

    :param addrinfo: what `Resolver.resolve` gave.
    :param connect: begins an attempt; an `OSError` that it raises counts as a failed attempt.
    """

    def __init__(self, addrinfo: list[Address], connect: Callable[[int, Any], Attempt]) -> None:
        self._connect = connect
        self._waiting = self.interleave(addrinfo)
        self._head_start = any(family != addrinfo[0][0] for family, _ in addrinfo)
        self._attempts: dict[asyncio.Future[IOStream], Winner] = {}
        self._error: BaseException | None = None
        self._io_loop = IOLoop.current()
        self._race: asyncio.Future[Winner] | None = None
        self._delay = _ATTEMPT_DELAY
        self._delay_timer: object = None
        self._limit_timer: object = None
        #: Of all attempts but the one that won. Closed when the race is over.
        self.streams: set[IOStream] = set()

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

    async def run(self, deadline: float | None = None) -> Winner:
        """`start`, and wait for the winner.

        :param deadline: when to give up, on the clock of the asyncio loop.
        """
        if deadline is not None:
            deadline += self._io_loop.time() - self._io_loop.asyncio_loop.time()
        race = self.start(connect_timeout=deadline)
        try:
            return await race
        except asyncio.CancelledError:
            if not race.cancelled() and race.exception() is None:
                race.result()[2].close()  # it won while its owner was being cancelled
            raise

    def start(
        self,
        timeout: float = _ATTEMPT_DELAY,
        connect_timeout: float | datetime.timedelta | None = None,
    ) -> asyncio.Future[Winner]:
        """Begin the race. Its result is the family, the address and the stream that won.

        :param timeout: the delay, in seconds.
        :param connect_timeout: when to give up, as for `IOLoop.add_timeout`.
        """
        race: asyncio.Future[Winner] = asyncio.Future(loop=self._io_loop.asyncio_loop)
        race.add_done_callback(self._on_done)
        self._race, self._delay = race, timeout
        if connect_timeout is not None:
            self._limit_timer = self._io_loop.add_timeout(connect_timeout, self.on_connect_timeout)
        if not self._waiting:
            self._lose(OSError("connection failed: the host has no address"))
        else:
            self._advance(self._waiting[0][0])
        return race

    def on_timeout(self) -> None:
        """The head start is over."""
        if self._head_start:
            self._advance()

    def on_connect_timeout(self) -> None:
        """No time is left."""
        names = sorted(_format_addr(address) for _, address, _ in self._attempts.values())
        self._lose(TimeoutError(f"Timeout while connecting to {', '.join(names)}"))

    def _advance(self, family: int | None = None) -> None:
        """Begin an attempt at the next address, of `family` or of all."""
        if family is None:
            self._head_start = False
        while self._race is not None:
            for address in self._waiting:
                if family is None or address[0] == family:
                    break
            else:
                return
            self._waiting.remove(address)
            if self._attempt(*address):
                return

    def _attempt(self, family: int, address: Any) -> bool:
        try:
            stream, future = self._connect(family, address)
        except OSError as exc:
            self._failed(exc, address)
            return False
        except Exception as exc:
            self._lose(exc)
            return False
        self.streams.add(stream)
        self._attempts[future] = family, address, stream
        future.add_done_callback(self._on_attempt)
        self._wait()
        return True

    def _wait(self) -> None:
        """Begin the delay, if there is a next address."""
        self._forget_timers(self._delay_timer)
        if self._waiting:
            self._delay_timer = self._io_loop.call_later(self._delay, self._advance)

    def _on_attempt(self, future: asyncio.Future[IOStream]) -> None:
        failure = _failure(future)
        if future not in self._attempts:
            return  # the race is over, and the stream closed
        family, address, stream = self._attempts.pop(future)
        if failure is None:
            self._win((family, address, stream))
        else:
            stream.close()
            self._failed(failure, address)
            self._advance(family)

    def _failed(self, error: BaseException, address: Any) -> None:
        error.add_note(f"while connecting to {_format_addr(address)}")
        self.on_timeout()
        if not self._attempts and not self._waiting:
            self._lose(error)

    def _win(self, winner: Winner) -> None:
        if self._race is not None and not self._race.done():
            self.streams.discard(winner[2])
            self._race.remove_done_callback(self._on_done)
            self._race.set_result(winner)
        self._over()

    def _lose(self, error: BaseException) -> None:
        if self._race is not None and not self._race.done():
            self._race.set_exception(error)
        self._over()

    def _on_done(self, race: asyncio.Future[Winner]) -> None:
        self._over()  # it may have been cancelled

    def _over(self) -> None:
        self._race = None  # may have an error, whose traceback knows this object
        self._forget_timers(self._delay_timer, self._limit_timer)
        self._attempts.clear()
        for stream in self.streams:
            stream.close()

    def _forget_timers(self, *timers: object) -> None:
        for timer in timers:
            if timer is not None:
                self._io_loop.remove_timeout(timer)


def _failure(attempt: asyncio.Future[IOStream]) -> BaseException | None:
    if attempt.cancelled():
        return OSError("the attempt was cancelled")
    return attempt.exception()


def _format_addr(addr: Any) -> str:
    """A socket address as people write it: ``1.2.3.4:80``, ``[::1]:80``, a path."""
    if isinstance(addr, tuple) and len(addr) >= 2:
        host = f"[{addr[0]}]" if ":" in str(addr[0]) else addr[0]
        return f"{host}:{addr[1]}"
    return str(addr)
