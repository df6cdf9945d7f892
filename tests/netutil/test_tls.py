"""TLS contexts from options."""

import ssl
from pathlib import Path

import pytest

from tests.iostream.peers import authority, client_context, server_context, socket_pair
from zonda.netutil import ssl_options_to_context, ssl_wrap_socket
from zonda.netutil.tls import client_ssl_defaults, server_ssl_defaults


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a certificate, its key, and the authority's certificate."""
    issued = authority().issue_cert("localhost")
    issued.private_key_pem.write_to_path(tmp_path / "key")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert")
    authority().cert_pem.write_to_path(tmp_path / "ca")
    return tmp_path


def test_a_context_stays_what_it_is() -> None:
    context = client_context()
    assert ssl_options_to_context(context) is context


@pytest.mark.parametrize(
    ("server_side", "check", "verify"),
    [
        (None, False, ssl.CERT_NONE),
        (True, False, ssl.CERT_NONE),
        (False, True, ssl.CERT_REQUIRED),
    ],
)
def test_what_each_side_checks_unless_told_otherwise(
    server_side: bool | None, check: bool, verify: ssl.VerifyMode
) -> None:
    context = ssl_options_to_context({}, server_side=server_side)
    assert (context.check_hostname, context.verify_mode) == (check, verify)
    assert context.options & ssl.OP_NO_COMPRESSION


def test_every_option(files: Path) -> None:
    options = {
        "certfile": files / "cert",
        "keyfile": files / "key",
        "ca_certs": files / "ca",
        "cert_reqs": ssl.CERT_OPTIONAL,
        "ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256",
    }
    context = ssl_options_to_context(options, server_side=True)
    assert context.protocol == ssl.PROTOCOL_TLS_SERVER
    assert context.verify_mode == ssl.CERT_OPTIONAL
    assert context.cert_store_stats()["x509_ca"] == 1
    names = [cipher["name"] for cipher in context.get_ciphers()]
    assert "ECDHE-ECDSA-AES128-GCM-SHA256" in names
    assert "ECDHE-RSA-AES256-GCM-SHA384" not in names
    chosen = ssl_options_to_context({"ssl_version": ssl.PROTOCOL_TLS_CLIENT}, server_side=True)
    assert chosen.protocol == ssl.PROTOCOL_TLS_CLIENT


def test_checking_nothing_includes_the_name() -> None:
    context = ssl_options_to_context({"cert_reqs": ssl.CERT_NONE}, server_side=False)
    assert not context.check_hostname


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(AssertionError, match="certifle"):
        ssl_options_to_context({"certifle": "typing error"})


def test_wrapping() -> None:
    ours, theirs = socket_pair()
    server = ssl_wrap_socket(
        ours, server_context(), server_side=True, do_handshake_on_connect=False
    )
    client = ssl_wrap_socket(
        theirs, client_context(), server_hostname="localhost", do_handshake_on_connect=False
    )
    assert server.server_side
    assert not client.server_side
    assert client.server_hostname == "localhost"
    server.close()
    client.close()


def test_the_defaults() -> None:
    assert client_ssl_defaults().check_hostname
    assert client_ssl_defaults() is client_ssl_defaults()
    assert server_ssl_defaults().verify_mode == ssl.CERT_NONE
