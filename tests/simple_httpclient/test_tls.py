"""TLS: who is believed, which connections are shared."""

import ssl

import pytest
import trustme

from zonda.httpclient import HTTPClientError
from zonda.simple_httpclient import HTTPTimeoutError
from zonda.simple_httpclient.tls import client_context


@pytest.fixture(scope="module")
def ca():
    return trustme.CA()


@pytest.fixture(scope="module")
def context(ca):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(made)
    return made


@pytest.fixture
def ca_file(ca, tmp_path):
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


async def test_a_ca_of_ones_own(wire, client_of, context, ca_file):
    async with wire.Origin(context=context) as origin:
        client = client_of()
        for _ in range(3):
            response = await client.fetch(origin.url, ca_certs=ca_file)
            assert response.body == b"hello"
        assert origin.connections == 1
        assert (await client.fetch(origin.url, ca_certs=ca_file)).time_info["appconnect"] == 0


async def test_time_info(wire, client_of, context, ca_file):
    async with wire.Origin(context=context) as origin:
        info = (await client_of().fetch(origin.url, ca_certs=ca_file)).time_info
        assert info["connect"] < info["appconnect"] <= info["pretransfer"]


async def test_an_unknown_ca(wire, client_of, context):
    async with wire.Origin(context=context) as origin:
        client = client_of()
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch(origin.url)
        assert origin.asked == []
        assert not client.active


async def test_the_wrong_host(wire, client_of, ca, ca_file):
    other = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("other.example").configure_cert(other)
    async with wire.Origin(context=other) as origin:
        with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
            await client_of().fetch(origin.url, ca_certs=ca_file)


async def test_unverified(wire, client_of, context, ca_file):
    async with wire.Origin(context=context) as origin:
        client = client_of()
        await client.fetch(origin.url, validate_cert=False)
        await client.fetch(origin.url, validate_cert=False)
        assert origin.connections == 1
        # What was not verified does not serve who wants it verified.
        await client.fetch(origin.url, ca_certs=ca_file)
        assert origin.connections == 2
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.fetch(origin.url)


async def test_client_certificates(wire, client_of, ca, ca_file, tmp_path):
    strict = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(strict)
    ca.configure_trust(strict)
    strict.verify_mode = ssl.CERT_REQUIRED
    mine = ca.issue_cert("me@example.com")
    mine.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    mine.private_key_pem.write_to_path(tmp_path / "key.pem")
    names = []

    async def play(asked, peer):
        names.append(peer.writer.get_extra_info("peercert")["subjectAltName"])
        return wire.ok()

    async with wire.Origin(play, context=strict) as origin:
        client = client_of()
        await client.fetch(
            origin.url,
            ca_certs=ca_file,
            client_cert=str(tmp_path / "cert.pem"),
            client_key=str(tmp_path / "key.pem"),
        )
        assert names == [(("email", "me@example.com"),)]
        # TLS 1.3: the client learns that it was refused when it reads.
        with pytest.raises((OSError, HTTPClientError)):
            await client.fetch(origin.url, ca_certs=ca_file)


@pytest.mark.parametrize("as_dict", [False, True])
async def test_ssl_options(wire, client_of, context, ca, ca_file, as_dict):
    if as_dict:
        options = {"ca_certs": ca_file, "cert_reqs": ssl.CERT_REQUIRED}
    else:
        options = ssl.create_default_context()
        ca.configure_trust(options)
    async with wire.Origin(context=context) as origin:
        client = client_of()
        for _ in range(2):
            # Whoever gives a context of their own gets just that: the rest is not looked at.
            await client.fetch(origin.url, ssl_options=options, validate_cert=True)
        assert origin.connections == 1


async def test_a_server_that_does_not_speak_tls(wire, client_of):
    async def play(asked, peer):
        raise AssertionError

    async with wire.Origin(play, read_bodies=False) as origin:
        with pytest.raises(HTTPTimeoutError, match=r"^Timeout during TLS handshake with 127"):
            await client_of().fetch(f"https://127.0.0.1:{origin.port}/", request_timeout=0.3)


def test_contexts_are_made_once(ca_file):
    def options(**given):
        return lambda name: given.get(name)

    assert client_context(options(validate_cert=True)) is client_context(
        options(validate_cert=True)
    )
    assert client_context(options(ca_certs=ca_file)) is client_context(options(ca_certs=ca_file))
    assert client_context(options(validate_cert=False)) is not client_context(
        options(validate_cert=True)
    )
    given = {"ca_certs": ca_file}
    assert client_context(options(ssl_options=given)) is client_context(
        options(ssl_options=dict(given))
    )
