"""Addresses that are remembered for a while."""

import asyncio
import socket
from typing import Any

import pytest

from tests.iostream.peers import looped
from zonda.netutil import CachingResolver, DefaultLoopResolver, Resolver, caching


class Counting(Resolver):
    """Gives what is in `found`, and notes who asks."""

    def initialize(self) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.found: Any = [(socket.AF_INET, ("127.0.0.3", 80)), (socket.AF_INET, ("127.0.0.2", 80))]
        self.gate: asyncio.Event | None = None
        self.closed = False

    async def resolve(self, host: str, port: int, family: int = 0) -> list[tuple[int, Any]]:
        self.asked.append((host, port, int(family)))
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.found, Exception):
            raise self.found
        return list(self.found)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(caching, "monotonic", lambda: now[0])
    return now


@looped
async def test_a_name_is_looked_up_once() -> None:
    inner = Counting()
    resolver = CachingResolver(resolver=inner)
    for _ in range(3):
        assert await resolver.resolve("a.example", 80) == inner.found  # in its order
    assert inner.asked == [("a.example", 80, 0)]
    await resolver.resolve("a.example", 81)
    await resolver.resolve("a.example", 80, socket.AF_INET6)
    await resolver.resolve("b.example", 80)
    assert len(inner.asked) == 4


@looped
async def test_callers_get_lists_of_their_own() -> None:
    resolver = CachingResolver(resolver=Counting())
    (await resolver.resolve("a.example", 80)).clear()
    assert len(await resolver.resolve("a.example", 80)) == 2


def test_the_end_of_an_address(clock: list[float]) -> None:
    inner = Counting()
    resolver = CachingResolver(resolver=inner, ttl=10)

    async def ask() -> None:
        await resolver.resolve("a.example", 80)

    asyncio.run(ask())
    clock[0] += 9.9
    asyncio.run(ask())
    assert len(inner.asked) == 1
    clock[0] += 0.2
    asyncio.run(ask())
    asyncio.run(ask())
    assert len(inner.asked) == 2


@looped
async def test_the_oldest_goes() -> None:
    inner = Counting()
    resolver = CachingResolver(resolver=inner, limit=2)
    for host in ("a", "b", "c", "b", "c", "a"):
        await resolver.resolve(host, 80)
    assert [host for host, _, _ in inner.asked] == ["a", "b", "c", "a"]


@looped
async def test_failures_are_not_remembered() -> None:
    inner = Counting()
    resolver = CachingResolver(resolver=inner)
    good, inner.found = inner.found, socket.gaierror("not now")
    with pytest.raises(socket.gaierror):
        await resolver.resolve("a.example", 80)
    inner.found = good
    assert await resolver.resolve("a.example", 80) == good


@looped
async def test_those_who_ask_together_share_one_look_up() -> None:
    inner = Counting()
    inner.gate = asyncio.Event()
    resolver = CachingResolver(resolver=inner)
    tasks = [asyncio.create_task(resolver.resolve("a.example", 80)) for _ in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()  # the others still want it
    await asyncio.sleep(0)
    inner.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [inner.found] * 4
    assert len(inner.asked) == 1


@looped
async def test_a_failure_that_nobody_waits_for_is_not_reported() -> None:
    inner = Counting()
    inner.gate = asyncio.Event()
    inner.found = socket.gaierror("no")
    resolver = CachingResolver(resolver=inner)
    task = asyncio.create_task(resolver.resolve("a.example", 80))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    inner.gate.set()
    await asyncio.sleep(0)  # `looped` fails on what the loop reports


def test_a_look_up_of_another_loop_is_not_waited_for() -> None:
    inner = Counting()
    resolver = CachingResolver(resolver=inner)

    async def give_up() -> None:
        inner.gate = asyncio.Event()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(resolver.resolve("a.example", 80), 0.001)

    asyncio.run(give_up())
    inner.gate = None
    assert asyncio.run(resolver.resolve("a.example", 80)) == inner.found


@looped
async def test_addresses_are_not_kept() -> None:
    inner = Counting()
    resolver = CachingResolver(resolver=inner)
    for host in ("127.0.0.1", "::1") * 2:
        await resolver.resolve(host, 80)
    assert len(inner.asked) == 4


@looped
async def test_by_itself_and_configured() -> None:
    assert isinstance(CachingResolver().resolver, DefaultLoopResolver)
    saved = Resolver._save_configuration()
    try:
        Resolver.configure("zonda.netutil.CachingResolver", ttl=5)
        resolver: Any = Resolver()
        assert isinstance(resolver, CachingResolver)
        assert resolver.ttl == 5
        assert await resolver.resolve("localhost", 80, socket.AF_INET) == [
            (socket.AF_INET, ("127.0.0.1", 80))
        ]
    finally:
        Resolver._restore_configuration(saved)


def test_closing() -> None:
    inner = Counting()
    CachingResolver(resolver=inner).close()
    assert inner.closed
