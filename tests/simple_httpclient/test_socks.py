"""SOCKS version 5, against a server that speaks it."""

import asyncio
import ssl

import pytest
import trustme

from tests.simple_httpclient.proxies import Socks
from zonda.httpclient import HTTPClientError
from zonda.simple_httpclient import HTTPTimeoutError

NAME, V4, V6 = 3, 1, 4


async def test_a_name_is_looked_up_here(wire, client_of):
    async with wire.Origin() as origin, Socks() as proxy:
        client = client_of(hostname_mapping={"a.example": "127.0.0.1"})
        response = await client.fetch(f"http://a.example:{origin.port}/x", proxy=proxy.url())
        assert response.body == b"hello"
        assert proxy.asked == [(V4, "127.0.0.1", origin.port)]
        assert origin.asked[0].target == "/x"
        assert origin.asked[0]["Host"] == f"a.example:{origin.port}"


async def test_a_name_is_looked_up_there(wire, client_of):
    async with wire.Origin() as origin, Socks(hosts={"a.invalid": "127.0.0.1"}) as proxy:
        url = f"http://a.invalid:{origin.port}/"
        response = await client_of().fetch(url, proxy=proxy.url("socks5h"))
        assert response.body == b"hello"
        assert proxy.asked == [(NAME, "a.invalid", origin.port)]


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_addresses(wire, client_of, scheme):
    async with wire.Origin(host="::1") as six, wire.Origin() as four, Socks() as proxy:
        client = client_of()
        await client.fetch(six.url, proxy=proxy.url(scheme))
        await client.fetch(four.url, proxy=proxy.url(scheme))
        assert proxy.asked == [(V6, "::1", six.port), (V4, "127.0.0.1", four.port)]


@pytest.mark.parametrize("kind", ["url", "options"])
async def test_user_and_password(wire, client_of, kind):
    async with wire.Origin() as origin, Socks(login=("me@home", "s:crét")) as proxy:
        if kind == "url":
            options = {"proxy": proxy.url(user="me%40home:s%3Acr%C3%A9t@")}
        else:
            options = {
                "proxy": proxy.url(),
                "proxy_username": "me@home",
                "proxy_password": "s:crét",
            }
        assert (await client_of().fetch(origin.url, **options)).body == b"hello"
        assert proxy.shown == [("me@home", "s:crét")]
        assert origin.asked[0].all("Proxy-Authorization") == []


async def test_a_password_that_nobody_asks_for_is_not_shown(wire, client_of):
    async with wire.Origin() as origin, Socks() as proxy:
        await client_of().fetch(origin.url, proxy=proxy.url(user="u:p@"))
        assert proxy.shown == []


@pytest.mark.parametrize(
    ("user", "words"),
    [("", "ways to log in"), ("u:wrong@", "does not accept the user name and password")],
)
async def test_who_may_not_come_in(wire, client_of, user, words):
    async with wire.Origin() as origin, Socks(login=("u", "p")) as proxy:
        client = client_of()
        with pytest.raises(HTTPClientError, match=words) as caught:
            await client.fetch(origin.url, proxy=proxy.url(user=user))
        assert caught.value.code == 599
        assert origin.connections == 0
        assert not client.active


@pytest.mark.parametrize("user", [":p@", f"{'u' * 256}:p@", "u:@"])
async def test_what_does_not_fit(wire, client_of, user):
    async with wire.Origin() as origin, Socks(login=("u", "p")) as proxy:
        with pytest.raises(ValueError, match="1 to 255 bytes"):
            await client_of().fetch(origin.url, proxy=proxy.url(user=user))


async def test_tls_to_the_origin(wire, client_of, tmp_path):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("a.invalid").configure_cert(context)
    async with (
        wire.Origin(context=context) as origin,
        Socks(hosts={"a.invalid": "127.0.0.1"}) as proxy,
    ):
        client = client_of(defaults={"ca_certs": str(tmp_path / "ca.pem")})
        url = f"https://a.invalid:{origin.port}/"
        for _ in range(2):
            assert (await client.fetch(url, proxy=proxy.url("socks5h"))).body == b"hello"
        assert len(proxy.asked) == 1  # the connection was kept


async def test_each_origin_has_a_connection_of_its_own(wire, client_of):
    async with wire.Origin() as one, wire.Origin() as two, Socks() as proxy:
        client = client_of()
        for origin in (one, two, one):
            await client.fetch(origin.url, proxy=proxy.url())
        await client.fetch(one.url)
        assert [port for _, _, port in proxy.asked] == [one.port, two.port]
        assert one.connections == 2


async def test_the_next_address(wire, client_of):
    async with wire.Origin() as origin, Socks(replies={"::1": 8}) as proxy:
        response = await client_of().fetch(
            f"http://localhost:{origin.port}/", proxy=proxy.url(), request_timeout=10
        )
        assert response.body == b"hello"
        assert proxy.asked[-1] == (V4, "127.0.0.1", origin.port)


@pytest.mark.parametrize(
    ("reply", "words"),
    [(2, "not allowed by the proxy's rules"), (5, "connection refused"), (99, "failure 99")],
)
async def test_refusals(wire, client_of, reply, words):
    async with Socks(replies={"127.0.0.1": reply}) as proxy:
        client = client_of()
        with pytest.raises(HTTPClientError, match=rf"127\.0\.0\.1 port 7: {words}"):
            await client.fetch("http://127.0.0.1:7/", proxy=proxy.url())
        assert len(proxy.asked) == 1
        assert not client.active


@pytest.mark.parametrize("bound", [b"\x03\x05there\x00\x07", b"\x04" + bytes(18)])
async def test_any_address_of_the_proxy_itself(wire, client_of, bound):
    async with wire.Origin() as origin, Socks(bound=bound) as proxy:
        assert (await client_of().fetch(origin.url, proxy=proxy.url())).body == b"hello"


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "does not speak version 5, its answer begins with 72",
        ),
        (b"\x05\x00\x04\x00\x00\x01", "does not speak version 5, its answer begins with 4"),
        (b"\x05\x07", "ways to log in"),
        (b"\x05\x02", "ways to log in"),
        (b"\x05\x00\x05\x00\x00\x09", "address of unknown type 9"),
        (b"\x05", "closed the connection"),
        (b"\x05\x00\x05\x00", "closed the connection"),
    ],
)
async def test_what_is_no_socks_server(client_of, says, words):
    async def serve(reader, writer):
        writer.write(says)
        writer.write_eof()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(HTTPClientError, match=words):
            await client_of().fetch("http://127.0.0.1:7/", proxy=f"socks5://127.0.0.1:{port}")


async def test_a_proxy_that_says_nothing(client_of):
    over = asyncio.Event()

    async def serve(reader, writer):
        await reader.read()
        writer.close()
        over.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(HTTPTimeoutError, match=r"^Timeout while connecting through proxy 127"):
            await client_of().fetch(
                "http://127.0.0.1:7/", proxy=f"socks5://127.0.0.1:{port}", connect_timeout=0.3
            )
        await asyncio.wait_for(over.wait(), 10)
