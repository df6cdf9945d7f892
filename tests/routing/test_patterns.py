"""What path patterns say without being matched."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.routing.patterns import literal_prefix, reverse_template


@pytest.mark.parametrize(
    ("pattern", "prefix", "whole"),
    [
        ("/a$", "/a", True),
        ("^/a$", "/a", True),
        ("/a", "/a", False),  # compiled without $: matches /ab too
        (r"/favicon\.ico$", "/favicon.ico", True),
        (r"/a\$", "/a$", False),
        ("/a(b)$", "/a", False),
        ("/ab?$", "/a", False),
        ("/ab*$", "/a", False),
        ("/ab+$", "/a", False),
        ("/ab{2}$", "/a", False),
        (r"/a\d$", "/a", False),
        ("/a|/b$", "", False),
        ("/a(b|c)$", "/a", False),
        ("/a[|]$", "/a", False),
        (r"/a\|b$", "/a|b", True),
        ("/a.b$", "/a", False),
        (".*$", "", False),
        ("$", "", True),
        ("/a$$", "/a", False),
        ("(?i)/a$", "", False),
        ("/a[)(]b|/c$", "", False),
    ],
)
def test_literal_prefix(pattern: str, prefix: str, whole: bool) -> None:
    assert literal_prefix(re.compile(pattern)) == (prefix, whole)


def test_flags_switch_the_prefix_off() -> None:
    assert literal_prefix(re.compile("/a$", re.IGNORECASE)) == ("", False)


@given(
    st.text(alphabet="/ab.?*+|()[]\\$^{}1d-", max_size=10), st.text(alphabet="/ab1d.", max_size=6)
)
def test_whatever_matches_begins_with_the_prefix(pattern: str, path: str) -> None:
    try:
        regex = re.compile(pattern)
    except (re.error, FutureWarning):
        return
    prefix, whole = literal_prefix(regex)
    if regex.match(path):
        assert path.startswith(prefix)
        assert not whole or path == prefix
    elif whole:
        assert path != prefix


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("/a$", ["/a"]),
        ("^/a/(.*)$", ["/a/", ""]),
        (r"/a\.b/(\d+)/c$", ["/a.b/", "/c"]),
        ("/(?P<name>[^/]+)/?$", ["/", "/?"]),
        (r"/(a\)b)/(c)$", ["/", "/", ""]),
        ("/([)])/x$", ["/", "/x"]),
        (r"/\(x\)/(y)$", ["/(x)/", ""]),
        ("/((a)b)$", None),
        ("/(?:ab)/(c)$", None),
        (r"/(\w+)\d$", None),
    ],
)
def test_reverse_template(pattern: str, texts: list[str] | None) -> None:
    template = reverse_template(re.compile(pattern))
    assert (template and template.texts) == texts
