"""Matchers, one by one."""

import re
from types import SimpleNamespace

import pytest

from zonda.httputil import HTTPHeaders, HTTPServerRequest
from zonda.routing import AnyMatches, DefaultHostMatches, HostMatches, Matcher, PathMatches


def request(path: str = "/", host: str = "h.example", **headers: str) -> HTTPServerRequest:
    return HTTPServerRequest("GET", path, headers=HTTPHeaders(headers, Host=host))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/a", "/a", {}),
        ("/a", "/ab", None),
        ("/a$", "/a", {}),
        ("/a(?:b)c", "/abc", {}),
        ("/a/(.*)", "/a/b%20c%2fd+e", {"path_args": [b"b c/d+e"], "path_kwargs": {}}),
        ("/(?P<x>.*)", "/b%20c", {"path_args": [], "path_kwargs": {"x": b"b c"}}),
        ("/(a)?(b)?", "/a", {"path_args": [b"a", None], "path_kwargs": {}}),
        ("/(?P<x>a)?", "/", {"path_args": [], "path_kwargs": {"x": None}}),
        ("/(.*)", "/%c3%a9", {"path_args": [b"\xc3\xa9"], "path_kwargs": {}}),
        ("/(.*)", "/%zz%41%", {"path_args": [b"%zzA%"], "path_kwargs": {}}),
        (re.compile("/a"), "/ab", {}),
    ],
)
def test_path(pattern: str, path: str, expected: dict[str, object] | None) -> None:
    assert PathMatches(pattern).match(request(path)) == expected


def test_path_pattern_gets_an_end() -> None:
    assert PathMatches("/a").regex.pattern == "/a$"


def test_groups_are_all_named_or_all_positional() -> None:
    with pytest.raises(AssertionError, match="all named or all positional"):
        PathMatches("/(a)/(?P<x>b)")


@pytest.mark.parametrize(
    ("pattern", "args", "path"),
    [
        ("/a", (), "/a"),
        (r"/favicon\.ico", (), "/favicon.ico"),
        ("/a/(.*)/([0-9]+)", ("b c/é", 5), "/a/b%20c/%C3%A9/5"),
        ("/a/(.*)", (b"\xff?",), "/a/%FF%3F"),
        ("/a/([^/]+)/?", ("x",), "/a/x/?"),
        ("/50%/(.*)", (1,), "/50%/1"),
    ],
)
def test_reverse(pattern: str, args: tuple[object, ...], path: str) -> None:
    assert PathMatches(pattern).reverse(*args) == path


def test_reverse_refuses_what_it_cannot_know() -> None:
    with pytest.raises(ValueError, match="Cannot reverse url regex"):
        PathMatches(r"/(\w+)\d").reverse("a")
    with pytest.raises(AssertionError, match="takes 1, not 2"):
        PathMatches("/(.*)").reverse("a", "b")


def test_host() -> None:
    assert HostMatches(r"h\.example").match(request(host="H.Example:80")) == {}
    assert HostMatches("h").match(request()) is None
    assert HostMatches(re.compile("h")).match(request()) == {}


def test_default_host_unless_behind_a_proxy() -> None:
    application = SimpleNamespace(default_host="q.example")
    matcher = DefaultHostMatches(application, re.compile(r"q\."))
    assert matcher.match(request()) == {}
    assert matcher.match(request(**{"X-Real-Ip": "192.0.2.1"})) is None
    application.default_host = "z"
    assert matcher.match(request()) is None


def test_base_and_any() -> None:
    assert AnyMatches().match(request()) == {}
    assert Matcher().reverse("x") is None
    with pytest.raises(NotImplementedError):
        Matcher().match(request())
