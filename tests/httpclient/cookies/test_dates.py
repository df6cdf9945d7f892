"""Dates as cookies have them, RFC 6265 section 5.1.1."""

import pytest

from zonda.httpclient.cookies.dates import parse_cookie_date

NOV_6 = 784111777


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "6 november 1994 8:49:37",
        "1994 6 Nov 08:49:37 foo 99 bar",
        "08:49:37 6;nov.1994",
        "Sun, 06 Nov 1994 08:49:37.123 +0200",
    ],
)
def test_dates(text):
    assert parse_cookie_date(text) == NOV_6


@pytest.mark.parametrize(
    "text",
    [
        "",
        "06 Nov 1994",
        "06 Nov 08:49:37",
        "Nov 1994 08:49:37",
        "06 1994 08:49:37",
        "31 Feb 1994 08:49:37",
        "00 Nov 1994 08:49:37",
        "06 Nov 1600 08:49:37",
        "06 Nov 1994 24:00:00",
        "06 Nov 1994 08:60:37",
        "06 Nov 1994 08:49:60",
        "06 Nov 19944 08:49:37",
        "006 Nov 94 08:49:37",
    ],
)
def test_what_is_none(text):
    assert parse_cookie_date(text) is None


def test_years_of_two_digits():
    assert parse_cookie_date("01 Jan 70 00:00:00") == 0
    assert parse_cookie_date("01 Jan 69 00:00:00") == 3124224000


def test_time_grows_with_the_text_only():
    assert parse_cookie_date("x" * 200_000 + "," * 200_000 + "1:" * 200_000) is None
