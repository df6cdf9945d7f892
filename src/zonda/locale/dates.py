"""Dates the way people say them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zonda.locale.locales import Locale

#: The clock has twelve hours here.
_TWELVE_HOURS = ("en", "en_US", "zh_CN")


def format_date(
    locale: Locale,
    date: float | datetime.datetime,
    gmt_offset: int,
    relative: bool,
    shorter: bool,
    full_format: bool,
) -> str:
    """See :meth:`Locale.format_date`."""
    if isinstance(date, (int, float)):
        date = datetime.datetime.fromtimestamp(date, datetime.UTC)
    elif date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    now = datetime.datetime.now(datetime.UTC)
    if date > now:
        if relative and (date - now).total_seconds() < 60:
            date = now  # clocks are never quite the same
        else:
            full_format = True
    age = now - date
    offset = datetime.timedelta(minutes=gmt_offset)
    local = date - offset
    if not full_format and relative and age.days == 0:
        return _ago(locale, age.seconds)
    yesterday = (now - offset - datetime.timedelta(days=1)).day == local.day
    message = _message(age.days, full_format, shorter, relative and yesterday)
    return locale.translate(message) % {
        "month_name": locale._months[local.month - 1],
        "weekday": locale._weekdays[local.weekday()],
        "day": str(local.day),
        "year": str(local.year),
        "time": format_time(locale, local),
    }


def _message(days: int, full_format: bool, shorter: bool, say_yesterday: bool) -> str:
    """Return the message for a date that is *days* old, to the day or to the minute."""
    if full_format:
        message = "%(month_name)s %(day)s, %(year)s"
    elif days == 0:
        return "%(time)s"
    elif days == 1 and say_yesterday:
        message = "yesterday"
    elif days < 5:
        message = "%(weekday)s"
    elif days < 334:  # eleven months; the same month of last year has its year
        message = "%(month_name)s %(day)s"
    else:
        message = "%(month_name)s %(day)s, %(year)s"
    return message if shorter else message + " at %(time)s"


def _ago(locale: Locale, seconds: int) -> str:
    if seconds < 50:
        one, many, name, count = "1 second ago", "%(seconds)d seconds ago", "seconds", seconds
    elif seconds < 50 * 60:
        minutes = round(seconds / 60)
        one, many, name, count = "1 minute ago", "%(minutes)d minutes ago", "minutes", minutes
    else:
        hours = round(seconds / 3600)
        one, many, name, count = "1 hour ago", "%(hours)d hours ago", "hours", hours
    return locale.translate(one, many, count) % {name: count}


def format_time(locale: Locale, time: datetime.datetime) -> str:
    """Return hours and minutes, as ``18:35``, ``6:35 pm`` or ``下午6:35``."""
    if locale.code not in _TWELVE_HOURS:
        return f"{time.hour}:{time.minute:02}"
    hour = time.hour % 12 or 12
    afternoon = time.hour >= 12
    if locale.code == "zh_CN":
        return f"{'下午' if afternoon else '上午'}{hour}:{time.minute:02}"
    return f"{hour}:{time.minute:02} {'pm' if afternoon else 'am'}"


def format_day(locale: Locale, date: datetime.datetime, gmt_offset: int, dow: bool) -> str:
    """See :meth:`Locale.format_day`."""
    local = date - datetime.timedelta(minutes=gmt_offset)
    message = "%(weekday)s, %(month_name)s %(day)s" if dow else "%(month_name)s %(day)s"
    return locale.translate(message) % {
        "month_name": locale._months[local.month - 1],
        "weekday": locale._weekdays[local.weekday()],
        "day": str(local.day),
    }
