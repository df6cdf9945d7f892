"""Which proxy a request goes through, and proxies that forward."""

import ssl

import pytest
import trustme

from zonda.simple_httpclient.proxy import Proxy, parse_proxy


def by_proxy(proxy, **options):
    return {"proxy_host": "127.0.0.1", "proxy_port": proxy.port, **options}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://a", Proxy("a", 80, None, "", "basic", "http")),
        ("http://a/", Proxy("a", 80, None, "", "basic", "http")),
        ("a:3128", Proxy("a", 3128, None, "", "basic", "http")),
        ("u:p@a:3128", Proxy("a", 3128, "u", "p", "basic", "http")),
        ("HTTPS://A:1", Proxy("a", 1, None, "", "basic", "https")),
        ("https://a", Proxy("a", 443, None, "", "basic", "https")),
        ("socks5://a", Proxy("a", 1080, None, "", "basic", "socks5")),
        ("socks5h://[::1]:9", Proxy("::1", 9, None, "", "basic", "socks5h")),
        ("http://u@a", Proxy("a", 80, "u", "", "basic", "http")),
        ("http://u%40x:p%3a%2F@a", Proxy("a", 80, "u@x", "p:/", "basic", "http")),
    ],
)
def test_parse(url, proxy):
    assert parse_proxy(url) == proxy


def test_parse_with_other_credentials():
    assert parse_proxy("http://a", "u", "p", "digest") == Proxy("a", 80, "u", "p", "digest", "http")
    assert parse_proxy("http://v:q@a", "u", "p").username == "v"
    assert parse_proxy("http://v:q@a", "u", "p").password == "q"


@pytest.mark.parametrize(
    "url", ["ftp://a", "socks4://a", "http://", "http://a/b", "http://a?b", "http://a:b", ""]
)
def test_what_is_no_proxy(url):
    with pytest.raises(ValueError) as caught:
        parse_proxy(url)
    assert "secret" not in str(caught.value)


def test_an_error_does_not_tell_the_password():
    with pytest.raises(ValueError, match="a proxy is written as") as caught:
        parse_proxy("http://u:secret@a/path")
    assert "secret" not in str(caught.value)


async def test_a_url_is_as_good_as_options(wire, client_of):
    async with wire.Origin() as proxy:
        client = client_of()
        await client.fetch("http://a.example/x", proxy=proxy.url.replace("//", "//u:p@"))
        options = by_proxy(proxy, proxy_username="u", proxy_password="p")
        await client.fetch("http://a.example/x", **options)
        first, second = proxy.asked
        assert (first.target, first.fields) == (second.target, second.fields)
        assert first["Proxy-Authorization"] == "Basic dTpw"
        assert proxy.connections == 1


async def test_a_request_goes_before_the_defaults(wire, client_of):
    async with wire.Origin() as one, wire.Origin() as two:
        client = client_of(defaults={"proxy": one.url})
        await client.fetch("http://a.example/")
        await client.fetch("http://a.example/", proxy=two.url)
        await client.fetch("http://a.example/", **by_proxy(two))
        await client.fetch(two.url, proxy="")
        assert [asked.target for asked in one.asked] == ["http://a.example/"]
        assert [asked.target for asked in two.asked] == ["http://a.example/"] * 2 + ["/"]


async def test_tls_to_a_proxy_that_forwards(wire, client_of):
    ca = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    async with wire.Origin(context=context) as proxy:
        client = client_of(defaults={"proxy_ssl_options": trusting, "allow_ipv6": False})
        url = f"https://u:p@localhost:{proxy.port}"
        for _ in range(2):
            assert (await client.fetch("http://a.example/x", proxy=url)).body == b"hello"
        assert proxy.asked[0].target == "http://a.example/x"
        assert proxy.asked[0]["Proxy-Authorization"] == "Basic dTpw"
        assert proxy.connections == 1
        # The proxy must be the one it is said to be, whatever is believed of origins.
        with pytest.raises(ssl.SSLError):
            await client_of(defaults={"validate_cert": False}).fetch(
                "http://a.example/", proxy=url, allow_ipv6=False
            )


async def test_a_forwarding_proxy(wire, client_of):
    async with wire.Origin() as proxy:
        client = client_of()
        options = by_proxy(proxy, proxy_username="u", proxy_password="p")
        await client.fetch("http://a.example/x?y", **options)
        await client.fetch("http://b.example:81/", method="POST", body=b"z", **options)
        first, second = proxy.asked
        assert first.target == "http://a.example/x?y"
        assert first["Host"] == "a.example"
        assert first["Proxy-Authorization"] == "Basic dTpw"
        assert second.target == "http://b.example:81/"
        assert proxy.connections == 1  # one for all origins
        await client.fetch("http://a.example/", **by_proxy(proxy))
        assert proxy.asked[2].all("Proxy-Authorization") == []
        assert proxy.connections == 2


@pytest.mark.parametrize(
    "options",
    [
        {"proxy_host": "a.example"},
        {"proxy_port": 8080},
        {"proxy_host": "a.example", "proxy_port": 8080, "proxy_auth_mode": "ntlm"},
    ],
)
async def test_half_a_proxy(client_of, options):
    with pytest.raises(ValueError, match="proxy_"):
        await client_of().fetch("http://b.example/", **options)


CHALLENGE = 'Proxy-Authenticate: Digest realm="p", nonce="n1", qop="auth", algorithm=SHA-256'


async def test_digest_at_a_forwarding_proxy(wire, client_of):
    async def play(asked, peer):
        if asked.all("Proxy-Authorization"):
            return wire.ok()
        return wire.ok(b"", CHALLENGE, status="407 Proxy Authentication Required")

    async with wire.Origin(play) as proxy:
        client = client_of()
        options = by_proxy(proxy, proxy_username="u", proxy_password="p", proxy_auth_mode="digest")
        for _ in range(2):
            assert (await client.fetch("http://a.example/x", **options)).code == 200
        assert len(proxy.asked) == 3
        assert 'uri="http://a.example/x"' in proxy.asked[1]["Proxy-Authorization"]
        assert "nc=00000002" in proxy.asked[2]["Proxy-Authorization"]
