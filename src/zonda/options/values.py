"""Text to values, for each type that an option can have."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from zonda.escape import to_unicode

#: Tried in this order; a time alone is of the year 1900.  ISO 8601 is tried last.
_DATETIME_FORMATS = (
    "%a %b %d %H:%M:%S %Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d %H:%M",
    "%Y-%m-%d",
    "%Y%m%d",
    "%H:%M:%S",
    "%H:%M",
)

_TIMEDELTA_UNITS = {
    "": "seconds",
    "d": "days",
    "h": "hours",
    "m": "minutes",
    "min": "minutes",
    "ms": "milliseconds",
    "s": "seconds",
    "sec": "seconds",
    "us": "microseconds",
    "w": "weeks",
    **{
        unit: unit
        for unit in (
            "days",
            "hours",
            "microseconds",
            "milliseconds",
            "minutes",
            "seconds",
            "weeks",
        )
    },
}
_TIMEDELTA_PART = re.compile(
    r"\s*(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>[A-Za-z]*)\s*"
)

_FALSE = ("false", "0", "f")


def _parse_datetime(text: str) -> datetime.datetime:
    for form in _DATETIME_FORMATS:
        try:
            return datetime.datetime.strptime(text, form)
        except ValueError:
            pass
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write a date or time as 2006-01-02 15:04:05 or a part of it") from None


def _parse_timedelta(text: str) -> datetime.timedelta:
    total = datetime.timedelta()
    position = 0
    while position < len(text):
        part = _TIMEDELTA_PART.match(text, position)
        unit = _TIMEDELTA_UNITS.get(part["unit"]) if part else None
        if part is None or unit is None:
            raise ValueError("write a length of time as 90, 1.5h, 1h 30min, 2 days or 10ms")
        try:
            total += datetime.timedelta(**{unit: float(part["number"])})
        except OverflowError:
            raise ValueError("that is longer than a timedelta can be") from None
        position = part.end()
    return total


def _parse_bool(text: str) -> bool:
    return text.lower() not in _FALSE


_PARSERS: dict[type, Callable[[str], Any]] = {
    bool: _parse_bool,
    datetime.datetime: _parse_datetime,
    datetime.timedelta: _parse_timedelta,
    str: to_unicode,
}


def parse_one(kind: type, text: str) -> Any:
    """Return *text* as a value of the type *kind*.

    Raises ``ValueError``, or what a type of the program's own raises.
    """
    return _PARSERS.get(kind, kind)(text)


def parse_many(kind: type, text: str) -> list[Any]:
    """Return the values in *text*, which are separated by commas.

    Whole numbers can be given as ranges, both ends included: ``1:3`` is 1, 2, 3.
    """
    values: list[Any] = []
    ranges = issubclass(kind, int) and kind is not bool
    for part in text.split(","):
        first, colon, last = part.partition(":")
        if ranges and colon:
            low = kind(first)
            values += range(low, (kind(last) if last else low) + 1)
        else:
            values.append(parse_one(kind, part))
    return values
