"""Domains and paths, RFC 6265 sections 5.1.3 and 5.1.4."""

import pytest

from zonda.httpclient.cookies.matching import (
    ascii_host,
    default_path,
    domains_of,
    is_within,
    path_matches,
    split_url,
)


@pytest.mark.parametrize(
    ("path", "default"),
    [("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a"), ("", "/"), ("a/b", "/")],
)
def test_default_paths(path, default):
    assert default_path(path) == default


@pytest.mark.parametrize(
    ("path", "cookie", "matches"),
    [
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/a/b", "/a/", True),
        ("/ab", "/a", False),
        ("/a", "/a/", False),
        ("/", "/", True),
        ("/A", "/a", False),
    ],
)
def test_paths(path, cookie, matches):
    assert path_matches(path, cookie) is matches


@pytest.mark.parametrize(
    ("host", "domain", "within"),
    [
        ("a.example", "a.example", True),
        ("b.a.example", "a.example", True),
        ("ba.example", "a.example", False),
        ("a.example", "b.a.example", False),
        ("1.2.3.4", "3.4", False),
        ("1.2.3.4", "1.2.3.4", True),
    ],
)
def test_domains(host, domain, within):
    assert is_within(host, domain) is within


def test_the_domains_of_a_host():
    assert list(domains_of("a.b.c")) == ["a.b.c", "b.c", "c"]
    assert list(domains_of("1.2.3.4")) == ["1.2.3.4"]
    assert list(domains_of("::1")) == ["::1"]


def test_urls():
    assert split_url("HTTPS://u@B\xfccher.Example:8/x?y") == (
        "https",
        "xn--bcher-kva.example",
        "/x",
    )
    assert split_url("http://[::1]") == ("http", "::1", "/")
    with pytest.raises(ValueError):
        ascii_host("\xfc" * 70)
