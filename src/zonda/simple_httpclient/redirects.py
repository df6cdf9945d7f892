"""The request that follows a redirect (RFC 9110 section 15.4)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from zonda.httputil import HTTPHeaders
from zonda.simple_httpclient.target import parse_url

if TYPE_CHECKING:
    from zonda.httpclient.request import HTTPRequest

__all__ = ["redirected"]

#: Fields that describe content; they go when the content does.
_CONTENT_FIELDS = ("Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding")
#: Fields that prove who the user is, to one origin.
_CREDENTIAL_FIELDS = ("Authorization", "Cookie", "Proxy-Authorization")


def redirected(request: HTTPRequest, status: int, location: str) -> HTTPRequest:
    """The request to make when ``request`` was answered with a redirect.

    303 always, and 301 and 302 after a POST, turn the method into GET, as browsers do.
    Credentials are not carried to another origin.

    Args:
        request: the request.
        status: the status of its response.
        location: the ``Location`` field, each octet a character.

    Raises:
        ValueError: the new URL's scheme is not ``http`` or ``https``.
    """
    url = urljoin(request.url, _as_text(location))
    if urlsplit(url).scheme not in ("http", "https"):
        from zonda.httpclient.masking import mask_url

        raise ValueError(f"Unsupported url scheme: {mask_url(url)} (where the server redirects to)")
    follow = copy.copy(request)
    follow.url = url
    headers = HTTPHeaders(request.headers)
    follow.headers = headers
    _drop(headers, ("Host",))
    if (status == 303 and request.method != "HEAD") or (
        status in (301, 302) and request.method == "POST"
    ):
        follow.method = "GET"
        follow._body = None
        follow.body_producer = None
        follow.expect_100_continue = False
        _drop(headers, _CONTENT_FIELDS)
    if parse_url(url).origin != parse_url(request.url).origin:
        follow._strayed = True
        follow.auth_username = follow.auth_password = None
        _drop(headers, _CREDENTIAL_FIELDS)
    return follow


def _as_text(location: str) -> str:
    """A ``Location`` that holds more than ASCII, against RFC 3986, as browsers understand it."""
    if location.isascii():
        return location
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return "".join(c if c.isascii() else f"%{ord(c):02X}" for c in location)


def _drop(headers: HTTPHeaders, names: tuple[str, ...]) -> None:
    for name in names:
        if name in headers:
            del headers[name]
