"""The Set-Cookie field, 6265bis section 5.6."""

import pytest

from zonda.httpclient.cookies.cookie import MAX_AGE, parse_set_cookie

NOW = 1_700_000_000.0


def parsed(field):
    return parse_set_cookie(field, NOW)


@pytest.mark.parametrize(
    ("field", "name", "value"),
    [
        ("a=b", "a", "b"),
        (" a =\tb c ; x", "a", "b c"),
        ("a=b=c", "a", "b=c"),
        ("a=", "a", ""),
        ("=b", "", "b"),
        ("b", "", "b"),
        ('a="q"', "a", '"q"'),
        ("a=\xfc", "a", "\xfc"),
    ],
)
def test_pairs(field, name, value):
    cookie = parsed(field)
    assert (cookie.name, cookie.value) == (name, value)


@pytest.mark.parametrize("field", ["", "=", ";a=b", "a=\x00", "a=b; path=/\x7f", "a\r=b"])
def test_what_is_ignored(field):
    assert parsed(field) is None


def test_sizes():
    assert parsed("a=" + "b" * 4095) is not None
    assert parsed("a=" + "b" * 4096) is None
    assert parsed("a=b; path=/" + "p" * 1023).path is not None
    assert parsed("a=b; path=/" + "p" * 1024).path is None


def test_attributes():
    cookie = parsed("a=b; DOMAIN=.Example.COM; Path=/x; secure=yes; HttpOnly; SameSite=STRICT; z")
    assert (cookie.domain, cookie.path) == ("example.com", "/x")
    assert cookie.secure
    assert cookie.http_only
    assert cookie.same_site == "Strict"
    assert cookie.expires is None
    plain = parsed("a=b; Domain=; Path=x; SameSite=maybe")
    assert (plain.domain, plain.path, plain.same_site) == ("", None, None)
    assert parsed("a=b; Path=/x; Path=/y; Path=z").path is None  # the last one counts


@pytest.mark.parametrize(
    ("attributes", "expires"),
    [
        ("Max-Age=10", NOW + 10),
        ("Max-Age=0", 0),
        ("Max-Age=-5", 0),
        ("Max-Age=1.5", None),
        ("Max-Age=+5", None),
        ("Max-Age=", None),
        ("Max-Age=" + "9" * 900, NOW + MAX_AGE),
        ("Max-Age=10; Max-Age=20", NOW + 20),
        ("Expires=Sun, 06 Nov 1994 08:49:37 GMT", 784111777),
        ("Expires=Sun, 06 Nov 2094 08:49:37 GMT", NOW + MAX_AGE),
        ("Expires=never", None),
        ("Max-Age=10; Expires=Sun, 06 Nov 1994 08:49:37 GMT", NOW + 10),
    ],
)
def test_expiry(attributes, expires):
    assert parsed(f"a=b; {attributes}").expires == expires
