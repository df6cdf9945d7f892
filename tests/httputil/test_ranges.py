"""Byte ranges."""

import pytest

from zonda.httputil import _get_content_range, _parse_request_range


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("bytes=1-2", (1, 3)),
        ("bytes=0-0", (0, 1)),
        ("bytes=6-", (6, None)),
        ("bytes=-6", (-6, None)),
        ("bytes=-0", (None, 0)),
        ("bytes=", (None, None)),
        ("bytes=-", (None, None)),
        ("bytes=26", (26, None)),
        (" BYTES = 1 - 2 ", (1, 3)),
        ("bytes=99999999999999999999-", (99999999999999999999, None)),
        ("bytes=1-2,3-4", None),
        ("bytes=1-2-3", None),
        ("bytes=a-b", None),
        ("bytes=--1", None),
        ("bytes=+1-", None),
        ("bytes=1_0-", None),
        ("bytes=\u0661-", None),
        ("lines=1-2", None),
        ("bytes", None),
        ("", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("bytes=" + " " * 100_000, (None, None)),
    ],
)
def test_request_range(field: str, expected: tuple[int | None, int | None] | None) -> None:
    assert _parse_request_range(field) == expected


@pytest.mark.parametrize(
    ("start", "end", "total", "expected"),
    [
        (None, None, 4, "bytes 0-3/4"),
        (0, 1, 4, "bytes 0-0/4"),
        (1, None, 4, "bytes 1-3/4"),
        (5, 9, 10, "bytes 5-8/10"),
    ],
)
def test_content_range(start: int | None, end: int | None, total: int, expected: str) -> None:
    assert _get_content_range(start, end, total) == expected
