"""Rules of HTTP's grammar as compiled patterns, under the names that the RFCs give them.

A message's text is latin-1 here: the bytes above US-ASCII, which the grammar calls ``obs-text``,
are the characters U+0080 to U+00FF.
"""

from __future__ import annotations

import re

__all__ = ["_ABNF"]

# The kernel has a TCHAR of its own: this room is imported without it.
_TCHAR = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_VCHAR = r"[\x21-\x7e\x80-\xff]"
_TEXT = r"[\t\x20-\x7e\x80-\xff]"
_VERSION = r"HTTP/[0-9]\.[0-9]"

_RULES = {
    # RFC 9110 sections 5.6.2, 9.1 and 5.1
    "token": rf"{_TCHAR}+",
    "method": rf"{_TCHAR}+",
    "field_name": rf"{_TCHAR}+",
    # Section 5.5: blanks inside only
    "field_value": rf"(?:{_VCHAR}(?:{_TEXT}*{_VCHAR})?)?",
    # RFC 9112 section 3. The target is any run of visible characters, and of the bytes above
    # US-ASCII that browsers let slip into it.
    "request_target": rf"{_VCHAR}+",
    "request_line": rf"({_TCHAR}+) ({_VCHAR}+) ({_VERSION})",
    # Section 4: the reason may be empty, the space before it is not optional.
    "reason_phrase": rf"{_TEXT}+",
    "status_line": rf"({_VERSION}) ([0-9]{{3}}) ({_TEXT}*)",
}


class _Grammar:
    """The rules by name, each compiled when it is first asked for."""

    token: re.Pattern[str]
    method: re.Pattern[str]
    field_name: re.Pattern[str]
    field_value: re.Pattern[str]
    request_target: re.Pattern[str]
    #: Its groups are method, target and version.
    request_line: re.Pattern[str]
    reason_phrase: re.Pattern[str]
    #: Its groups are version, status and reason.
    status_line: re.Pattern[str]

    def __getattr__(self, name: str) -> re.Pattern[str]:
        if name not in _RULES:
            raise AttributeError(f"no rule {name!r} of HTTP's grammar is kept here")
        pattern = re.compile(_RULES[name])
        setattr(self, name, pattern)
        return pattern


_ABNF = _Grammar()
