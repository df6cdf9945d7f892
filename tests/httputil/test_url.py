"""Pieces of URLs and credentials."""

from typing import Any

import pytest

from zonda.httputil import encode_username_password, qs_to_qsl, split_host_and_port, url_concat


@pytest.mark.parametrize(
    ("url", "args", "expected"),
    [
        ("http://x/f", None, "http://x/f"),
        ("http://x/?#", None, "http://x/?#"),
        ("http://x/f", {}, "http://x/f"),
        ("http://x/f", {"a": "b c&"}, "http://x/f?a=b+c%26"),
        ("http://x/f?", [("a", "1"), ("a", "2")], "http://x/f?a=1&a=2"),
        ("http://x/f?a#frag", (("y", "é"),), "http://x/f?a=&y=%C3%A9#frag"),
        ("/f?a=1;b=2", {"c": 3}, "/f?a=1%3Bb%3D2&c=3"),
        ("http://x/f;p?q=a+b%20c", [("c", b"\xff")], "http://x/f;p?q=a+b+c&c=%FF"),
    ],
)
def test_url_concat(url: str, args: Any, expected: str) -> None:
    assert url_concat(url, args) == expected


@pytest.mark.parametrize("args", ["a=b", {"a"}, 5])
def test_url_concat_wants_pairs(args: Any) -> None:
    with pytest.raises(TypeError, match="dict, or a list or tuple of pairs"):
        url_concat("/", args)


def test_qs_to_qsl() -> None:
    assert list(qs_to_qsl({"a": [b"1", b"2"], "b": [], "c": [b"3"]})) == [
        ("a", b"1"),
        ("a", b"2"),
        ("c", b"3"),
    ]


@pytest.mark.parametrize(
    ("netloc", "expected"),
    [
        ("a:80", ("a", 80)),
        ("a", ("a", None)),
        ("[::1]:80", ("[::1]", 80)),
        ("[::1]", ("[::1]", None)),
        ("a:b", ("a:b", None)),
        ("a:", ("a:", None)),
        (":80", (":80", None)),
        ("", ("", None)),
    ],
)
def test_split_host_and_port(netloc: str, expected: tuple[str, int | None]) -> None:
    assert split_host_and_port(netloc) == expected


def test_encode_username_password() -> None:
    assert encode_username_password("a", b"\xff") == b"a:\xff"
    assert encode_username_password("e\u0301", "\u00e9") == b"\xc3\xa9:\xc3\xa9"
