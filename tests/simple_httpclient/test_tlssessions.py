"""Handshakes that go on where an earlier connection ended."""

import ssl

import pytest
import trustme

from zonda.simple_httpclient import tlssessions
from zonda.simple_httpclient.tlssessions import TLSSessions


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture
def resumed():
    """What the server says of each handshake."""
    return []


def server(ca, version):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.minimum_version = made.maximum_version = version
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(made)
    return made


def playing(wire, resumed, *fields):
    async def play(asked, peer):
        resumed.append(peer.writer.get_extra_info("ssl_object").session_reused)
        return wire.ok(b"hello", *fields)

    return play


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


@VERSIONS
async def test_the_second_handshake_is_resumed(wire, client_of, ca, version, resumed):
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    play = playing(wire, resumed, "Connection: close")
    async with wire.Origin(play, context=server(ca, version)) as origin:
        client = client_of(defaults={"ssl_options": trusting})
        for _ in range(3):
            assert (await client.fetch(origin.url)).body == b"hello"
        assert resumed == [False, True, True]
        assert origin.connections == 3
        # Another client knows nothing of it.
        await client_of().fetch(origin.url, ssl_options=trusting)
        assert resumed[3:] == [False]


@VERSIONS
async def test_a_server_that_has_forgotten_it(wire, client_of, ca, version, resumed):
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    play = playing(wire, resumed, "Connection: close")
    async with wire.Origin(play, context=server(ca, version)) as origin:
        client = client_of(defaults={"ssl_options": trusting})
        await client.fetch(origin.url)
        url = origin.url
    other = server(ca, version)  # with other keys for its tickets
    async with wire.Origin(play, context=other, port=origin.port) as origin:
        assert origin.url == url
        for _ in range(2):
            assert (await client.fetch(url)).body == b"hello"
    assert resumed == [False, False, True]


async def test_what_tells_connections_apart_tells_sessions_apart(wire, client_of, ca, resumed):
    one, two = ssl.create_default_context(), ssl.create_default_context()
    ca.configure_trust(one)
    ca.configure_trust(two)
    context = server(ca, ssl.TLSVersion.TLSv1_3)
    async with wire.Origin(playing(wire, resumed, "Connection: close"), context=context) as origin:
        client = client_of()
        for options in (
            {"ssl_options": one},
            {"ssl_options": two},  # a session belongs to its context
            {"ssl_options": one, "server_hostname": "localhost"},  # verified by another name
        ) * 2:
            await client.fetch(origin.url, **options)
        assert resumed == [False] * 3 + [True] * 3


async def test_a_session_that_was_verified_is_not_for_others(wire, client_of, ca, resumed):
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    context = server(ca, ssl.TLSVersion.TLSv1_3)
    async with wire.Origin(playing(wire, resumed, "Connection: close"), context=context) as origin:
        client = client_of(defaults={"ssl_options": trusting})
        await client.fetch(origin.url)
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch(origin.url, server_hostname="other.example")


class Stream:
    def __init__(self, name):
        self.name = name

    def session_source(self):
        return lambda: self.name


def test_the_oldest_goes(monkeypatch):
    monkeypatch.setattr(tlssessions, "_KEPT", 2)
    sessions = TLSSessions()
    for key in ("a", "b", "a", "c"):
        sessions.keep(key, Stream(f"of {key}"))
    assert [sessions.take(key) for key in "abc"] == ["of a", None, "of c"]
