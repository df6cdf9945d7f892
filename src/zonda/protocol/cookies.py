"""Reading the Cookie field the way browsers write and read it.

RFC 6265 section 4.1.1 describes what servers should produce; browsers follow section 5, which
splits at every semicolon and takes nearly anything between. Reading more strictly than they do
lets one cookie hide another (``_utma=1[_xsrf=evil; _xsrf=good`` holds two cookies, not three).
Every step is linear in the length of the field (CVE-2024-52804).
"""

from __future__ import annotations

import re

__all__ = ["parse_cookie"]

# What http.cookies puts into a quoted value: \" \\ and three octal digits for one byte.
_escaped = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))").sub


def _unescape(match: re.Match[str]) -> str:
    octal: str | None = match[1]
    return chr(int(octal, 8)) if octal else match[2]


def _unquote(value: str) -> str:
    """Undo the quoting that `http.cookies` applies; leave any other value as it is."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    value = value[1:-1]
    return _escaped(_unescape, value) if "\\" in value else value


def parse_cookie(cookie: str) -> dict[str, str]:
    """Split the value of a Cookie field into names and values; of equal names the last wins.

    A piece without ``=`` is the value of a cookie without a name. Values in double quotes are
    unquoted. Never fails.

    >>> parse_cookie('a=1; b="two words"; a=3')
    {'a': '3', 'b': 'two words'}
    """
    cookies = {}
    for piece in cookie.split(";"):
        name, equals, value = piece.partition("=")
        if not equals:
            name, value = "", name
        name, value = name.strip(), value.strip()
        if name or value:
            cookies[name] = _unquote(value)
    return cookies
