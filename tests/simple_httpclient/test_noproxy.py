"""The list of a no_proxy variable."""

import pytest

from zonda.simple_httpclient.noproxy import NoProxy


@pytest.mark.parametrize(
    ("text", "host", "covered"),
    [
        ("", "a.example", False),
        ("*", "a.example", True),
        ("*", "::1", True),
        ("b.example, *", "a.example", True),
        ("example", "a.example", True),
        ("example", "example", True),
        ("example", "example.", True),
        ("example", "badexample", False),
        ("a.example", "A.Example", True),
        ("A.EXAMPLE", "a.example", True),
        (".a.example", "b.a.example", True),
        (".a.example", "a.example", True),
        ("*.a.example", "b.a.example", True),
        ("a.example.", "b.a.example", True),
        ("b.a.example", "a.example", False),
        ("a.example b.example\tc.example,,d.example", "b.example", True),
        ("a.example b.example\tc.example,,d.example", "d.example", True),
        ("a.example:81", "a.example", True),
        ("a.example:80", "a.example", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1:81", "127.0.0.1", True),
        ("127.0.0.1:80", "127.0.0.1", False),
        ("127.0.0.0/8", "127.9.9.9", True),
        ("127.0.0.1/8", "127.9.9.9", True),
        ("10.0.0.0/8", "127.0.0.1", False),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("[::1]:81", "::1", True),
        ("[::1]:80", "::1", False),
        ("fd00::/8", "fd12::1", True),
        ("fd00::/8", "fe80::1", False),
        ("10.0.0.0/8", "10.example2", False),
        ("10.0.0.0/99", "10.0.0.1", False),
        (".", "a.example", False),
        (",", "a.example", False),
    ],
)
def test_covers(text, host, covered):
    assert NoProxy(text).covers(host, 81) is covered
