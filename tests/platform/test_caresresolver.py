"""`CaresResolver`, if pycares is there."""

import asyncio
import inspect
import socket

import pytest

pycares = pytest.importorskip("pycares")

from zonda.netutil import Resolver  # noqa: E402
from zonda.platform.caresresolver import CaresResolver  # noqa: E402


def in_loop(test):
    """Run an asynchronous test in a loop of its own."""

    def run(*args, **kwargs):
        asyncio.run(test(*args, **kwargs))

    run.__signature__ = inspect.signature(test)
    return run


@pytest.fixture
def silent_server():
    """A name server that takes questions and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        yield server


def asking(server, **kwargs):
    resolver = CaresResolver()
    resolver.channel.close()
    port = server.getsockname()[1]
    resolver.channel = pycares.Channel(
        sock_state_cb=resolver._sock_state_cb, servers=["127.0.0.1"], udp_port=port, **kwargs
    )
    return resolver


@in_loop
async def test_names_and_numbers():
    resolver = CaresResolver()
    addresses = await resolver.resolve("localhost", 80, socket.AF_INET)
    assert addresses == [(socket.AF_INET, ("127.0.0.1", 80))]
    assert (await resolver.resolve("127.0.0.1", 80))[0][1] == ("127.0.0.1", 80)
    assert (await resolver.resolve("::1", 80))[0] == (socket.AF_INET6, ("::1", 80, 0, 0))
    resolver.close()


@in_loop
async def test_a_bad_name():
    resolver = CaresResolver()
    with pytest.raises(socket.gaierror, match="an invalid domain"):
        await resolver.resolve("an invalid domain", 80)
    resolver.close()


@in_loop
async def test_no_answer(silent_server):
    resolver = asking(silent_server, timeout=0.05, tries=1)
    future = resolver.resolve("example.test", 80)
    assert resolver.fds
    with pytest.raises(socket.gaierror, match=r"example\.test"):
        await asyncio.wait_for(future, 10)
    resolver.close()


@in_loop
async def test_close_fails_what_is_under_way(silent_server):
    resolver = asking(silent_server)
    future = resolver.resolve("example.test", 80)
    assert await asyncio.to_thread(silent_server.recv, 512)
    resolver.close()
    with pytest.raises(socket.gaierror):
        await asyncio.wait_for(future, 10)
    assert not resolver.fds


@in_loop
async def test_configured():
    Resolver.configure("zonda.platform.caresresolver.CaresResolver")
    try:
        resolver = Resolver()
        assert isinstance(resolver, CaresResolver)
        resolver.close()
    finally:
        Resolver.configure(None)
