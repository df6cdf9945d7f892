"""Addresses that are remembered for a while."""

from __future__ import annotations

import asyncio
import socket
from time import monotonic
from typing import Any

from zonda.netutil.resolver import Addresses, DefaultLoopResolver, Resolver

__all__ = ["CachingResolver"]

_Key = tuple[str, int, int]


class CachingResolver(Resolver):
    """Remembers what another resolver found, and asks it once for all who ask at a time.

    Failures are not remembered: the next one who asks causes another look. The order of the
    addresses stays.

    :param resolver: the other one; it is closed with this one. By default a
        `DefaultLoopResolver`.
    :param ttl: seconds for which addresses are remembered. The system's resolver does not tell
        how long they hold.
    :param limit: how many names (with port and family) are remembered; then the oldest goes.
    """

    resolver: Resolver
    ttl: float
    limit: int

    def initialize(
        self, resolver: Resolver | None = None, ttl: float = 60.0, limit: int = 1000
    ) -> None:
        """Called by the constructor with its arguments."""
        self.resolver = DefaultLoopResolver() if resolver is None else resolver
        self.ttl = ttl
        self.limit = limit
        # In the order in which they end: all live equally long.
        self._known: dict[_Key, tuple[float, Addresses]] = {}
        self._looking: dict[_Key, asyncio.Task[Addresses]] = {}

    def close(self) -> None:
        """See `Resolver.close`."""
        self._known.clear()
        self.resolver.close()

    def known(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses | None:
        """See `Resolver.known`: addresses that are remembered are."""
        if ":" in host or host[-1:].isdigit():
            return self.resolver.known(host, port, family)
        known = self._known.get((host, port, int(family)))
        return list(known[1]) if known is not None and monotonic() < known[0] else None

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Addresses:
        """See `Resolver.resolve`."""
        if ":" in host or host[-1:].isdigit():
            return await self.resolver.resolve(host, port, family)  # an address, or nearly
        key = (host, port, int(family))
        known = self._known.get(key)
        if known is not None:
            ends, addresses = known
            if monotonic() < ends:
                return list(addresses)
            del self._known[key]
        return list(await asyncio.shield(self._look(key)))

    def _look(self, key: _Key) -> asyncio.Task[Addresses]:
        loop = asyncio.get_running_loop()
        task = self._looking.get(key)
        if task is None or task.get_loop() is not loop:
            task = self._looking[key] = loop.create_task(self._ask(*key))
            task.add_done_callback(lambda task: self._found(key, task))
        return task

    async def _ask(self, host: str, port: int, family: Any) -> Addresses:
        return await self.resolver.resolve(host, port, family)

    def _found(self, key: _Key, task: asyncio.Task[Addresses]) -> None:
        if self._looking.get(key) is task:
            del self._looking[key]
        if task.cancelled() or task.exception() is not None:
            return
        self._known.pop(key, None)
        while self._known and len(self._known) >= self.limit:
            del self._known[next(iter(self._known))]
        if self.limit > 0:
            self._known[key] = monotonic() + self.ttl, task.result()
