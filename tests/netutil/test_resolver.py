"""Names to addresses."""

import asyncio
import socket
from collections.abc import Awaitable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.iostream.peers import looped
from zonda.netutil import (
    BlockingResolver,
    DefaultExecutorResolver,
    DefaultLoopResolver,
    ExecutorResolver,
    OverrideResolver,
    Resolver,
    ThreadedResolver,
    is_valid_ip,
)

every_resolver = pytest.mark.parametrize(
    "kind",
    [
        BlockingResolver,
        DefaultExecutorResolver,
        DefaultLoopResolver,
        ExecutorResolver,
        ThreadedResolver,
    ],
)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("2620:0:1cfe:face:b00c::3", True),
        ("127.1", True),
        ("", False),
        (" ", False),
        ("\n", False),
        ("\x00", False),
        ("127.0.0.1\x00", False),
        ("localhost", False),
        ("4.4.4.4<", False),
        ("256.1.1.1", False),
        ("[::1]", False),
        ("a" * 5000, False),
    ],
)
def test_is_valid_ip(text: str, valid: bool) -> None:
    assert is_valid_ip(text) is valid


@every_resolver
@looped
async def test_localhost(kind: type[Resolver]) -> None:
    resolver = kind()
    addresses = await resolver.resolve("localhost", 80, socket.AF_INET)
    assert addresses == [(socket.AF_INET, ("127.0.0.1", 80))]
    assert (socket.AF_INET, ("127.0.0.1", 80)) in await resolver.resolve("localhost", 80)
    resolver.close()


@every_resolver
@looped
async def test_an_address_is_its_own(kind: type[Resolver]) -> None:
    resolver = kind()
    assert await resolver.resolve("1.2.3.4", 5) == [(socket.AF_INET, ("1.2.3.4", 5))]
    assert await resolver.resolve("::1", 5) == [(socket.AF_INET6, ("::1", 5, 0, 0))]
    with pytest.raises(socket.gaierror):
        await resolver.resolve("1.2.3.4", 5, socket.AF_INET6)
    resolver.close()


@every_resolver
@looped
async def test_a_name_that_does_not_exist(kind: type[Resolver]) -> None:
    resolver = kind()
    with pytest.raises(OSError):
        await resolver.resolve("does-not-exist.invalid", 80)
    resolver.close()


@pytest.fixture
def configured() -> Iterator[None]:
    saved = Resolver._save_configuration()
    yield
    Resolver._restore_configuration(saved)


@pytest.mark.usefixtures("configured")
def test_the_resolver_is_configurable() -> None:
    assert type(Resolver()) is DefaultLoopResolver
    Resolver.configure("zonda.netutil.BlockingResolver")
    assert type(Resolver()) is BlockingResolver


class Recording(Resolver):
    """Remembers what it is asked."""

    def initialize(self) -> None:
        self.asked: list[Any] = []
        self.closed = False

    def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> Awaitable[list[tuple[int, Any]]]:
        self.asked.append((host, port, family))
        future: asyncio.Future[list[tuple[int, Any]]] = asyncio.Future()
        future.set_result([])
        return future

    def close(self) -> None:
        self.closed = True


@looped
async def test_overriding() -> None:
    mapping = {
        "host": "1.1.1.1",
        ("pair", 443): ("2.2.2.2", 8443),
        ("triple", 443): ("3.3.3.3", 1),
        ("triple", 443, socket.AF_INET6): ("::3", 2),
    }
    inner = Recording()
    resolver = OverrideResolver(resolver=inner, mapping=mapping)
    any_family, v6 = socket.AF_UNSPEC, socket.AF_INET6
    for asked, expected in [
        (("host", 80), ("1.1.1.1", 80, any_family)),
        (("pair", 443), ("2.2.2.2", 8443, any_family)),
        (("pair", 80), ("pair", 80, any_family)),
        (("triple", 443, v6), ("::3", 2, v6)),
        (("triple", 443), ("3.3.3.3", 1, any_family)),
        (("other", 80), ("other", 80, any_family)),
    ]:
        await resolver.resolve(*asked)
        assert inner.asked.pop() == expected
    resolver.close()
    assert inner.closed


@looped
async def test_an_executor_is_closed_with_its_resolver_or_not() -> None:
    for close in (True, False):
        pool = ThreadPoolExecutor(1)
        resolver = ExecutorResolver(executor=pool, close_executor=close)
        await resolver.resolve("127.0.0.1", 1)
        resolver.close()
        if close:
            with pytest.raises(RuntimeError):
                pool.submit(print)
        else:
            pool.submit(int).result()
            pool.shutdown()


def test_threads_are_shared() -> None:
    one, other = ThreadedResolver(), ThreadedResolver(num_threads=3)
    assert one.executor is other.executor
    one.close()
    other.executor.submit(int).result()
