"""The opening handshake."""

from base64 import b64decode

import pytest

from zonda.httputil import HTTPHeaders
from zonda.protocol.websocket.handshake import (
    HandshakeError,
    accept_value,
    check_request,
    check_response,
    checked_subprotocols,
    new_key,
    subprotocols,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
REQUEST = {
    "Upgrade": "WebSocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}
RESPONSE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
}


def test_the_accept_value_is_the_one_of_the_standard() -> None:
    assert accept_value(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 1.3


def test_keys_are_random() -> None:
    assert len(b64decode(new_key())) == 16
    assert new_key() != new_key()


def test_a_good_request_gives_its_key() -> None:
    assert check_request("HTTP/1.1", HTTPHeaders(REQUEST)) == KEY


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("Upgrade", "h2c", 400),
        ("Upgrade", None, 400),
        ("Connection", "close", 400),
        ("Connection", None, 400),
        ("Sec-WebSocket-Version", "8", 426),
        ("Sec-WebSocket-Version", "13, 8", 426),
        ("Sec-WebSocket-Version", None, 426),
        ("Sec-WebSocket-Key", None, 400),
        ("Sec-WebSocket-Key", "short", 400),
        ("Sec-WebSocket-Key", KEY[:-4] + "!g==", 400),
        ("Sec-WebSocket-Key", "é" * 24, 400),
    ],
)
def test_a_bad_request_is_refused(name: str, value: str | None, status: int) -> None:
    headers = HTTPHeaders(REQUEST)
    del headers[name]
    if value is not None:
        headers[name] = value
    with pytest.raises(HandshakeError) as caught:
        check_request("HTTP/1.1", headers)
    assert caught.value.status == status


def test_neither_two_keys_nor_an_old_version_of_http_will_do() -> None:
    headers = HTTPHeaders(REQUEST)
    with pytest.raises(HandshakeError):
        check_request("HTTP/1.0", headers)
    headers.add("Sec-WebSocket-Key", KEY)
    with pytest.raises(HandshakeError):
        check_request("HTTP/1.1", headers)


@pytest.mark.parametrize("name", RESPONSE)
def test_a_response_must_prove_that_the_key_was_read(name: str) -> None:
    check_response(KEY, HTTPHeaders(RESPONSE))
    with pytest.raises(HandshakeError):
        check_response(KEY, HTTPHeaders({**RESPONSE, name: "other"}))


def test_subprotocols_are_a_list() -> None:
    assert subprotocols(HTTPHeaders({"Sec-WebSocket-Protocol": "a, b ,,c"})) == ["a", "b", "c"]
    assert subprotocols(HTTPHeaders()) == []


@pytest.mark.parametrize("name", ["", "a b", "a,b", "a\r\nb", "é", 'a"b', "a;b", "a\x7f"])
def test_a_subprotocol_that_is_no_token_is_not_proposed(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a subprotocol"):
        checked_subprotocols(["good", name])
    assert checked_subprotocols(["good", "v2.x+json"]) == ["good", "v2.x+json"]
