"""URLs, taken apart."""

import pytest

from zonda.simple_httpclient.target import Origin, parse_url


@pytest.mark.parametrize(
    ("url", "origin", "host", "path"),
    [
        ("http://a.example", ("http", "a.example", 80), "a.example", "/"),
        ("http://a.example?x=1", ("http", "a.example", 80), "a.example", "/?x=1"),
        ("https://a.example/b?c=d#e", ("https", "a.example", 443), "a.example", "/b?c=d"),
        ("http://a.example:8080/", ("http", "a.example", 8080), "a.example:8080", "/"),
        ("https://a.example:443/", ("https", "a.example", 443), "a.example", "/"),
        ("http://A.Example/P", ("http", "a.example", 80), "a.example", "/P"),
        ("http://[::1]/", ("http", "::1", 80), "[::1]", "/"),
        ("http://[::1]:81/", ("http", "::1", 81), "[::1]:81", "/"),
        ("http://[fe80::1%25lo]/", ("http", "fe80::1%lo", 80), "[fe80::1]", "/"),
        ("http://bücher.example/", ("http", "xn--bcher-kva.example", 80), None, "/"),
        ("http://a.example/a b", ("http", "a.example", 80), "a.example", "/a%20b"),
        ("http://a.example/é?ü=€", ("http", "a.example", 80), None, "/%C3%A9?%C3%BC=%E2%82%AC"),
        (
            'http://a.example/"<>\\^`{|}',
            ("http", "a.example", 80),
            None,
            "/%22%3C%3E%5C%5E%60%7B%7C%7D",
        ),
        ("http://a.example/%20%zz", ("http", "a.example", 80), None, "/%20%zz"),
        ("http://a.example/a\r\nX: y", ("http", "a.example", 80), None, "/aX:%20y"),
    ],
)
def test_parse_url(url, origin, host, path):
    target = parse_url(url)
    assert target.origin == Origin(*origin)
    assert target.host_field == (host or origin[1])
    assert target.path == path


def test_credentials_are_decoded():
    target = parse_url("http://us%3Aer:p%40ss@a.example/")
    assert (target.username, target.password) == ("us:er", "p@ss")
    assert (parse_url("http://a.example/").username, target.host_field) == (None, "a.example")


def test_forms_for_proxies():
    target = parse_url("https://user@a.example/b?c")
    assert target.absolute == "https://a.example/b?c"
    assert target.authority == "a.example:443"
    assert parse_url("http://[::1]:81/x").authority == "[::1]:81"
    assert parse_url("http://[::1]:81/x").absolute == "http://[::1]:81/x"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://a.example/", "Unsupported url scheme: ftp://a.example/"),
        ("a.example/", "Unsupported url scheme"),
        ("//a.example/", "Unsupported url scheme"),
        ("http:///path", "no host"),
        ("http://a b/", "no host has"),
        ("http://a.example:port/", "Port"),
        ("http://a.example:99999/", "Port"),
        ("http://[::1/", "IPv6"),
        ("http://a\\@b/", "no host has a backslash"),
    ],
)
def test_what_is_no_url(url, words):
    with pytest.raises(ValueError, match=words):
        parse_url(url)
