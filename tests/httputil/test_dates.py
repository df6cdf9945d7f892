"""HTTP dates."""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from zonda.httputil import format_timestamp

MOMENT = "Sun, 27 Jan 2013 18:43:20 GMT"


@pytest.mark.parametrize(
    "ts",
    [
        1359312200,
        1359312200.9,
        (2013, 1, 27, 18, 43, 20, 0, 0, 0),
        time.gmtime(1359312200),
        datetime(2013, 1, 27, 18, 43, 20),
        datetime(2013, 1, 27, 18, 43, 20, 999, tzinfo=UTC),
        datetime(2013, 1, 27, 21, 43, 20, tzinfo=timezone(timedelta(hours=3))),
    ],
)
def test_kinds_of_times(ts: Any) -> None:
    assert format_timestamp(ts) == MOMENT


def test_far_times() -> None:
    assert format_timestamp(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert format_timestamp(-1) == "Wed, 31 Dec 1969 23:59:59 GMT"
    assert format_timestamp(datetime(1, 1, 1)) == "Mon, 01 Jan 0001 00:00:00 GMT"


@pytest.mark.parametrize("ts", [None, "now", date(2013, 1, 27)])
def test_other_things(ts: Any) -> None:
    with pytest.raises(TypeError, match="cannot format"):
        format_timestamp(ts)
    with pytest.raises(ValueError):
        format_timestamp(4e11)
