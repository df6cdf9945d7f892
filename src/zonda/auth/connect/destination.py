"""Where a user goes after a login: not away from this site."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zonda.web.locations import as_browsers_read, scheme_and_authority

if TYPE_CHECKING:
    from zonda.httputil import HTTPServerRequest

__all__ = ["own_url"]


def own_url(request: HTTPServerRequest, url: str, default: str = "/") -> str:
    """*url* if it is one of the site that the request was made to, else *default*.

    ``@authenticated`` passes on the whole URL or the path, and anybody can write a link to the
    login page with another one: an open redirect, good for phishing. What counts is
    what a browser makes of it (:mod:`zonda.web.locations`).

    Returns:
        path and query only, so that nothing of scheme and host depends on the argument.
    """
    if url != as_browsers_read(url) or not url.isprintable():
        return default  # nobody writes such a URL with good intentions
    scheme, authority = scheme_and_authority(url)
    if not scheme and not authority:
        return url if url.startswith("/") and not url.startswith("//") else default
    if (scheme, authority.lower()) != (request.protocol, request.host.lower()):
        return default
    if not url[len(scheme) :].startswith(f"://{authority}"):
        return default
    parts = urlsplit(url)
    path = parts.path or "/"
    if path.startswith("//"):
        return default
    return f"{path}?{parts.query}" if parts.query else path
