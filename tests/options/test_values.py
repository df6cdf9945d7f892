"""Text to values of every type."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.options.values import parse_many, parse_one

DATETIME = datetime.datetime
TIMEDELTA = datetime.timedelta


@given(st.integers())
def test_int(number: int) -> None:
    assert parse_one(int, str(number)) == number


@given(st.floats(allow_nan=False))
def test_float(number: float) -> None:
    assert parse_one(float, repr(number)) == number


@given(st.text())
def test_str(text: str) -> None:
    assert parse_one(str, text) == text


@pytest.mark.parametrize("text", ["false", "False", "0", "f", "F"])
def test_false(text: str) -> None:
    assert parse_one(bool, text) is False


@pytest.mark.parametrize("text", ["true", "1", "t", "yes", "anything", ""])
def test_true(text: str) -> None:
    assert parse_one(bool, text) is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Sat Nov 21 10:11:12 2026", DATETIME(2026, 11, 21, 10, 11, 12)),
        ("2026-11-21 10:11:12", DATETIME(2026, 11, 21, 10, 11, 12)),
        ("2026-11-21 10:11", DATETIME(2026, 11, 21, 10, 11)),
        ("2026-11-21T10:11", DATETIME(2026, 11, 21, 10, 11)),
        ("20261121 10:11:12", DATETIME(2026, 11, 21, 10, 11, 12)),
        ("20261121 10:11", DATETIME(2026, 11, 21, 10, 11)),
        ("2026-11-21", DATETIME(2026, 11, 21)),
        ("20261121", DATETIME(2026, 11, 21)),
        ("10:11:12", DATETIME(1900, 1, 1, 10, 11, 12)),
        ("10:11", DATETIME(1900, 1, 1, 10, 11)),
        ("2026-11-21T10:11:12+00:00", DATETIME(2026, 11, 21, 10, 11, 12, tzinfo=datetime.UTC)),
    ],
)
def test_datetime(text: str, value: datetime.datetime) -> None:
    assert parse_one(datetime.datetime, text) == value


@given(st.datetimes(min_value=DATETIME(1000, 1, 1), timezones=st.timezones()))
def test_datetime_in_iso_format(value: datetime.datetime) -> None:
    assert parse_one(datetime.datetime, value.isoformat()).isoformat() == value.isoformat()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90", TIMEDELTA(seconds=90)),
        ("1e3", TIMEDELTA(seconds=1000)),
        ("1.5d", TIMEDELTA(days=1, hours=12)),
        (".5h", TIMEDELTA(minutes=30)),
        ("1h30m", TIMEDELTA(minutes=90)),
        (" 1 h  30 min ", TIMEDELTA(minutes=90)),
        ("1h -5m", TIMEDELTA(minutes=55)),
        ("2 weeks 3 days", TIMEDELTA(days=17)),
        ("1w1d1h1m1s1ms1us", TIMEDELTA(8, 3661, 1001)),
        ("5 sec 10 milliseconds", TIMEDELTA(seconds=5, milliseconds=10)),
        ("", TIMEDELTA()),
    ],
)
def test_timedelta(text: str, value: datetime.timedelta) -> None:
    assert parse_one(datetime.timedelta, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, "1.5"),
        (int, ""),
        (float, "x"),
        (datetime.datetime, "tomorrow"),
        (datetime.timedelta, "long"),
        (datetime.timedelta, "1 year"),
        (datetime.timedelta, "1:30"),
        (datetime.timedelta, "1e400"),
        (datetime.timedelta, "9999999999d"),
    ],
)
def test_no_value(kind: type, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_one(kind, text)


def test_types_of_the_programs_own() -> None:
    class Level:
        def __init__(self, text: str) -> None:
            self.text = text

    assert parse_one(Level, "high").text == "high"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,2", [1, 2]),
        ("1:3", [1, 2, 3]),
        ("1:3,7,9:10", [1, 2, 3, 7, 9, 10]),
        ("-2:1", [-2, -1, 0, 1]),
        ("5:5", [5]),
        ("5:", [5]),
        ("3:1", []),
    ],
)
def test_many_ints(text: str, values: list[int]) -> None:
    assert parse_many(int, text) == values


@pytest.mark.parametrize("text", ["", "1,", ":3", "1:2:3", "a:b"])
def test_no_ints(text: str) -> None:
    with pytest.raises(ValueError, match="int"):
        parse_many(int, text)


def test_many_of_other_types() -> None:
    assert parse_many(str, "a, b:c") == ["a", " b:c"]
    assert parse_many(bool, "1,0,f") == [True, False, False]
    assert parse_many(datetime.timedelta, "1h,2m") == [TIMEDELTA(hours=1), TIMEDELTA(minutes=2)]
