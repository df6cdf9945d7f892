"""Dates in ``Expires``, read as leniently as browsers do (RFC 6265 section 5.1.1)."""

from __future__ import annotations

import re
from calendar import timegm
from typing import Final

__all__ = ["parse_cookie_date"]

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
# What is no delimiter. Every piece is looked at once, in the order of the RFC.
_PIECES: Final = re.compile(r"[^\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+").finditer
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])").match
_DAY: Final = re.compile(r"([0-9]{1,2})(?![0-9])").match
_YEAR: Final = re.compile(r"([0-9]{2,4})(?![0-9])").match


def parse_cookie_date(text: str) -> int | None:
    """Epoch seconds; None if this is no date.

    >>> parse_cookie_date("Sun, 06 Nov 1994 08:49:37 GMT")
    784111777
    """
    time = day = month = year = None
    for piece in _PIECES(text):
        word = piece[0]
        if time is None and (match := _TIME(word)):
            time = tuple(map(int, match.groups()))
        elif day is None and (match := _DAY(word)):
            day = int(match[1])
        elif month is None and word[:3].lower() in _MONTHS:
            month = _MONTHS.index(word[:3].lower()) + 1
        elif year is None and (match := _YEAR(word)):
            year = int(match[1])
    if time is None or day is None or month is None or year is None:
        return None
    if year <= 69:
        year += 2000
    elif year <= 99:
        year += 1900
    hour, minute, second = time
    if year < 1601 or hour > 23 or minute > 59 or second > 59 or not _exists(year, month, day):
        return None
    return timegm((year, month, day, hour, minute, second))


def _exists(year: int, month: int, day: int) -> bool:
    from calendar import monthrange

    return 1 <= day <= monthrange(year, month)[1]
