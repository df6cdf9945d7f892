"""Agreeing on permessage-deflate (RFC 6455 9.1, RFC 7692 5 and 7.1)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["DeflateParameters", "accept_offer", "accept_response", "offer", "parse_extensions"]

DEFLATE: Final = "permessage-deflate"

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(
    rf'[ \t]*({_TOKEN})(?:[ \t]*=[ \t]*(?:({_TOKEN})|"({_TOKEN})"))?[ \t]*(;|,|\Z)'
)
_BITS = re.compile(r"[89]|1[0-5]")

Extension = tuple[str, list[tuple[str, str | None]]]


class DeflateParameters(NamedTuple):
    """What both sides agreed on (RFC 7692 7.1)."""

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15

    def encode(self) -> str:
        """As an element of ``Sec-WebSocket-Extensions``; defaults are left out."""
        parts = [DEFLATE]
        for name, value in self._asdict().items():
            if value is True:
                parts.append(name)
            elif value is not False and value != 15:
                parts.append(f"{name}={value}")
        return "; ".join(parts)


def parse_extensions(value: str) -> list[Extension]:
    """The elements of ``Sec-WebSocket-Extensions``: names with their parameters.

    Raises:
        ValueError: the value does not follow RFC 6455 section 9.1.
    """
    extensions: list[Extension] = []
    position = 0
    parameters: list[tuple[str, str | None]] | None = None
    while True:
        match = _PARAMETER.match(value, position)
        if match is None:
            raise ValueError("malformed Sec-WebSocket-Extensions")
        name, token, quoted, separator = match.groups()
        if parameters is None:
            if token or quoted:
                raise ValueError("malformed Sec-WebSocket-Extensions")
            parameters = []
            extensions.append((name, parameters))
        else:
            parameters.append((name, token or quoted))
        position = match.end()
        if separator == ",":
            parameters = None
        elif not separator:
            return extensions


def _read(parameters: list[tuple[str, str | None]], *, offered: bool) -> DeflateParameters:
    """The parameters as they stand. Raises ValueError for any that RFC 7692 does not have."""
    found: dict[str, int] = {}
    for name, value in parameters:
        if name in found:
            raise ValueError(f"{name} is given twice")
        if name in ("server_no_context_takeover", "client_no_context_takeover"):
            if value is not None:
                raise ValueError(f"{name} takes no value")
            found[name] = True
        elif name in ("server_max_window_bits", "client_max_window_bits"):
            if value is None and offered and name == "client_max_window_bits":
                value = "15"
            if value is None or not _BITS.fullmatch(value):
                raise ValueError(f"{name} is a number from 8 to 15")
            found[name] = int(value)
        else:
            raise ValueError(f"permessage-deflate has no parameter {name}")
    return DeflateParameters(**found)  # type: ignore[arg-type]


def accept_offer(
    extensions: list[Extension], wanted: DeflateParameters
) -> DeflateParameters | None:
    """What a server agrees to: the first offer that it can keep, or None.

    Args:
        wanted: limits that the server puts on itself, or asks of the client.
    """
    for name, parameters in extensions:
        if name.lower() != DEFLATE:
            continue
        try:
            asked = _read(parameters, offered=True)
        except ValueError:
            continue  # RFC 7692 section 7: decline this offer
        return DeflateParameters(
            asked.server_no_context_takeover or wanted.server_no_context_takeover,
            asked.client_no_context_takeover or wanted.client_no_context_takeover,
            min(asked.server_max_window_bits, wanted.server_max_window_bits),
            # The client's window may be limited only if it says that it understands this.
            min(asked.client_max_window_bits, wanted.client_max_window_bits)
            if any(name == "client_max_window_bits" for name, _ in parameters)
            else 15,
        )
    return None


def offer(wanted: DeflateParameters) -> str:
    """What a client proposes; it lets the server limit the client's window."""
    encoded = wanted.encode()
    if wanted.client_max_window_bits == 15:
        encoded += "; client_max_window_bits"
    return encoded


def accept_response(
    extensions: list[Extension], wanted: DeflateParameters | None
) -> DeflateParameters | None:
    """What the server made of a client's offer; None if it declined.

    Raises:
        ValueError: it agreed to something that was not offered (RFC 6455 section 4.1).
    """
    if not extensions:
        return None
    name, parameters = extensions[0]
    if len(extensions) > 1 or name.lower() != DEFLATE or wanted is None:
        raise ValueError("the server uses an extension that was not offered")
    agreed = _read(parameters, offered=False)
    if wanted.server_no_context_takeover and not agreed.server_no_context_takeover:
        raise ValueError("the server does not do without context takeover")
    if agreed.server_max_window_bits > wanted.server_max_window_bits:
        raise ValueError("the server uses a larger window than was asked for")
    return agreed._replace(
        client_no_context_takeover=agreed.client_no_context_takeover
        or wanted.client_no_context_takeover,
        client_max_window_bits=min(agreed.client_max_window_bits, wanted.client_max_window_bits),
    )
