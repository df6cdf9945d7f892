"""Dates the way people say them.

The functions read the clock, so dates are made from it, away from the borders.
"""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from zonda.locale import CSVLocale
from zonda.locale.dates import format_time

ENGLISH = CSVLocale("en_US", {})
DATE = datetime.datetime(2013, 4, 28, 18, 35)


def ago(**kwargs: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**kwargs)


@pytest.mark.parametrize(
    ("age", "text"),
    [
        ({"seconds": 1.3}, "1 second ago"),
        ({"seconds": 2.3}, "2 seconds ago"),
        ({"seconds": 48.3}, "48 seconds ago"),
        ({"seconds": 51}, "1 minute ago"),
        ({"minutes": 2.1}, "2 minutes ago"),
        ({"minutes": 48.9}, "49 minutes ago"),
        ({"minutes": 51}, "1 hour ago"),
        ({"hours": 23.2}, "23 hours ago"),
    ],
)
def test_relative(age: dict[str, float], text: str) -> None:
    assert ENGLISH.format_date(ago(**age)) == text
    assert ENGLISH.format_date(ago(**age).timestamp()) == text
    assert ENGLISH.format_date(ago(**age).replace(tzinfo=None)) == text
    assert ENGLISH.format_date(ago(**age), shorter=True, gmt_offset=300) == text


def test_days() -> None:
    def both(date: datetime.datetime, **kwargs: Any) -> list[str]:
        return [ENGLISH.format_date(date, shorter=s, **kwargs) for s in (False, True)]

    yesterday = ago(days=1, minutes=1)
    time = format_time(ENGLISH, yesterday)
    weekday = yesterday.strftime("%A")
    if yesterday.day == ago(days=1).day:
        assert both(yesterday) == [f"yesterday at {time}", "yesterday"]
    assert both(yesterday, relative=False)[0] in (f"{weekday} at {time}", f"yesterday at {time}")

    date = ago(days=3)
    time = format_time(ENGLISH, date)
    assert both(date) == [f"{date:%A} at {time}", f"{date:%A}"]

    date = ago(days=60)
    time = format_time(ENGLISH, date)
    assert both(date) == [f"{date:%B} {date.day} at {time}", f"{date:%B} {date.day}"]

    date = ago(days=340)
    time, day = format_time(ENGLISH, date), f"{date:%B} {date.day}, {date.year}"
    assert both(date) == [f"{day} at {time}", day]


def test_today_without_relative() -> None:
    date = ago(minutes=5)
    assert ENGLISH.format_date(date, relative=False) == format_time(ENGLISH, date)


def test_future() -> None:
    assert ENGLISH.format_date(ago(seconds=-30)) == "0 seconds ago"
    date = ago(days=-2)
    day = f"{date:%B} {date.day}, {date.year}"
    assert ENGLISH.format_date(date) == f"{day} at {format_time(ENGLISH, date)}"
    # Two days less some microseconds have few seconds beside the days.
    assert ENGLISH.format_date(ago(days=-2), shorter=True) == day


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "April 28, 2013 at 6:35 pm"),
        ({"full_format": True}, "April 28, 2013 at 6:35 pm"),
        ({"full_format": True, "shorter": True}, "April 28, 2013"),
        ({"full_format": True, "gmt_offset": 360}, "April 28, 2013 at 12:35 pm"),
        ({"full_format": True, "gmt_offset": -330}, "April 29, 2013 at 12:05 am"),
    ],
)
def test_full_format(options: dict[str, Any], text: str) -> None:
    assert ENGLISH.format_date(DATE, **options) == text
    assert ENGLISH.format_date(DATE.replace(tzinfo=datetime.UTC), **options) == text


def test_aware_dates_keep_their_zone() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=5))
    date = DATE.replace(tzinfo=zone)
    assert ENGLISH.format_date(date, full_format=True) == "April 28, 2013 at 6:35 pm"


def test_timestamps_are_utc() -> None:
    assert ENGLISH.format_date(0) == "January 1, 1970 at 12:00 am"
    assert ENGLISH.format_date(1e9) == "September 9, 2001 at 1:46 am"


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("en_US", ["12:05 am", "12:35 pm", "6:35 pm"]),
        ("fr_FR", ["0:05", "12:35", "18:35"]),
        ("zh_CN", ["上午12:05", "下午12:35", "下午6:35"]),
    ],
)
def test_time(code: str, texts: list[str]) -> None:
    times = [DATE.replace(hour=0, minute=5), DATE.replace(hour=12), DATE]
    assert [format_time(CSVLocale(code, {}), time) for time in times] == texts


def test_format_day() -> None:
    assert ENGLISH.format_day(DATE) == "Sunday, April 28"
    assert ENGLISH.format_day(DATE, dow=False) == "April 28"
    assert ENGLISH.format_day(DATE, -600) == "Monday, April 29"


def test_translated() -> None:
    messages = {
        "April": "avril",
        "Sunday": "dimanche",
        "%(weekday)s, %(month_name)s %(day)s": "%(weekday)s %(day)s %(month_name)s",
        "%(month_name)s %(day)s, %(year)s at %(time)s": "le %(day)s %(month_name)s à %(time)s",
    }
    plural = {"%(minutes)d minutes ago": "il y a %(minutes)d minutes"}
    french = CSVLocale("fr_FR", {"unknown": messages, "plural": plural})
    assert french.format_day(DATE) == "dimanche 28 avril"
    assert french.format_date(DATE) == "le 28 avril à 18:35"
    assert french.format_date(ago(minutes=5)) == "il y a 5 minutes"
