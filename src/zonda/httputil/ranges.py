"""Byte ranges, RFC 9110 section 14."""

from __future__ import annotations

import re

__all__ = ["_get_content_range", "_parse_request_range"]

# One range only: static files do not send multipart/byteranges.
# Units are case-insensitive (section 14.1), a missing hyphen is read as one at the end, and a
# hundred digits are more than any file has.
_single_range = re.compile(
    r"[ \t]*+bytes[ \t]*+=[ \t]*+([0-9]{0,100}+)[ \t]*+(?:-[ \t]*+([0-9]{0,100}+)[ \t]*+)?",
    re.IGNORECASE,
).fullmatch


def _parse_request_range(range_header: str) -> tuple[int | None, int | None] | None:
    """The slice that a Range field asks for, or None if it is not one byte range.

    Gives ``(start, end)`` to be used as ``content[start:end]``: `end` is exclusive, a suffix
    range has a negative start.

    >>> _parse_request_range("bytes=1-2")
    (1, 3)
    >>> _parse_request_range("bytes=6-")
    (6, None)
    >>> _parse_request_range("bytes=-6")
    (-6, None)
    >>> _parse_request_range("bytes=-0")
    (None, 0)
    >>> _parse_request_range("bytes=1-2,3-4")
    """
    match = _single_range(range_header)
    if match is None:
        return None
    first, last = match.groups()
    if first:
        return int(first), int(last) + 1 if last else None
    if last:
        return (-int(last), None) if int(last) else (None, 0)
    return None, None


def _get_content_range(start: int | None, end: int | None, total: int) -> str:
    """The Content-Range value for ``content[start:end]`` of `total` bytes.

    >>> _get_content_range(None, 1, 4)
    'bytes 0-0/4'
    >>> _get_content_range(1, 3, 4)
    'bytes 1-2/4'
    >>> _get_content_range(None, None, 4)
    'bytes 0-3/4'
    """
    return f"bytes {start or 0}-{(end or total) - 1}/{total}"
