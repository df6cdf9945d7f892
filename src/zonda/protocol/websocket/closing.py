"""Why a WebSocket connection ends: close codes and close frames (RFC 6455 5.5.1, 7.4)."""

from __future__ import annotations

from typing import Final, NamedTuple

from zonda._kernel.errors import Fault
from zonda._kernel.frame_faults import NOT_UTF8

__all__ = [
    "GOING_AWAY",
    "INTERNAL_ERROR",
    "NORMAL",
    "Close",
    "close_payload",
    "is_sendable",
    "parse_close",
]

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
INTERNAL_ERROR: Final = 1011

# RFC 6455 7.4.1 and the IANA registry; 1004 to 1006 and 1015 may not be sent.
_REGISTERED: Final = frozenset(
    (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014)
)

_ONE_BYTE: Final = Fault(1002, "close frame with half a close code")
_BAD_CODE: Final = Fault(1002, "close code that may not be sent")


class Close(NamedTuple):
    """What a close frame says: a code and a reason, or neither."""

    code: int | None
    reason: str | None


def is_sendable(code: int) -> bool:
    """Whether ``code`` may stand in a close frame (RFC 6455 7.4)."""
    return code in _REGISTERED or 3000 <= code <= 4999


def parse_close(payload: bytes) -> Close | Fault:
    """The content of a close frame, or what is wrong with it."""
    if not payload:
        return Close(None, None)
    if len(payload) == 1:
        return _ONE_BYTE
    code = int.from_bytes(payload[:2], "big")
    if not is_sendable(code):
        return _BAD_CODE
    try:
        return Close(code, payload[2:].decode() or None)
    except UnicodeDecodeError:
        return NOT_UTF8


def close_payload(code: int | None, reason: str | None) -> bytes:
    """The content of a close frame; a reason without a code goes with 1000.

    Raises:
        ValueError: the code may not be sent, or the reason is longer than 123 bytes.
    """
    if code is None:
        if not reason:
            return b""
        code = NORMAL
    if not is_sendable(code):
        raise ValueError(
            f"{code} may not be sent as a close code; use 1000, another registered one, "
            "or one from 3000 to 4999 (RFC 6455 7.4)"
        )
    encoded = (reason or "").encode()
    if len(encoded) > 123:
        raise ValueError(f"a close reason has at most 123 bytes of UTF-8, not {len(encoded)}")
    return code.to_bytes(2, "big") + encoded
