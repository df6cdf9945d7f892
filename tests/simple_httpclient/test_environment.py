"""Proxies and passwords of the environment."""

import pytest

from tests.simple_httpclient.proxies import Socks
from zonda.httpclient import HTTPClientError
from zonda.simple_httpclient.environment import Environment
from zonda.simple_httpclient.target import Origin, parse_url
from zonda.testing import ExpectLog

HTTP, HTTPS = Origin("http", "a.example", 80), Origin("https", "a.example", 443)
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "netrc")


@pytest.mark.parametrize(
    ("variables", "plain", "secure"),
    [
        ({}, None, None),
        ({"http_proxy": "http://p"}, "http://p", None),
        ({"https_proxy": "http://p"}, None, "http://p"),
        ({"all_proxy": "http://p"}, "http://p", "http://p"),
        ({"all_proxy": "http://p", "http_proxy": "http://q"}, "http://q", "http://p"),
        ({"ALL_PROXY": "http://p", "HTTPS_PROXY": "http://q"}, "http://p", "http://q"),
        ({"HTTP_PROXY": "http://p"}, "http://p", None),
        ({"HTTP_PROXY": "http://p", "http_proxy": "http://q"}, "http://q", None),
        ({"HTTP_PROXY": "http://p", "REQUEST_METHOD": "GET"}, None, None),
        ({"http_proxy": "http://p", "REQUEST_METHOD": "GET"}, "http://p", None),
        ({"HTTPS_PROXY": "http://p", "REQUEST_METHOD": "GET"}, None, "http://p"),
        ({"all_proxy": "http://p", "no_proxy": "a.example:80"}, None, "http://p"),
        ({"all_proxy": "http://p", "NO_PROXY": "example"}, None, None),
        ({"all_proxy": "http://p", "no_proxy": "b", "NO_PROXY": "*"}, "http://p", "http://p"),
    ],
)
def test_proxies(variables, plain, secure, tmp_path):
    environment = Environment({"NETRC": str(tmp_path / "none"), **variables})
    assert environment.proxy_for(HTTP) == plain
    assert environment.proxy_for(HTTPS) == secure


@pytest.fixture
def variables(monkeypatch, tmp_path):
    """Sets variables of the process; the ones of whoever runs the tests are not seen."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_all


def write_netrc(path, text):
    path.write_text(text)
    path.chmod(0o600)


def test_the_netrc_file(tmp_path, variables):
    write_netrc(tmp_path / ".netrc", "machine a.example login u password p\nmachine b.example\n")
    environment = Environment()
    assert environment.login_for("a.example") == ("u", "p")
    assert environment.login_for("b.example") is None
    assert environment.login_for("c.example") is None
    write_netrc(tmp_path / "other", "machine a.example login v password q\ndefault login d\n")
    variables(NETRC=str(tmp_path / "other"))
    assert Environment().login_for("a.example") == ("v", "q")
    assert Environment().login_for("c.example") == ("d", "")


def test_no_netrc_file(variables):
    assert Environment().login_for("a.example") is None


def test_a_netrc_file_that_cannot_be_read(tmp_path):
    path = tmp_path / "broken"
    write_netrc(path, "machine a.example login u password p\nwhat is this\n")
    with ExpectLog("tornado.general", ".*broken is not used: "):
        assert Environment({"NETRC": str(path)}).login_for("a.example") is None
    with ExpectLog("tornado.general", ".* is not used: "):
        Environment({"NETRC": str(tmp_path)})


async def test_only_who_trusts_the_environment_uses_it(wire, client_of, variables, tmp_path):
    write_netrc(tmp_path / ".netrc", "machine 127.0.0.1 login u password p\n")
    async with wire.Origin() as origin, wire.Origin() as proxy:
        variables(http_proxy=proxy.url.replace("//", "//me:pw@"))
        await client_of().fetch(origin.url)
        assert proxy.asked == []
        assert origin.asked[0].all("Authorization") == []
        await client_of(trust_env=True).fetch(origin.url)
        assert proxy.asked[0].target == origin.url + "/"
        assert proxy.asked[0]["Proxy-Authorization"] == "Basic bWU6cHc="
        assert proxy.asked[0]["Authorization"] == "Basic dTpw"


async def test_a_request_knows_better(wire, client_of, variables):
    async with wire.Origin() as origin, wire.Origin() as proxy, Socks() as socks:
        variables(all_proxy=proxy.url)
        client = client_of(trust_env=True)
        await client.fetch(origin.url, proxy="")
        await client.fetch(origin.url, proxy=socks.url())
        assert (len(origin.asked), len(proxy.asked), len(socks.asked)) == (2, 0, 1)
        await client.fetch(origin.url, proxy_host="127.0.0.1", proxy_port=origin.port)
        await client.fetch(origin.url)
        assert (len(origin.asked), len(proxy.asked)) == (3, 1)


async def test_no_proxy(wire, client_of, variables):
    async with wire.Origin() as origin, wire.Origin() as proxy:
        variables(all_proxy=proxy.url, no_proxy="127.0.0.0/8")
        await client_of(trust_env=True).fetch(origin.url)
        assert proxy.asked == []
        assert origin.asked[0].target == "/"


async def test_socks_for_all(wire, client_of, variables):
    async with wire.Origin() as origin, Socks(hosts={"a.invalid": "127.0.0.1"}) as proxy:
        variables(ALL_PROXY=proxy.url("socks5h"))
        await client_of(trust_env=True).fetch(f"http://a.invalid:{origin.port}/")
        assert proxy.asked == [(3, "a.invalid", origin.port)]


async def test_a_tunnel_for_tls(wire, client_of, variables):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 502 Not now\r\n\r\n")

    async with wire.Origin(play) as proxy:
        variables(https_proxy=f"127.0.0.1:{proxy.port}")
        with pytest.raises(HTTPClientError, match="502 Not now"):
            await client_of(trust_env=True).fetch("https://a.invalid/")
        assert (proxy.asked[0].method, proxy.asked[0].target) == ("CONNECT", "a.invalid:443")


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"auth_username": "me", "auth_password": "x"}, ["Basic bWU6eA=="]),
        ({"headers": {"Authorization": "Bearer t"}}, ["Bearer t"]),
        ({"headers": {"X": "y"}}, ["Basic dTpw"]),
        ({"method": "POST", "body": b""}, ["Basic dTpw"]),
    ],
)
async def test_netrc_is_asked_last(wire, client_of, variables, tmp_path, options, sent):
    write_netrc(tmp_path / ".netrc", "machine 127.0.0.1 login u password p\n")
    async with wire.Origin() as origin:
        await client_of(trust_env=True).fetch(origin.url, **options)
        assert origin.asked[0].all("Authorization") == sent


async def test_a_digest_with_the_password_of_the_netrc_file(wire, client_of, variables, tmp_path):
    async def play(asked, peer):
        if asked.all("Authorization"):
            return wire.ok()
        challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'
        return wire.ok(b"", challenge, status="401 Unauthorized")

    write_netrc(tmp_path / ".netrc", "machine 127.0.0.1 login u password p\n")
    async with wire.Origin(play) as origin:
        await client_of(trust_env=True).fetch(origin.url, auth_mode="digest")
        assert origin.asked[1]["Authorization"].startswith('Digest username="u"')


async def test_a_redirect_does_not_fetch_other_passwords(wire, client_of, variables, tmp_path):
    write_netrc(tmp_path / ".netrc", "default login u password p\n")

    async def play(asked, peer):
        if asked.target == "/same":
            return wire.ok(b"", "Location: /there", status="302 Found")
        there = f"Location: http://localhost:{origin.port}/there"
        return wire.ok(b"", there, status="302 Found") if asked.target == "/" else wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of(trust_env=True)
        await client.fetch(origin.url + "/same")
        assert [bool(asked.all("Authorization")) for asked in origin.asked] == [True, True]
        del origin.asked[:]
        await client.fetch(origin.url, allow_ipv6=False)
        assert [bool(asked.all("Authorization")) for asked in origin.asked] == [True, False]


def test_origins_are_those_of_urls(tmp_path):
    environment = Environment({"http_proxy": "http://p", "no_proxy": "::1"})
    assert environment.proxy_for(parse_url("http://[::1]/").origin) is None
    assert environment.proxy_for(parse_url("http://[::2]/").origin) == "http://p"
