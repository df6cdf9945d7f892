"""Field values with parameters, under Tornado's names."""

from __future__ import annotations

from collections.abc import Mapping

from zonda.protocol.parameters import parse_parameters

__all__ = ["_encode_header", "_parse_header"]


def _parse_header(line: str) -> tuple[str, dict[str, str]]:
    """Split a field value into what stands first and its parameters, names in lower case.

    >>> _parse_header('text/html; charset="utf-8"')
    ('text/html', {'charset': 'utf-8'})
    """
    return parse_parameters(line)


def _encode_header(key: str, pdict: Mapping[str, object]) -> str:
    """Put a field value together, parameters sorted; those whose value is None stand alone.

    Nothing is quoted.

    >>> _encode_header("permessage-deflate", {"server_max_window_bits": 15, "x": None})
    'permessage-deflate; server_max_window_bits=15; x'
    """
    parts = [key]
    for name, value in sorted(pdict.items()):
        parts.append(name if value is None else f"{name}={value}")
    return "; ".join(parts)
