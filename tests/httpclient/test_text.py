"""Text and lines out of pieces that end anywhere."""

import pytest

from zonda.httpclient.text import LineSplitter, TextDecoder, charset_of
from zonda.httputil import HTTPHeaders


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain; charset=latin-1", "latin-1"),
        ('text/plain; charset="UTF-16"', "UTF-16"),
        ("text/plain", "utf-8"),
        ("text/plain; charset=klingon", "utf-8"),
        ("text/plain; charset=zlib", "utf-8"),
        ("text/plain; charset=idna", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_charsets(content_type, charset):
    assert charset_of(HTTPHeaders({"Content-Type": content_type})) == charset


def test_text_by_octet():
    decoder = TextDecoder("utf-8")
    octets = "aé€😀".encode() + b"\xff" + "€".encode()[:2]
    text = "".join(decoder.feed(octets[n : n + 1]) for n in range(len(octets)))
    assert text + decoder.end() == "aé€😀\ufffd\ufffd"


TEXT = "one\ntwo\r\nthree\r\rfive\n\r\nsix\x0b\x0c\u2028still six\nlast"
LINES = ["one", "two", "three", "", "five", "", "six\x0b\x0c\u2028still six", "last"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("end", ["", "\n", "\r", "\r\n"])
def test_lines(size, end):
    splitter = LineSplitter(100)
    text = TEXT + end
    lines = [line for n in range(0, len(text), size) for line in splitter.feed(text[n : n + size])]
    assert lines + list(splitter.end()) == LINES


def test_a_line_that_is_too_long():
    splitter = LineSplitter(10)
    assert list(splitter.feed("x" * 10 + "\n" + "y" * 10)) == ["x" * 10]
    with pytest.raises(ValueError, match="longer than 10 characters"):
        list(splitter.feed("y"))
