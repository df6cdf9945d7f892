"""HTTP dates."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

__all__ = ["format_timestamp"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_timestamp(
    ts: int | float | tuple[int, ...] | time.struct_time | datetime.datetime,
) -> str:
    """Format a time as an IMF-fixdate, RFC 9110 section 5.6.7.

    `ts` is in seconds since the epoch, a time tuple in UTC as `time.gmtime` gives it, or a
    `datetime.datetime`; a naive one is taken as UTC. Raises `TypeError` for anything else and
    `ValueError` or `OverflowError` for times outside the years 1 to 9999.

    >>> format_timestamp(1359312200)
    'Sun, 27 Jan 2013 18:43:20 GMT'
    """
    import datetime  # not above: it would be a good part of `import zonda.httputil`

    if isinstance(ts, datetime.datetime):
        moment = ts.astimezone(datetime.UTC) if ts.utcoffset() is not None else ts
    elif isinstance(ts, (int, float)):
        moment = datetime.datetime.fromtimestamp(ts, datetime.UTC)
    elif isinstance(ts, (tuple, time.struct_time)):
        from calendar import timegm

        moment = datetime.datetime.fromtimestamp(timegm(ts), datetime.UTC)
    else:
        raise TypeError(f"cannot format {ts!r} as a timestamp: give seconds, a tuple or a datetime")
    # Not strftime: names of days and months must not depend on the locale.
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day:02d} {_MONTHS[moment.month - 1]} "
        f"{moment.year:04d} {moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} GMT"
    )
