"""The opening handshake, both ends of it (RFC 6455 4)."""

from __future__ import annotations

import binascii
import os
from base64 import b64decode, b64encode
from hashlib import sha1
from typing import TYPE_CHECKING

from zonda.httputil.abnf import _ABNF

if TYPE_CHECKING:
    from zonda.httputil import HTTPHeaders

__all__ = [
    "HandshakeError",
    "accept_value",
    "check_request",
    "check_response",
    "checked_subprotocols",
    "new_key",
    "subprotocols",
]

# RFC 9110 section 5.6.2
_is_token = _ABNF.token.fullmatch

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_VERSION = "13"


class HandshakeError(ValueError):
    """A handshake that cannot be accepted; ``status`` is what a server answers with.

    With 426 goes a ``Sec-WebSocket-Version`` field of 13 (RFC 6455 section 4.2.2).
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def new_key() -> str:
    """A ``Sec-WebSocket-Key``."""
    return b64encode(os.urandom(16)).decode("ascii")


def accept_value(key: str) -> str:
    """The ``Sec-WebSocket-Accept`` that proves that a key was read."""
    digest = sha1((key + _GUID).encode("latin-1"), usedforsecurity=False).digest()
    return b64encode(digest).decode("ascii")


def check_request(version: str, headers: HTTPHeaders) -> str:
    """The key of a client's handshake.

    Args:
        version: the request's HTTP version, such as ``HTTP/1.1``.

    Raises:
        HandshakeError: it is none (RFC 6455 section 4.2.1).
    """
    if headers.get("Upgrade", "").strip().lower() != "websocket":
        raise HandshakeError(400, 'Can "Upgrade" only to "WebSocket".')
    if "upgrade" not in _tokens(headers.get("Connection", "").lower()):
        raise HandshakeError(400, '"Connection" must be "Upgrade".')
    if version == "HTTP/1.0":
        raise HandshakeError(400, "WebSocket needs HTTP/1.1.")
    if headers.get("Sec-WebSocket-Version", "") != _VERSION:
        raise HandshakeError(426, "WebSocket version 13 is needed.")
    keys = headers.get_list("Sec-WebSocket-Key")
    if len(keys) != 1 or not _is_key(keys[0]):
        raise HandshakeError(400, "One Sec-WebSocket-Key of 16 bytes is needed.")
    return keys[0]


def check_response(key: str, headers: HTTPHeaders) -> None:
    """Make sure that a 101 response accepts the handshake that was sent.

    Raises:
        HandshakeError: it does not (RFC 6455 section 4.1).
    """
    if headers.get("Upgrade", "").strip().lower() != "websocket":
        raise HandshakeError(502, "the server did not upgrade to WebSocket")
    if "upgrade" not in _tokens(headers.get("Connection", "").lower()):
        raise HandshakeError(502, "the server's Connection field lacks upgrade")
    if headers.get_list("Sec-WebSocket-Accept") != [accept_value(key)]:
        raise HandshakeError(502, "the server's Sec-WebSocket-Accept does not fit the key")


def subprotocols(headers: HTTPHeaders) -> list[str]:
    """The subprotocols that a client proposes, in its order."""
    return _tokens(headers.get("Sec-WebSocket-Protocol", ""))


def checked_subprotocols(names: list[str]) -> list[str]:
    """The subprotocols that a client is about to propose (RFC 6455 section 4.1).

    Raises:
        ValueError: one is no token: it might be read as two, or as another field.
    """
    for name in names:
        if not _is_token(name):
            raise ValueError(
                f"{name!r} cannot be a subprotocol: use letters, digits and !#$%&'*+-.^_`|~"
            )
    return names


def _tokens(value: str) -> list[str]:
    return [token for part in value.split(",") if (token := part.strip())]


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
