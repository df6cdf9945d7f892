"""Addresses, names, interfaces, Unix sockets and who may be connected to."""

import asyncio
import contextlib
import socket
import ssl
import sys

import pytest
import trustme

from tests.simple_httpclient.proxies import Socks, tunnel
from zonda.netutil import Resolver, is_public_address
from zonda.simple_httpclient import HTTPTimeoutError


async def test_an_ipv6_literal(wire, client_of):
    async with wire.Origin(host="::1") as origin:
        response = await client_of().fetch(f"http://[::1]:{origin.port}/x")
        assert response.body == b"hello"
        assert origin.asked[0]["Host"] == f"[::1]:{origin.port}"


async def test_allow_ipv6(wire, client_of):
    async with wire.Origin(host="::1") as origin:
        client = client_of(hostname_mapping={"a.example": "::1"})
        url = f"http://a.example:{origin.port}/"
        assert (await client.fetch(url)).code == 200
        with pytest.raises(OSError):
            await client.fetch(url, allow_ipv6=False)


async def test_network_interface(wire, client_of):
    names = []

    async def play(asked, peer):
        names.append(peer.writer.get_extra_info("peername")[0])
        return wire.ok()

    async with wire.Origin(play) as origin:
        await client_of().fetch(origin.url, network_interface="127.0.0.2")
        assert names == ["127.0.0.2"]


@pytest.mark.parametrize("interface", ["nothing0", "not an address", ""])
async def test_what_is_no_interface(client_of, interface):
    with pytest.raises(ValueError, match="Unrecognized IPv4 or IPv6 address"):
        await client_of().fetch("http://127.0.0.1:1/", network_interface=interface)


async def test_hostname_mapping(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(hostname_mapping={"xn--bcher-kva.example": "127.0.0.1"})
        await client.fetch(f"http://bücher.example:{origin.port}/")
        assert origin.asked[0]["Host"] == f"xn--bcher-kva.example:{origin.port}"


async def test_nobody_there(client_of):
    client = client_of()
    with pytest.raises(ConnectionRefusedError):
        await client.fetch("http://127.0.0.1:1/")
    with pytest.raises(OSError):
        await client.fetch("http://does-not-exist.invalid/")
    assert not client.active


@pytest.mark.skipif(sys.platform != "linux", reason="the loopback interface has another name")
async def test_the_name_of_an_interface(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        assert (await client.fetch(origin.url, network_interface="lo")).body == b"hello"
        (connection,) = client.pool._idle
        sock = connection.stream.socket
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)[:3] == b"lo\0"
        await client.fetch(origin.url)
        assert origin.connections == 2


# ----------------------------------------------------------------------------- Unix sockets


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "x.sock")


class Local:
    """A server on a Unix socket that says what it was asked."""

    def __init__(self, path, context=None):
        self.path = path
        self.context = context
        self.asked = []
        self.connections = 0

    async def __aenter__(self):
        self._server = await asyncio.start_unix_server(self._serve, self.path, ssl=self.context)
        return self

    async def __aexit__(self, *exc):
        self._server.close()

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked.append(head.decode())
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlocal")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def test_a_unix_socket(client_of, path):
    async with Local(path) as server:
        client = client_of()
        for _ in range(2):
            response = await client.fetch("http://a.invalid/x?y", unix_socket=path)
            assert response.body == b"local"
            assert response.effective_url == "http://a.invalid/x?y"
        assert server.connections == 1
        assert server.asked[0].startswith("GET /x?y HTTP/1.1\r\nHost: a.invalid\r\n")
        assert response.time_info["total"] > 0


async def test_a_client_for_one_unix_socket(wire, client_of, path):
    async with Local(path), wire.Origin() as origin:
        client = client_of(defaults={"unix_socket": path})
        assert (await client.fetch(origin.url)).body == b"local"
        assert (await client_of().fetch(origin.url)).body == b"hello"


async def test_unix_sockets_are_not_mixed_up(wire, client_of, tmp_path):
    async with (
        Local(str(tmp_path / "a")) as a,
        Local(str(tmp_path / "b")) as b,
        wire.Origin() as origin,
    ):
        client = client_of()
        for where in ({"unix_socket": a.path}, {"unix_socket": b.path}, {}) * 2:
            await client.fetch(origin.url, **where)
        assert (a.connections, b.connections, origin.connections) == (1, 1, 1)


async def test_tls_over_a_unix_socket(client_of, path, ca, context):
    async with Local(path, context):
        trusting = ssl.create_default_context()
        ca.configure_trust(trusting)
        response = await client_of().fetch(
            "https://real.example/", unix_socket=path, ssl_options=trusting
        )
        assert response.body == b"local"
        assert response.time_info["appconnect"] > 0


async def test_nobody_at_the_unix_socket(client_of, path):
    client = client_of()
    with pytest.raises(FileNotFoundError) as caught:
        await client.fetch("http://a.invalid/", unix_socket=path)
    assert caught.value.__notes__ == [f"while connecting to {path}"]
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        with pytest.raises(ConnectionRefusedError):
            await client.fetch("http://a.invalid/", unix_socket=path)
    assert not client.active


async def test_a_unix_socket_whose_backlog_is_full(client_of, path):
    with socket.socket(socket.AF_UNIX) as sock, contextlib.ExitStack() as waiting:
        sock.bind(path)
        sock.listen(0)
        full = False
        while not full:
            filler = waiting.enter_context(socket.socket(socket.AF_UNIX))
            filler.setblocking(False)
            try:
                filler.connect(path)
            except BlockingIOError:
                full = True
        with pytest.raises(HTTPTimeoutError, match=f"^Timeout while connecting to {path}"):
            await client_of().fetch("http://a/", unix_socket=path, connect_timeout=0.05)


async def test_a_proxy_and_a_unix_socket(client_of, path):
    with pytest.raises(ValueError, match="not through both"):
        await client_of().fetch("http://a.invalid/", unix_socket=path, proxy="http://b")


# ------------------------------------------------------------------------------- TLS names


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture(scope="module")
def context(ca):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("real.example").configure_cert(made)
    return made


async def test_the_name_of_the_server(wire, client_of, ca, context):
    names = []
    context.sni_callback = lambda sock, name, _: names.append(name)
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    async with wire.Origin(context=context) as origin:
        client = client_of(defaults={"ssl_options": trusting})
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch(origin.url)
        for _ in range(2):
            response = await client.fetch(origin.url, server_hostname="real.example")
            assert response.body == b"hello"
        assert names == [None, "real.example"]
        assert origin.asked[0]["Host"] == f"127.0.0.1:{origin.port}"
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch(origin.url, server_hostname="other.example")
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch(origin.url)


async def test_the_name_is_not_for_other_origins(wire, client_of, ca, context):
    """A redirect could otherwise have a host verified by a name that it does not have."""
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)

    async def play(asked, peer):
        there = f"Location: https://localhost:{origin.port}/"
        return wire.ok(b"", there, status="302 Found")

    async with wire.Origin(play, context=context) as origin:
        client = client_of(defaults={"ssl_options": trusting, "allow_ipv6": False})
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch(origin.url, server_hostname="real.example")
        assert len(origin.asked) == 1


# -------------------------------------------------------------------------- address filters


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{}/", "http://localhost:{}/", "http://127.1:{}/", "http://[::1]:{}/"]
)
async def test_a_filter(wire, client_of, url):
    async with wire.Origin(host="::1" if "[" in url else "127.0.0.1") as origin:
        client = client_of(defaults={"address_filter": is_public_address})
        with pytest.raises(PermissionError, match="address_filter refuses"):
            await client.fetch(url.format(origin.port))
        assert origin.connections == 0
        assert not client.active


async def test_a_filter_sees_where_redirects_lead(wire, client_of):
    asked = []

    def allows(address, port):
        asked.append((address, port))
        return port == origin.port

    async with wire.Origin() as inner, wire.Origin() as origin:

        async def play(asked, peer):
            return wire.ok(b"", f"Location: {inner.url}/", status="302 Found")

        origin.play = play
        with pytest.raises(PermissionError):
            await client_of().fetch(origin.url, address_filter=allows)
        assert asked == [("127.0.0.1", origin.port), ("127.0.0.1", inner.port)]
        assert inner.connections == 0


async def test_a_connection_that_nobody_checked_is_not_used(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await client.fetch(origin.url)
        with pytest.raises(PermissionError):
            await client.fetch(origin.url, address_filter=is_public_address)
        allowed = {"address_filter": is_loopback}
        for _ in range(2):
            await client.fetch(origin.url, **allowed)
        assert origin.connections == 2


def is_loopback(address, port):
    return address in ("127.0.0.1", "::1")


class Fickle(Resolver):
    """First an address that anybody may have, then one of our own."""

    def initialize(self, port):
        self.answers = ["127.0.0.1", "127.0.0.2", "127.0.0.2"]

    async def resolve(self, host, port, family=0):
        return [(socket.AF_INET, (self.answers.pop(0), port))]


async def test_what_was_checked_is_what_is_connected_to(wire, client_of):
    """A name that stands for something else the second time one looks (DNS rebinding)."""
    async with wire.Origin() as origin:
        client = client_of(resolver=Fickle(origin.port))
        url = f"http://a.example:{origin.port}/"
        assert (await client.fetch(url, address_filter=is_loopback)).body == b"hello"
        await origin.peers[0].send(b"")
        origin.peers[0].writer.close()
        await origin.peers[0].over.wait()
        with pytest.raises(PermissionError, match=r"refuses a.example: 127.0.0.2"):
            await client.fetch(url, address_filter=is_loopback, headers={"Connection": "close"})


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_socks_proxy_is_told_a_checked_address(wire, client_of, scheme):
    async with wire.Origin() as origin, Socks(hosts={"a.example": "127.0.0.9"}) as proxy:
        client = client_of(hostname_mapping={"a.example": "127.0.0.1", "b.example": "10.0.0.1"})
        options = {"proxy": proxy.url(scheme), "address_filter": is_loopback}
        await client.fetch(f"http://a.example:{origin.port}/", **options)
        assert proxy.asked == [(1, "127.0.0.1", origin.port)]
        with pytest.raises(PermissionError):
            await client.fetch(f"http://b.example:{origin.port}/", **options)
        assert len(proxy.asked) == 1


async def test_an_http_proxy_is_told_a_checked_address(wire, client_of):
    async with wire.Origin() as origin, wire.Origin(tunnel) as proxy:
        client = client_of(hostname_mapping={"a.example": "127.0.0.1", "b.example": "10.0.0.1"})
        options = {"proxy": proxy.url, "address_filter": is_loopback}
        response = await client.fetch(f"http://a.example:{origin.port}/x", **options)
        assert response.body == b"hello"
        assert (proxy.asked[0].method, proxy.asked[0].target) == (
            "CONNECT",
            f"127.0.0.1:{origin.port}",
        )
        assert origin.asked[0].target == "/x"
        assert origin.asked[0]["Host"] == f"a.example:{origin.port}"
        with pytest.raises(PermissionError):
            await client.fetch(f"http://b.example:{origin.port}/", **options)
        assert len(proxy.asked) == 1


# ------------------------------------------------------------------------------ DNS cache


class Counting(Resolver):
    def initialize(self):
        self.asked = []

    async def resolve(self, host, port, family=0):
        self.asked.append(host)
        return [(socket.AF_INET, ("127.0.0.1", port))]


async def test_names_are_remembered(wire, client_of):
    saved = Resolver._save_configuration()
    Resolver.configure(Counting)
    try:
        async with wire.Origin() as origin:
            url, close = f"http://a.example:{origin.port}/", {"Connection": "close"}
            client = client_of()
            for _ in range(3):
                await client.fetch(url, headers=close)
            assert client.resolver.resolver.asked == ["a.example"]
            fresh = client_of(dns_cache_ttl=0)
            for _ in range(3):
                await fresh.fetch(url, headers=close)
            assert fresh.resolver.asked == ["a.example"] * 3
            own = Counting()
            client = client_of(resolver=own)
            for _ in range(2):
                await client.fetch(url, headers=close)
            assert own.asked == ["a.example"] * 2
    finally:
        Resolver._restore_configuration(saved)
