"""What browsers make of URLs."""

import pytest

from zonda.web.locations import as_browsers_read, is_protocol_relative, scheme_and_authority


@pytest.mark.parametrize(
    "url",
    [
        "//x",
        "/\\x",
        "\\\\x",
        "\\/x",
        "\t//x",
        "/\t/x",
        "/\n/x",
        "/\r\\x",
        " //x",
        "\x00//x",
        "\x1f\\\\x",
        "///x",
    ],
)
def test_these_name_a_host(url):
    assert is_protocol_relative(url)


@pytest.mark.parametrize(
    "url", ["/x", "", "x", "/x//y", "x//y", "/./x", "/..//x", "?//x", "/ /x", "/\x00/x"]
)
def test_these_stay_on_the_site(url):
    assert not is_protocol_relative(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/x", ("", "")),
        ("x", ("", "")),
        ("", ("", "")),
        ("//x/y", ("", "x")),
        ("///x/y", ("", "x")),
        ("http://x", ("http", "x")),
        ("HTTP://user@x:80/y?z#a", ("http", "user@x:80")),
        ("https:x", ("https", "x")),
        ("https:/x/y", ("https", "x")),
        ("https:\\\\x", ("https", "x")),
        ("java\nscript:alert(1)", ("javascript", "alert(1)")),
        (" \x01//x?y", ("", "x")),
        ("//[", ("", "[")),
    ],
)
def test_scheme_and_authority(url, expected):
    assert scheme_and_authority(url) == expected


def test_cleaning_up():
    assert as_browsers_read(" \x00/a\tb\\c\r\n\x1f") == "/ab/c"
