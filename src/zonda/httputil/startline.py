"""The first line of a message, RFC 9112 sections 3 and 4."""

from __future__ import annotations

from typing import NamedTuple

from zonda.httputil.abnf import _ABNF
from zonda.httputil.errors import HTTPInputError

__all__ = [
    "RequestStartLine",
    "ResponseStartLine",
    "parse_request_start_line",
    "parse_response_start_line",
]


class RequestStartLine(NamedTuple):
    """Method, target and version of a request."""

    method: str
    path: str
    version: str


class ResponseStartLine(NamedTuple):
    """Version, status and reason of a response."""

    version: str
    code: int
    reason: str


def parse_request_start_line(line: str) -> RequestStartLine:
    """Split a request line, RFC 9112 section 3.

    Raises `HTTPInputError` if it is malformed or not HTTP/1.x.

    >>> parse_request_start_line("GET /foo HTTP/1.1")
    RequestStartLine(method='GET', path='/foo', version='HTTP/1.1')
    """
    match = _ABNF.request_line.fullmatch(line)
    if match is None:
        raise HTTPInputError(f"Malformed HTTP request line {line[:100]!r}")
    method, path, version = match.groups()
    _check_version(version)
    return RequestStartLine(method, path, version)


def parse_response_start_line(line: str) -> ResponseStartLine:
    """Split a status line, RFC 9112 section 4.

    Raises `HTTPInputError` if it is malformed or not HTTP/1.x.

    >>> parse_response_start_line("HTTP/1.1 200 OK")
    ResponseStartLine(version='HTTP/1.1', code=200, reason='OK')
    """
    match = _ABNF.status_line.fullmatch(line)
    if match is None:
        raise HTTPInputError(f"Malformed HTTP status line {line[:100]!r}")
    version, code, reason = match.groups()
    _check_version(version)
    return ResponseStartLine(version, int(code), reason)


def _check_version(version: str) -> None:
    # Other major versions have no start lines (RFC 9112 section 2.3).
    if not version.startswith("HTTP/1."):
        raise HTTPInputError(f"Unexpected HTTP version {version!r}: a start line is HTTP/1.x")
