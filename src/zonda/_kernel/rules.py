"""The rare and intricate rules, written once for both twins.

The native twin decides the common case on the raw bytes (a target that begins with
``/``, a plain host name, ``chunked``) and asks here about everything else, so the
grammar of URIs and transfer codings exists in one place only. All text is latin-1.
"""

import re
from collections.abc import Iterable

from zonda._kernel.errors import (
    BAD_ASTERISK,
    BAD_AUTHORITY,
    BAD_CODING,
    BAD_CONNECT,
    BAD_LENGTH,
    BAD_TARGET,
    CHUNKED_NOT_LAST,
    CHUNKED_PARAMETER,
    LENGTHS_DIFFER,
    UNKNOWN_CODING,
    Fault,
    fail,
)

HEAD_LIMIT = 2**31 - 1
"""Bytes beyond which no head may grow, whatever ``max_size`` says."""

# Possessive quantifiers keep every pattern here linear on hostile input.
TCHAR = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
QUOTED = r'"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*+"'

_REG_NAME = re.compile(
    r"((?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*+)(?::([0-9]{0,5}))?"  # RFC 3986 3.2.2
)
_is_plain_host = re.compile(r"[A-Za-z0-9\-._]*+(?::[0-9]{1,4}+)?+").fullmatch
_IP_LITERAL = re.compile(r"\[([0-9A-Fa-f:.]++)\](?::([0-9]{0,5}))?")
_H16 = re.compile(r"[0-9A-Fa-f]{1,4}")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_LENGTH = re.compile(r"[0-9]{1,18}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*+://")
_PARAMETER = rf"[ \t]*+;[ \t]*+{TCHAR}++[ \t]*+=[ \t]*+(?:{TCHAR}++|{QUOTED})"
_CODING = re.compile(rf"({TCHAR}++)((?:{_PARAMETER})*+)")
_CODINGS = re.compile(rf"{_CODING.pattern}(?:[ \t]*+,[ \t]*+{_CODING.pattern})*+")


def is_ipv6(text: str) -> bool:
    """Whether ``text`` is an IPv6address of RFC 3986 3.2.2 (no zone)."""
    before, gap, after = text.partition("::")
    left = before.split(":") if before else []
    right = after.split(":") if after else []
    groups = left + right
    size = len(groups)
    if groups and "." in groups[-1] and (right or not gap):
        if not _IPV4.fullmatch(groups.pop()):
            return False
        size += 1
    if not all(map(_H16.fullmatch, groups)):
        return False
    return size <= 7 if gap else size == 8


def split_host(text: str) -> tuple[str, str] | None:
    """Host and port of ``uri-host [":" port]``; None when it is not well-formed.

    Both may be empty. A port has at most five digits and is at most 65535.
    """
    match = _REG_NAME.fullmatch(text)
    if match is None:
        match = _IP_LITERAL.fullmatch(text)
        if match is None or not is_ipv6(match[1]):
            return None
    port = match[2] or ""
    return None if port and int(port) > 65535 else (match[1], port)


def is_host(text: str) -> bool:
    """Whether ``text`` may be the value of Host (RFC 9110 7.2)."""
    return _is_plain_host(text) is not None or split_host(text) is not None


def locate(method: str, target: str) -> tuple[int, int, int, int]:
    """Where the parts of a request target are (RFC 9112 3.2).

    Returns:
        start and end of the authority, start and end of the path. An empty path span
        stands for ``/`` (absolute form without a path). A query, if there is one,
        begins one past the end of the path.

    Raises:
        BadHead: the target is in no form that this method may have.
    """
    size = len(target)
    if method == "CONNECT":
        parts = split_host(target)
        if parts is None or not parts[0] or not parts[1] or int(parts[1]) == 0:
            fail(BAD_CONNECT)
        return 0, size, 0, size
    if target.startswith("/"):
        mark = target.find("?")
        return 0, 0, 0, size if mark < 0 else mark
    if target == "*":
        if method != "OPTIONS":
            fail(BAD_ASTERISK)
        return 0, 0, 0, 1
    scheme = _SCHEME.match(target)
    if scheme is None:
        fail(BAD_TARGET)
    begin = scheme.end()
    mark = target.find("?", begin)
    end = size if mark < 0 else mark
    slash = target.find("/", begin, end)
    path = end if slash < 0 else slash
    parts = split_host(target[begin:path])
    if parts is None or not parts[0]:
        fail(BAD_AUTHORITY)
    return begin, path, path, end


def read_lengths(value: str, known: str | None) -> str:
    """The digits of Content-Length: one number, or the same one again and again.

    Args:
        value: a field's value, maybe a comma list.
        known: the digits of an earlier Content-Length field.

    Raises:
        BadHead: the first is no number of 1 to 18 digits, or they differ (RFC 9112 6.3).
    """
    for part in value.split(","):
        digits = part.strip(" \t")
        if known is None:
            if not _LENGTH.fullmatch(digits):
                fail(BAD_LENGTH)
            known = digits
        elif digits != known:
            fail(LENGTHS_DIFFER)
    assert known is not None, "a split has at least one part"
    return known


def coding_fault(value: str) -> Fault:
    """What is wrong with a Transfer-Encoding value that is not plain ``chunked``."""
    if not _CODINGS.fullmatch(value):
        return BAD_CODING
    codings = [(name.lower(), parameters) for name, parameters in _CODING.findall(value)]
    if any(name == "chunked" for name, _ in codings[:-1]):
        return CHUNKED_NOT_LAST
    if codings[-1][0] == "chunked" and codings[-1][1]:
        return CHUNKED_PARAMETER
    return UNKNOWN_CODING


_NAME = re.compile(rf"{TCHAR}++")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*+")


def check_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Raise for the first field that must not be sent (RFC 9110 5.1 and 5.5).

    Raises:
        TypeError: a name or a value is not a str.
        ValueError: a name is not a token, or a value holds a control character or is not
            latin-1.
    """
    for name, value in fields:
        try:
            good = _NAME.fullmatch(name) and _VALUE.fullmatch(value)
        except TypeError:
            good = None
        if not good:
            raise _field_error(name, value)


def _field_error(name: object, value: object) -> TypeError | ValueError:
    if not isinstance(name, str) or not isinstance(value, str):
        kinds = f"{type(name).__name__} and {type(value).__name__}"
        return TypeError(f"header field {name!r}: name and value must be str, not {kinds}")
    if not _NAME.fullmatch(name):
        return ValueError(
            f"header field name {name!r} is not a token: use letters, digits and !#$%&'*+-.^_`|~"
        )
    if any(char > "\xff" for char in value):
        return ValueError(
            f"value of header field {name} is not latin-1: encode other text, "
            "for example with url_escape"
        )
    return ValueError(
        f"value of header field {name} holds a control character (such as CR, LF or NUL): "
        "remove or encode it"
    )
