"""Conditional requests."""

import datetime

import pytest

from zonda.web.static.conditions import (
    is_modified_since,
    parse_date,
    precondition_fails,
    range_applies,
)

MODIFIED = datetime.datetime(2011, 3, 13, 7, 6, 40, tzinfo=datetime.UTC)
AT = "Sun, 13 Mar 2011 07:06:40 GMT"
BEFORE = "Sun, 13 Mar 2011 07:06:39 GMT"
AFTER = "Sun, 13 Mar 2011 07:06:41 GMT"


@pytest.mark.parametrize(
    "text",
    [
        AT,
        "Sunday, 13-Mar-11 07:06:40 GMT",
        "Sun Mar 13 07:06:40 2011",
        "Sun, 13 Mar 2011 09:06:40 +0200",
        "Sun, 13 Mar 2011 07:06:40",
        AT + "; length=10",
    ],
)
def test_dates(text):
    assert parse_date(text) == MODIFIED


@pytest.mark.parametrize(
    "text", ["", "bogus", "0", "Sun, 13 Mar 99999 07:06:40 GMT", "Sun, 99 Mar 2011 07:06:40 GMT"]
)
def test_what_is_no_date(text):
    assert parse_date(text) is None
    assert is_modified_since(text, MODIFIED)


def test_modified_since():
    assert is_modified_since(BEFORE, MODIFIED)
    assert not is_modified_since(AT, MODIFIED)
    assert not is_modified_since(AFTER, MODIFIED)


@pytest.mark.parametrize(
    ("fields", "etag", "fails"),
    [
        ({}, '"a"', False),
        ({"If-Match": '"a"'}, '"a"', False),
        ({"If-Match": '"x", "a"'}, '"a"', False),
        ({"If-Match": "*"}, '"a"', False),
        ({"If-Match": '"x"'}, '"a"', True),
        ({"If-Match": 'W/"a"'}, '"a"', True),
        ({"If-Match": 'W/"a"'}, 'W/"a"', True),
        ({"If-Match": '"a"'}, None, True),
        ({"If-Match": ""}, '"a"', True),
        ({"If-Unmodified-Since": BEFORE}, '"a"', True),
        ({"If-Unmodified-Since": AT}, '"a"', False),
        ({"If-Unmodified-Since": AFTER}, '"a"', False),
        ({"If-Unmodified-Since": "bogus"}, '"a"', False),
        ({"If-Match": '"a"', "If-Unmodified-Since": BEFORE}, '"a"', False),
    ],
)
def test_preconditions(fields, etag, fails):
    assert precondition_fails(fields.get, etag, MODIFIED) == fails


def test_preconditions_of_what_has_no_time():
    assert not precondition_fails({"If-Unmodified-Since": BEFORE}.get, '"a"', None)


@pytest.mark.parametrize(
    ("condition", "etag", "applies"),
    [
        (None, None, True),
        ('"a"', '"a"', True),
        (' "a" ', '"a"', True),
        ('"b"', '"a"', False),
        ('W/"a"', 'W/"a"', False),
        ('"a"', None, False),
        (AT, '"a"', True),
        (BEFORE, '"a"', False),
        (AFTER, '"a"', False),
        ("bogus", '"a"', False),
    ],
)
def test_ranges(condition, etag, applies):
    fields = {} if condition is None else {"If-Range": condition}
    assert range_applies(fields.get, etag, MODIFIED) == applies


def test_ranges_of_what_has_no_time():
    assert not range_applies({"If-Range": AT}.get, '"a"', None)
