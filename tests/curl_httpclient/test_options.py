"""Options that are not Tornado's: those that libcurl knows work, the others are refused."""

import pytest

from tests.simple_httpclient.proxies import Socks
from zonda.httpclient import HTTPClientError
from zonda.netutil import is_public_address

pytest.importorskip("pycurl", reason="needs pycurl")


async def test_a_proxy_as_a_url(wire, curl_of):
    async with wire.Origin() as proxy:
        url = proxy.url.replace("//", "//u%40x:p@")
        await curl_of().fetch("http://a.invalid/x", proxy=url)
        assert proxy.asked[0].target == "http://a.invalid/x"
        assert proxy.asked[0]["Proxy-Authorization"] == "Basic dUB4OnA="


async def test_socks(wire, curl_of):
    async with wire.Origin() as origin, Socks(hosts={"a.invalid": "127.0.0.1"}) as proxy:
        url = f"http://a.invalid:{origin.port}/"
        response = await curl_of().fetch(url, proxy=proxy.url("socks5h"))
        assert response.body == b"hello"
        assert proxy.asked == [(3, "a.invalid", origin.port)]


async def test_no_proxy_in_place_of_the_default_one(wire, curl_of):
    async with wire.Origin() as origin:
        client = curl_of(defaults={"proxy_host": "127.0.0.1", "proxy_port": 1})
        assert (await client.fetch(origin.url, proxy="")).body == b"hello"


async def test_a_unix_socket(curl_of, tmp_path):
    import asyncio

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlocal")
        writer.close()

    path = str(tmp_path / "x.sock")
    server = await asyncio.start_unix_server(serve, path)
    async with server:
        response = await curl_of().fetch("http://a.invalid/", unix_socket=path)
        assert response.body == b"local"


async def test_a_filter(wire, curl_of):
    asked = []

    def allows(address, port):
        asked.append((address, port))
        return True

    async with wire.Origin() as origin:
        client = curl_of()
        await client.fetch(origin.url)  # leaves a connection that nobody was asked about
        with pytest.raises(HTTPClientError):
            await client.fetch(origin.url, address_filter=is_public_address)
        assert (await client.fetch(origin.url, address_filter=allows)).body == b"hello"
        assert asked == [("127.0.0.1", origin.port)]
        assert origin.connections == 2
        await client.fetch(origin.url)
        assert asked == [("127.0.0.1", origin.port)]  # nothing is left of it


async def test_a_filter_sees_where_redirects_lead(wire, curl_of):
    async with wire.Origin() as inner, wire.Origin() as origin:

        async def play(asked, peer):
            return wire.ok(b"", f"Location: {inner.url}/", status="302 Found")

        origin.play = play
        with pytest.raises(HTTPClientError):
            await curl_of().fetch(origin.url, address_filter=lambda _, port: port == origin.port)
        assert inner.connections == 0


@pytest.mark.parametrize(
    "options",
    [
        {"proxy_ssl_options": {}},
        {"server_hostname": "b"},
        {"address_filter": is_public_address, "proxy": "http://b"},
        {"address_filter": is_public_address, "proxy_host": "b", "proxy_port": 1},
        {"address_filter": is_public_address, "unix_socket": "/b"},
    ],
)
async def test_what_libcurl_does_not_do_for_us(curl_of, options):
    with pytest.raises(ValueError, match="curl_httpclient"):
        await curl_of().fetch("http://a.invalid/", **options)
