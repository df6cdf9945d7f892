"""Connections to a known address, and who must not be passed by on the way to it."""

import asyncio
import contextvars
import socket
import sys

import pytest

from tests.test_tcpclient import black_hole
from zonda.httpclient import HTTPRequest
from zonda.ioloop import IOLoop
from zonda.netutil import CachingResolver, DefaultLoopResolver, OverrideResolver, Resolver
from zonda.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient, dialing
from zonda.simple_httpclient.dialing import Dial, known_address
from zonda.tcpclient import TCPClient

CLOSE = {"Connection": "close"}


def way(client, url, **options):
    """What ``known_address`` says about a request."""
    return known_address(client, client.plan(HTTPRequest(url, **options)))


@pytest.fixture(params=["at once", "later"])
def answers(request, monkeypatch):
    """Whether the system is asked a second time, as on Linux, or left to tell the poller."""
    if request.param == "at once" and sys.platform != "linux":
        pytest.skip("only Linux may be asked twice")
    monkeypatch.setattr(dialing, "_ASKS_TWICE", request.param == "at once")
    return request.param


class Named(Resolver):
    """Every name has these addresses."""

    def initialize(self, addresses=("127.0.0.1",)):
        self.addresses = addresses
        self.asked = []

    async def resolve(self, host, port, family=0):
        self.asked.append(host)
        return [(socket.AF_INET, (address, port)) for address in self.addresses]


async def test_no_task_is_made(wire, client_of, answers):
    async with wire.Origin() as origin:
        client = client_of()
        before = asyncio.all_tasks()
        future = client.fetch(origin.url, headers=CLOSE)
        assert asyncio.all_tasks() == before
        response = await future
        assert response.body == b"hello"
        times = response.time_info
        assert 0 <= times["namelookup"] <= times["connect"] <= times["starttransfer"]


async def test_the_connection_is_kept(wire, client_of, answers):
    async with wire.Origin(host="::1") as origin:
        client = client_of()
        for _ in range(3):
            assert (await client.fetch(origin.url)).code == 200
        assert origin.connections == 1
        (connection,) = client.pool._idle
        nodelay = connection.stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert nodelay


async def test_a_refusal_comes_after_the_call(client_of, answers):
    client = client_of()
    future = client.fetch("http://127.0.0.1:1/")
    assert not future.done()
    with pytest.raises(ConnectionRefusedError) as caught:
        await future
    assert caught.value.__notes__ == ["while connecting to 127.0.0.1:1"]
    assert not client.active


async def test_what_the_caller_set_is_there_later(wire, client_of, answers):
    """Code of the caller runs in the caller's context."""
    name = contextvars.ContextVar("name")
    seen = []

    async def produce(write):
        seen.append(name.get())
        await write(b"body")

    async with wire.Origin() as origin:
        name.set("mine")
        await client_of().fetch(origin.url, method="POST", body_producer=produce)
        assert seen == ["mine"]
        assert origin.asked[0].body == b"body"


@pytest.mark.parametrize("limit", ["connect_timeout", "request_timeout"])
async def test_a_time_out(client_of, limit):
    client = client_of()
    with black_hole() as (host, port), pytest.raises(HTTPTimeoutError) as caught:
        await client.fetch(f"http://{host}:{port}/", **{limit: 0.05})
    assert str(caught.value) == f"Timeout while connecting to {host}:{port}"
    assert not client.active


async def test_a_long_time_out_is_the_clients(client_of):
    client = client_of()
    with black_hole() as (host, port):
        future = client.fetch(f"http://{host}:{port}/", connect_timeout=30)
        (fetch,) = client.active
        assert fetch.deadline
        assert fetch._timer is None
        fetch.deadline = 0.5  # long ago
        client.deadline_passed(0.0)
        with pytest.raises(HTTPTimeoutError, match=r"^Timeout while connecting to"):
            await future


async def test_connecting_has_a_limit_of_its_own(wire, client_of, answers):
    """Once connected, ``connect_timeout`` counts no more and the other limit does."""

    async def silent(asked, peer):
        await peer.closed()

    async with wire.Origin(silent) as origin:
        with pytest.raises(HTTPTimeoutError, match=r"^Timeout during request"):
            await client_of().fetch(origin.url, connect_timeout=0.05, request_timeout=0.15)
        assert origin.asked


async def test_cancelling_closes(client_of):
    client = client_of()
    with black_hole() as (host, port):
        future = client.fetch(f"http://{host}:{port}/")
        (fetch,) = client.active
        dial = fetch._connecting
        assert isinstance(dial, Dial)
        stream = dial._stream
        future.cancel()
        await asyncio.sleep(0)
        assert stream.closed()
        assert not client.active


def test_closing_the_loop_closes():
    with black_hole() as (host, port):
        loop = IOLoop(make_current=False)

        async def begin():
            client = SimpleAsyncHTTPClient(force_instance=True)
            client.fetch(f"http://{host}:{port}/")
            (fetch,) = client.active
            return client, fetch._connecting._stream

        client, stream = loop.run_sync(begin)
        loop.close(all_fds=True)
        assert stream.closed()
        client.close()


def test_before_the_loop_runs():
    async def make():
        return SimpleAsyncHTTPClient(force_instance=True)

    loop = asyncio.new_event_loop()
    client = loop.run_until_complete(make())
    assert way(client, "http://127.0.0.1/") is None
    client.close()
    loop.close()


# ----------------------------------------------------------------------------- who is asked


async def test_literals(client_of):
    client = client_of()
    assert way(client, "http://127.0.0.1:81/") == (socket.AF_INET, ("127.0.0.1", 81))
    assert way(client, "http://[::1]/") == (socket.AF_INET6, ("::1", 80, 0, 0))
    for other in ("http://[::1]/", "http://127.1/", "http://256.0.0.1/", "http://a1/"):
        assert way(client, other, allow_ipv6=False) is None
    assert way(client, "http://localhost/") is None


async def test_a_name_that_is_remembered(wire, client_of):
    async with wire.Origin() as origin:
        named = Named()
        client = client_of(resolver=CachingResolver(resolver=named))
        url = f"http://a.example:{origin.port}/"
        assert way(client, url) is None
        for _ in range(3):
            await client.fetch(url, headers=CLOSE)
        assert way(client, url) == (socket.AF_INET, ("127.0.0.1", origin.port))
        assert named.asked == ["a.example"]
        assert origin.connections == 3


async def test_several_addresses_race(client_of, wire):
    async with wire.Origin() as origin:
        named = Named(("127.0.0.9", "127.0.0.1"))
        client = client_of(resolver=CachingResolver(resolver=named))
        url = f"http://a.example:{origin.port}/"
        for _ in range(2):
            assert (await client.fetch(url, headers=CLOSE)).code == 200
        assert way(client, url) is None


async def test_a_mapping(client_of):
    client = client_of(hostname_mapping={"a.example": "127.0.0.1", "127.0.0.5": "b.example"})
    assert way(client, "http://a.example/") == (socket.AF_INET, ("127.0.0.1", 80))
    assert way(client, "http://127.0.0.5/") is None


@pytest.mark.parametrize("base", [DefaultLoopResolver, CachingResolver, OverrideResolver])
async def test_a_resolver_of_ones_own_is_asked(client_of, base):
    class Own(base):
        async def resolve(self, host, port, family=0):
            raise PermissionError("not from here")

    arguments = (DefaultLoopResolver(), {}) if base is OverrideResolver else ()
    client = client_of(resolver=Own(*arguments))
    with pytest.raises(PermissionError, match="not from here"):
        await client.fetch("http://127.0.0.1:1/")


async def test_a_resolver_that_is_patched_is_asked(client_of):
    client = client_of()
    named = Named(())
    for resolver in (client.resolver, client.tcp_client.resolver):
        resolver.resolve = named.resolve
        with pytest.raises(OSError, match="no address"):
            await client.fetch("http://127.0.0.1:1/")
        del resolver.resolve
    assert len(named.asked) == 2


@pytest.mark.parametrize("how", ["class", "instance", "subclass"])
async def test_a_tcp_client_of_ones_own_is_asked(client_of, monkeypatch, how):
    async def connect(*args, **kwargs):
        raise PermissionError("not from here")

    client = client_of()
    if how == "class":
        monkeypatch.setattr(TCPClient, "connect", connect)
    elif how == "instance":
        client.tcp_client.connect = connect
    else:
        client.tcp_client = type("Own", (TCPClient,), {"connect": connect})()
    with pytest.raises(PermissionError, match="not from here"):
        await client.fetch("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "options",
    [
        {"proxy": "http://127.0.0.1:1"},
        {"unix_socket": "/nowhere"},
        {"network_interface": "127.0.0.2"},
        {"address_filter": lambda host, port: True},
    ],
)
async def test_ways_that_are_not_plain(client_of, options):
    assert way(client_of(), "http://127.0.0.1/", **options) is None


async def test_tls_is_not_plain(client_of):
    assert way(client_of(), "https://127.0.0.1/") is None
