"""Names to addresses."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from zonda.concurrent import dummy_executor, run_on_executor
from zonda.legacy import takes_callback, takes_io_loop
from zonda.util import Configurable

Addresses = list[tuple[int, Any]]


def is_valid_ip(ip: str) -> bool:
    """True if `ip` is an IPv4 or IPv6 address as the system's resolver writes and reads them."""
    if not ip or "\x00" in ip:
        return False  # getaddrinfo takes "" for any address, and stops at a NUL
    try:
        return bool(_numeric(ip, 0, socket.AF_UNSPEC))
    except (socket.gaierror, UnicodeError):
        return False


def _numeric(host: str, port: int, family: int) -> Addresses:
    return _look_up(host, port, family, socket.AI_NUMERICHOST)


def _look_up(host: str, port: int, family: int, flags: int = 0) -> Addresses:
    return [
        (family_, sockaddr)
        for family_, _, _, _, sockaddr in socket.getaddrinfo(
            host, port, family, socket.SOCK_STREAM, 0, flags
        )
    ]


class Resolver(Configurable):
    """Looks up the addresses of a host. `Resolver.configure` chooses the class that does it.

    The default is `DefaultLoopResolver`. Choose another for the whole program with
    ``Resolver.configure("zonda.netutil.ThreadedResolver", num_threads=20)``.
    """

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        """`Resolver`."""
        return Resolver

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        """`DefaultLoopResolver`."""
        return DefaultLoopResolver

    initialize: Callable[..., None] = takes_io_loop(1)(Configurable._initialize)

    def __init_subclass__(cls) -> None:
        # A subclass that resolves in a way of its own must not be passed by.
        super().__init_subclass__()
        if "resolve" in cls.__dict__ and "known" not in cls.__dict__:
            cls.known = Resolver.known  # type: ignore[method-assign]

    def known(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses | None:
        """What `resolve` would give, if that is known without waiting; None: ask `resolve`."""
        return None

    def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Awaitable[Addresses]:
        """The addresses of `host` as ``(family, sockaddr)``, with `port` in them.

        The sockaddr is what `socket.connect` wants: ``(ip, port)`` for IPv4, for IPv6 two
        numbers more.

        :raises OSError: (when awaited) the name has no address.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Free what the resolver holds (threads, sockets). It cannot be used any more."""


class DefaultExecutorResolver(Resolver):
    """Uses `socket.getaddrinfo` in the loop's default executor."""

    @takes_callback
    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        """See `Resolver.resolve`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, _look_up, host, port, family)


class DefaultLoopResolver(Resolver):
    """Uses the loop's own `getaddrinfo`. An IP address is not looked up at all."""

    def known(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses | None:
        """See `Resolver.known`: IP addresses are."""
        if ":" in host:
            return _numeric(host, port, family) if is_valid_ip(host) else None
        if not host[-1:].isdigit() or family == socket.AF_INET6:
            return None
        try:
            socket.inet_pton(socket.AF_INET, host)
        except (OSError, ValueError):
            return None
        return [(socket.AF_INET, (host, port))]

    @takes_callback
    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        """See `Resolver.resolve`."""
        if is_valid_ip(host):
            return _numeric(host, port, family)
        return [
            (family_, sockaddr)
            for family_, _, _, _, sockaddr in await asyncio.get_running_loop().getaddrinfo(
                host, port, family=family, type=socket.SOCK_STREAM
            )
        ]


class ExecutorResolver(Resolver):
    """Uses `socket.getaddrinfo` in a given `concurrent.futures.Executor`.

    :param executor: by default one that runs everything at once and so blocks the loop.
    :param close_executor: shut the executor down in `close`.
    """

    executor: concurrent.futures.Executor
    close_executor: bool

    @takes_io_loop(1)
    def initialize(
        self, executor: concurrent.futures.Executor | None = None, close_executor: bool = True
    ) -> None:
        """Called by the constructor with its arguments."""
        self.executor = dummy_executor if executor is None else executor
        self.close_executor = close_executor if executor is not None else False

    def close(self) -> None:
        """See `Resolver.close`."""
        if self.close_executor:
            self.executor.shutdown()
        del self.executor

    @takes_callback
    @run_on_executor
    def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        """See `Resolver.resolve`."""
        return _look_up(host, port, family)


class BlockingResolver(ExecutorResolver):
    """Uses `socket.getaddrinfo` at once: the loop stands still meanwhile."""

    @takes_io_loop(1)
    def initialize(self) -> None:  # type: ignore[override]
        """Called by the constructor."""
        super().initialize()


class ThreadedResolver(ExecutorResolver):
    """Uses `socket.getaddrinfo` in threads that all instances of the process share.

    :param num_threads: how many, decided by the first instance.
    """

    _threadpool: concurrent.futures.ThreadPoolExecutor | None = None
    _threadpool_pid: int | None = None

    @takes_io_loop(1)
    def initialize(self, num_threads: int = 10) -> None:  # type: ignore[override]
        """Called by the constructor with its arguments."""
        pool = ThreadedResolver._create_threadpool(num_threads)
        super().initialize(executor=pool, close_executor=False)

    @classmethod
    def _create_threadpool(cls, num_threads: int) -> concurrent.futures.ThreadPoolExecutor:
        pid = os.getpid()
        if cls._threadpool_pid != pid:
            cls._threadpool = None  # threads do not survive a fork
        if cls._threadpool is None:
            cls._threadpool = concurrent.futures.ThreadPoolExecutor(num_threads)
            cls._threadpool_pid = pid
        return cls._threadpool


class OverrideResolver(Resolver):
    """Replaces some hosts before it asks another resolver, as an ``/etc/hosts`` would.

    :param resolver: the other one; it is closed with this one.
    :param mapping: from a host, a ``(host, port)`` or a ``(host, port, family)`` to, in the
        first case a host, in the others a ``(host, port)``. The more exact key counts.
    """

    resolver: Resolver
    mapping: Mapping[Any, Any]

    def initialize(self, resolver: Resolver, mapping: Mapping[Any, Any]) -> None:
        """Called by the constructor with its arguments."""
        self.resolver = resolver
        self.mapping = mapping

    def close(self) -> None:
        """See `Resolver.close`."""
        self.resolver.close()

    def known(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses | None:
        """See `Resolver.known`."""
        return self.resolver.known(*self._mapped(host, port, family), family)

    @takes_callback
    def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Awaitable[Addresses]:
        """See `Resolver.resolve`."""
        return self.resolver.resolve(*self._mapped(host, port, family), family)

    def _mapped(self, host: str, port: int, family: int) -> tuple[str, int]:
        if (host, port, family) in self.mapping:
            host, port = self.mapping[host, port, family]
        elif (host, port) in self.mapping:
            host, port = self.mapping[host, port]
        elif host in self.mapping:
            host = self.mapping[host]
        return host, port
