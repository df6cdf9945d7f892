"""Field values of the form ``value; name=text; name="quoted text"; name*=UTF-8''e%20xt``.

RFC 9110 section 5.6.6, with the extended notation of RFC 8187 and the numbered continuations of
RFC 2231 section 3 that it grew out of. Possessive patterns keep every step linear in the length
of the value (CVE-2025-67726).
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

__all__ = ["parse_parameters"]

# A semicolon within quotes does not separate. A quotation that is not closed reaches to the end.
_piece = re.compile(r'(?:[^";]++|"(?:[^"\\]++|\\.?)*+(?:"|\Z))*+', re.DOTALL).match

# Only these two: browsers of old did not escape the backslashes of Windows paths.
_escaped = re.compile(r'\\(["\\])').sub

_quoted = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL).fullmatch

_extended_name = re.compile(r"([^*]+)(?:\*([0-9]{1,4}))?(\*)?").fullmatch

# RFC 8187 section 3.2.1 wants UTF-8 only. More codecs would be more ways to be surprised.
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "iso-8859-1": "latin-1",
    "us-ascii": "ascii",
    "": "utf-8",
}

_Segments = list[tuple[int, bool, str]]


def parse_parameters(value: str, *, strict: bool = False) -> tuple[str, dict[str, str]]:
    """Split a field value into what stands first and its parameters, names in lower case.

    Of equal names the last wins, but an extended one (``name*=``) wins over a plain one. What
    cannot be decoded is decoded as well as possible, and what is no parameter is left out; with
    `strict` both raise `ValueError`, as do equal names.

    >>> parse_parameters('form-data; name="a;b"; filename*=UTF-8\\'\\'%e2%82%ac.txt')
    ('form-data', {'name': 'a;b', 'filename': '€.txt'})
    """
    first, *pieces = _split(value)
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    for piece in pieces:
        name, equals, text = piece.partition("=")
        name, text = name.strip().lower(), text.strip()
        if strict and piece.strip():
            _check(name, equals, text, name in plain or name in extended)
        if equals:
            (extended if "*" in name else plain)[name] = _unquote(text)
    if extended:
        plain.update(_decode_all(extended, strict))
    return first.strip(), plain


def _split(value: str) -> list[str]:
    pieces = []
    start = 0
    while start <= len(value):
        match = _piece(value, start)
        assert match is not None  # the pattern matches the empty string
        pieces.append(match[0])
        start = match.end() + 1
    return pieces


def _check(name: str, equals: str, text: str, again: bool) -> None:
    if not name or not equals:
        raise ValueError("parameter is not name=value")
    if again:
        raise ValueError(f"parameter {name} is repeated")
    if '"' in text and not _quoted(text):
        raise ValueError(f"parameter {name} is not quoted correctly")


def _unquote(text: str) -> str:
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return _escaped(r"\1", text[1:-1])


def _decode_all(extended: dict[str, str], strict: bool) -> dict[str, str]:
    """Put continuations together and decode what is encoded."""
    decoded: dict[str, str] = {}
    segments: dict[str, _Segments] = {}
    for name, text in extended.items():
        match = _extended_name(name)
        if match is None:
            decoded[name] = text
        else:
            segment = (int(match[2] or 0), bool(match[3]), text)
            segments.setdefault(match[1], []).append(segment)
    for name, parts in segments.items():
        decoded[name] = _decode(sorted(parts), strict)
    return decoded


def _decode(segments: _Segments, strict: bool) -> str:
    if not any(encoded for _, encoded, _ in segments):
        return "".join([text for _, _, text in segments])
    charset = ""
    raw = b""
    for position, (_, encoded, text) in enumerate(segments):
        if encoded and position == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw += unquote_to_bytes(text) if encoded else text.encode()
    codec = _CHARSETS.get(charset.lower())
    if codec is None:
        if strict:
            raise ValueError("extended parameter in a charset other than UTF-8")
        codec = "latin-1"
    return raw.decode(codec, "strict" if strict else "replace")
