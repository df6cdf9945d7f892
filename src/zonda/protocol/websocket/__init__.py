"""WebSocket without I/O: handshake, frames, messages, compression, close (RFC 6455, RFC 7692)."""

from zonda.protocol.websocket.closing import GOING_AWAY, INTERNAL_ERROR, Close
from zonda.protocol.websocket.deflate import Deflate
from zonda.protocol.websocket.extensions import (
    DeflateParameters,
    accept_offer,
    accept_response,
    offer,
    parse_extensions,
)
from zonda.protocol.websocket.handshake import (
    HandshakeError,
    accept_value,
    check_request,
    check_response,
    checked_subprotocols,
    new_key,
    subprotocols,
)
from zonda.protocol.websocket.machine import (
    BINARY,
    BROKEN,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Event,
    WebSocket,
)
from zonda.protocol.websocket.sharing import SharedMessage

__all__ = [
    "BINARY",
    "BROKEN",
    "CLOSE",
    "GOING_AWAY",
    "INTERNAL_ERROR",
    "PING",
    "PONG",
    "TEXT",
    "Close",
    "Deflate",
    "DeflateParameters",
    "Event",
    "HandshakeError",
    "SharedMessage",
    "WebSocket",
    "accept_offer",
    "accept_response",
    "accept_value",
    "check_request",
    "check_response",
    "checked_subprotocols",
    "new_key",
    "offer",
    "parse_extensions",
    "subprotocols",
]
