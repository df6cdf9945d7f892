"""CONNECT: proxies that connect us with the origin."""

import asyncio
import ssl

import pytest
import trustme

from tests.simple_httpclient.proxies import tunnel
from zonda.httpclient import HTTPClientError
from zonda.simple_httpclient import HTTPTimeoutError

CHALLENGE = 'Proxy-Authenticate: Digest realm="p", nonce="n1", qop="auth", algorithm=SHA-256'


def by_proxy(proxy, **options):
    return {"proxy_host": "127.0.0.1", "proxy_port": proxy.port, **options}


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture
def ca_file(ca, tmp_path):
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


@pytest.fixture(scope="module")
def context(ca):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("secret.example").configure_cert(made)
    return made


async def test_a_tunnel(wire, client_of, context, ca_file):
    async with wire.Origin(tunnel) as proxy, wire.Origin(context=context) as origin:
        client = client_of(defaults={"ca_certs": ca_file})
        url = f"https://secret.example:{origin.port}/x"
        options = by_proxy(proxy, proxy_username="u", proxy_password="p")
        for _ in range(2):
            assert (await client.fetch(url, **options)).body == b"hello"
        (asked,) = proxy.asked
        assert (asked.method, asked.target) == ("CONNECT", f"secret.example:{origin.port}")
        assert asked["Proxy-Authorization"] == "Basic dTpw"
        # The password is for the proxy, not for who is behind it.
        assert origin.asked[0].all("Proxy-Authorization") == []
        assert origin.asked[0].target == "/x"
        assert origin.connections == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n", "407 Who are you"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "502 Bad Gateway"),
        (b"what?\r\n\r\n", "answer to CONNECT"),
        (b"HTTP/1.1 200", "answer to CONNECT"),
    ],
)
async def test_a_proxy_that_refuses(wire, client_of, answer, words):
    async def play(asked, peer):
        await peer.send(answer)

    async with wire.Origin(play) as proxy:
        client = client_of()
        with pytest.raises(HTTPClientError, match=words) as caught:
            await client.fetch("https://secret.example/", **by_proxy(proxy))
        assert caught.value.code == 599
        assert not client.active
        await asyncio.wait_for(proxy.peers[0].over.wait(), 10)


async def test_a_proxy_that_says_nothing(wire, client_of):
    async def play(asked, peer):
        await peer.closed()

    async with wire.Origin(play) as proxy:
        with pytest.raises(HTTPTimeoutError, match=r"^Timeout while connecting through proxy 127"):
            await client_of().fetch(
                "https://secret.example/", connect_timeout=0.3, **by_proxy(proxy)
            )


async def test_digest_for_a_tunnel(wire, client_of, context, ca_file):
    async def play(asked, peer):
        if asked.all("Proxy-Authorization"):
            return await tunnel(asked, peer)
        await peer.send(wire.ok(b"", CHALLENGE, status="407 Proxy Authentication Required"))
        return None

    async with wire.Origin(play) as proxy, wire.Origin(context=context) as origin:
        response = await client_of(defaults={"ca_certs": ca_file}).fetch(
            f"https://secret.example:{origin.port}/",
            **by_proxy(proxy, proxy_username="u", proxy_password="p", proxy_auth_mode="digest"),
        )
        assert response.body == b"hello"
        assert 'uri="secret.example:' in proxy.asked[1]["Proxy-Authorization"]


@pytest.fixture
def proxy_tls(ca):
    """For the two ends of a TLS connection with a proxy."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost").configure_cert(made)
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    return made, trusting


async def test_tls_within_tls(wire, client_of, context, ca_file, proxy_tls):
    """64 KiB each way and back, so that each pump has to wait for the other side."""

    async def play(asked, peer):
        return wire.ok(asked.body)

    body = bytes(range(256)) * 16384
    async with (
        wire.Origin(tunnel, context=proxy_tls[0]) as proxy,
        wire.Origin(play, context=context) as origin,
    ):
        client = client_of(
            defaults={
                "ca_certs": ca_file,
                "proxy": f"https://u:p@localhost:{proxy.port}",
                "proxy_ssl_options": proxy_tls[1],
                "allow_ipv6": False,
            }
        )
        url = f"https://secret.example:{origin.port}/"
        for _ in range(2):
            response = await client.fetch(url, method="POST", body=body)
            assert response.body == body
        assert (proxy.connections, origin.connections) == (1, 1)
        assert proxy.asked[0]["Proxy-Authorization"] == "Basic dTpw"
        client.close()
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)
        await asyncio.wait_for(proxy.peers[0].over.wait(), 10)


async def test_the_origin_closes_within_tls(wire, client_of, context, ca_file, proxy_tls):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(10**6))

    async with (
        wire.Origin(tunnel, context=proxy_tls[0]) as proxy,
        wire.Origin(play, context=context) as origin,
    ):
        response = await client_of().fetch(
            f"https://secret.example:{origin.port}/",
            ca_certs=ca_file,
            proxy=f"https://localhost:{proxy.port}",
            proxy_ssl_options=proxy_tls[1],
            allow_ipv6=False,
        )
        assert response.body == bytes(10**6)


async def test_interim_answers(wire, client_of):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * asked.all("Host")[0].count("x"))
        await peer.send(b"HTTP/1.1 418 Teapot\r\n\r\n")

    async with wire.Origin(play) as proxy:
        client = client_of()
        with pytest.raises(HTTPClientError, match="418 Teapot"):
            await client.fetch("https://x.example/", proxy=proxy.url)
        with pytest.raises(HTTPClientError, match="too many interim responses"):
            await client.fetch(f"https://{'x' * 50}.example/", proxy=proxy.url)
