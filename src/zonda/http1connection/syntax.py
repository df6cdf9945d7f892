"""Numbers and codings in header fields, judged as strictly as the kernel judges them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from zonda.httputil import HTTPInputError

__all__ = [
    "CR_OR_LF_RE",
    "DIGITS",
    "HEXDIGITS",
    "is_transfer_encoding_chunked",
    "parse_hex_int",
    "parse_int",
]

CR_OR_LF_RE = re.compile(b"\r|\n")
#: A decimal number as RFC 9110 writes it, without sign, blanks or underscores.
DIGITS = re.compile(r"[0-9]+")
#: The same in hexadecimal.
HEXDIGITS = re.compile(r"[0-9a-fA-F]+")


def parse_int(s: str) -> int:
    """A number of ASCII digits only.

    Raises:
        ValueError: there is anything else in it, which ``int()`` might let pass.
    """
    if not DIGITS.fullmatch(s):
        raise ValueError(f"not an integer: {s!r}")
    return int(s)


def parse_hex_int(s: str) -> int:
    """A number of hexadecimal ASCII digits only; raises as `parse_int`."""
    if not HEXDIGITS.fullmatch(s):
        raise ValueError(f"not a hexadecimal integer: {s!r}")
    return int(s, 16)


def is_transfer_encoding_chunked(headers: Mapping[str, str]) -> bool:
    """Whether a message's body is chunked.

    Raises:
        HTTPInputError: it has another transfer coding, or a ``Content-Length`` besides
            (RFC 9112 section 6.3).
    """
    coding = headers.get("Transfer-Encoding")
    if coding is None:
        return False
    if "Content-Length" in headers:
        raise HTTPInputError("Message with both Transfer-Encoding and Content-Length")
    if coding.lower() == "chunked":
        return True
    raise HTTPInputError(f"Unsupported Transfer-Encoding {coding!r}")
