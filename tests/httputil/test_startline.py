"""Start lines."""

import pytest

from zonda.httputil import (
    HTTPInputError,
    RequestStartLine,
    ResponseStartLine,
    parse_request_start_line,
    parse_response_start_line,
)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("GET / HTTP/1.1", ("GET", "/", "HTTP/1.1")),
        ("m-search * HTTP/1.0", ("m-search", "*", "HTTP/1.0")),
        ("GET /\xe9?\xa0 HTTP/1.9", ("GET", "/\xe9?\xa0", "HTTP/1.9")),
    ],
)
def test_request_line(line: str, parts: tuple[str, str, str]) -> None:
    parsed = parse_request_start_line(line)
    assert isinstance(parsed, RequestStartLine)
    assert (parsed.method, parsed.path, parsed.version) == parts


@pytest.mark.parametrize(
    "line",
    [
        "", "GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET / HTTP/1.10",
        "GET / HTTP/2.0", "GET / http/1.1", "GET /a b HTTP/1.1", "G:T / HTTP/1.1",
        "GET /\u20ac HTTP/1.1", "GET /\x7f HTTP/1.1", "GET / HTTP/1.1\n", "GET / HTTP/1.\u0661",
    ],
)  # fmt: skip
def test_bad_request_line(line: str) -> None:
    with pytest.raises(HTTPInputError):
        parse_request_start_line(line)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("HTTP/1.1 200 OK", ("HTTP/1.1", 200, "OK")),
        ("HTTP/1.0 404 ", ("HTTP/1.0", 404, "")),
        ("HTTP/1.1 299 caf\xe9\tau lait", ("HTTP/1.1", 299, "caf\xe9\tau lait")),
    ],
)
def test_status_line(line: str, parts: tuple[str, int, str]) -> None:
    parsed = parse_response_start_line(line)
    assert isinstance(parsed, ResponseStartLine)
    assert (parsed.version, parsed.code, parsed.reason) == parts


@pytest.mark.parametrize(
    "line",
    [
        "", "HTTP/1.1 200", "HTTP/1.1 99 x", "HTTP/1.1 1000 x", "HTTP/1.1  200 x", "ICY 200 OK",
        "HTTP/2.0 200 x", "HTTP/1.1 200OK", "HTTP/1.1 200 x\r", "HTTP/1.1 200 \x01",
        "HTTP/1.1 \u0662\u0660\u0660 OK", "HTTP/1.1 200 \u20ac",
    ],
)  # fmt: skip
def test_bad_status_line(line: str) -> None:
    with pytest.raises(HTTPInputError):
        parse_response_start_line(line)
