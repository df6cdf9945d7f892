"""The parsers of texts: what they may raise, and what must hold of what they return."""

import datetime
from urllib.parse import unquote_to_bytes

from zonda import escape
from zonda.httpclient.cookies.cookie import MAX_AGE, parse_set_cookie
from zonda.httputil import HTTPHeaders, HTTPInputError, parse_cookie, url_concat
from zonda.httputil.ranges import _parse_request_range
from zonda.options import Error, OptionParser
from zonda.protocol.codings import decoder_of
from zonda.protocol.parameters import parse_parameters
from zonda.protocol.websocket.extensions import parse_extensions
from zonda.template import ParseError, Template
from zonda.web.signed import decode_signed_value, get_signature_key_version
from zonda.web.static.conditions import parse_date

__all__ = [
    "codings",
    "cookies",
    "dates",
    "extensions",
    "headers",
    "links",
    "options",
    "parameters",
    "ranges",
    "set_cookies",
    "signed",
    "templates",
    "urlencoded",
]

_OPTIONS: dict[str, type] = {
    "number": int,
    "real": float,
    "truth": bool,
    "text": str,
    "moment": datetime.datetime,
    "span": datetime.timedelta,
}


def _latin(data: bytes) -> str:
    return data.decode("latin-1")


def cookies(data: bytes) -> None:
    """The Cookie field: never an error, and no name or value that is not in it."""
    for name, value in parse_cookie(_latin(data)).items():
        assert ";" not in name
        assert len(name) + len(value) <= len(data) + 1


def set_cookies(data: bytes) -> None:
    """The Set-Cookie field: never an error, and nothing that a Cookie field could not hold."""
    text = _latin(data)
    cookie = parse_set_cookie(text, 1e9)
    if cookie is None:
        return
    assert cookie.name in text
    assert cookie.value in text
    assert not set(cookie.name + cookie.value) & set(";\r\n\0")
    assert cookie.name + cookie.value
    assert cookie.path is None or cookie.path.startswith("/")
    assert cookie.expires is None or cookie.expires <= 1e9 + MAX_AGE


def headers(data: bytes) -> None:
    """A block of header lines."""
    try:
        parsed = HTTPHeaders.parse(_latin(data))
    except HTTPInputError:
        return
    for name, value in parsed.get_all():
        assert not set(name + value) & set("\r\n\0")


def urlencoded(data: bytes) -> None:
    """Forms and queries: what the standard library makes of each field, one by one."""
    found = escape.parse_qs_bytes(data, keep_blank_values=True)
    expected: dict[str, list[bytes]] = {}
    for field in data.replace(b"+", b" ").split(b"&"):
        name, _, value = field.partition(b"=")
        if field:
            key = unquote_to_bytes(name).decode("latin-1")
            expected.setdefault(key, []).append(unquote_to_bytes(value))
    assert found == expected
    escape.url_unescape(data, encoding=None)
    url_concat("http://a/?" + _latin(data), {"b": "c"})


def dates(data: bytes) -> None:
    """The three kinds of HTTP dates."""
    date = parse_date(_latin(data))
    assert date is None or date.tzinfo is not None


def ranges(data: bytes) -> None:
    """The Range field: a slice, or None."""
    found = _parse_request_range(_latin(data))
    assert found is None or all(part is None or isinstance(part, int) for part in found)


def parameters(data: bytes) -> None:
    """``Content-Disposition`` and its like."""
    text = _latin(data)
    first, found = parse_parameters(text)
    assert len(first) + sum(map(len, found)) <= len(text)
    try:
        strict = parse_parameters(text, strict=True)
    except ValueError:
        return
    assert strict == (first, found)


def extensions(data: bytes) -> None:
    """``Sec-WebSocket-Extensions``."""
    try:
        found = parse_extensions(_latin(data))
    except ValueError:
        return
    assert found
    assert all(name for name, _ in found)


def codings(data: bytes) -> None:
    """Compressed bodies: an error or at most what was allowed, from whatever bytes."""
    name, packed = (
        (("gzip", "deflate", "br", "zstd", "gzip, deflate")[data[0] % 5], data[1:])
        if (data)
        else ("gzip", b"")
    )
    decoder = decoder_of(name)
    if decoder is None:  # its library is not installed
        return
    limit = 5000
    size = 0
    try:
        for piece in (packed[:7], packed[7:]):
            decoder.feed(piece)
            while out := decoder.read(limit):
                size += len(out)
                assert size <= limit
        decoder.end()
    except ValueError:
        return


def signed(data: bytes) -> None:
    """Signed cookies: what we did not sign is nobody's."""
    assert decode_signed_value("secret", "name", data) is None
    assert decode_signed_value({1: "secret"}, "name", data) is None
    get_signature_key_version(data)


def links(data: bytes) -> None:
    """Text for pages: no quote or bracket comes through that was not a link's own."""
    text = data.decode("utf-8", "replace")
    assert escape.xhtml_unescape(escape.xhtml_escape(text)) == text
    linked = escape.linkify(text)
    assert linked.count("<") == 2 * linked.count("<a href=")
    escape.squeeze(text)


def templates(data: bytes) -> None:
    """Template source: a template, or a ParseError that names a line."""
    text = data.decode("utf-8", "replace")
    try:
        Template(text, name="fuzz.html")
    except ParseError as error:
        assert error.lineno >= 1


def options(data: bytes) -> None:
    """Values of options, from a command line or a file."""
    text = data.decode("utf-8", "replace")
    for name, kind in _OPTIONS.items():
        for multiple in (False, True):
            if multiple and kind is int and ":" in text:
                continue  # a range may be as long as its writer wants
            parser = OptionParser()
            parser.define(name, type=kind, multiple=multiple)
            try:
                parser.parse_command_line(["program", f"--{name}={text}"])
            except Error:
                continue
            value = getattr(parser, name)
            values = value if multiple else [value]
            assert all(isinstance(each, kind) for each in values)
