"""Which requests a cookie is for, and which servers may set it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zonda.netutil import is_valid_ip

if TYPE_CHECKING:
    from zonda.httpclient.cookies.cookie import SetCookie

__all__ = [
    "ascii_host",
    "default_path",
    "domains_of",
    "is_within",
    "path_matches",
    "prefix_is_honest",
    "split_url",
]


def split_url(url: str) -> tuple[str, str, str]:
    """Scheme, host and path of a URL."""
    parts = urlsplit(url)
    return parts.scheme.lower(), ascii_host(parts.hostname or ""), parts.path or "/"


def ascii_host(host: str) -> str:
    """A host in lower case, in ACE form where it is written in another script."""
    if not host.isascii():
        host = host.encode("idna").decode("ascii")  # UnicodeError is a ValueError
    return host.lower()


def domains_of(host: str) -> Iterator[str]:
    """A host, and the domains that it is in."""
    yield host
    if not is_valid_ip(host):
        while (dot := host.find(".")) >= 0:
            host = host[dot + 1 :]
            yield host


def is_within(host: str, domain: str) -> bool:
    """Whether a host is in a domain (RFC 6265 section 5.1.3)."""
    return host == domain or (host.endswith(f".{domain}") and not is_valid_ip(host))


def default_path(path: str) -> str:
    """RFC 6265 section 5.1.4."""
    last = path.rfind("/") if path.startswith("/") else 0
    return path[:last] if last > 0 else "/"


def path_matches(path: str, cookie_path: str) -> bool:
    """RFC 6265 section 5.1.4."""
    if path == cookie_path:
        return True
    return path.startswith(cookie_path) and (
        cookie_path.endswith("/") or path[len(cookie_path)] == "/"
    )


def prefix_is_honest(given: SetCookie, path: str) -> bool:
    """Whether a cookie is what the beginning of its name promises (6265bis section 4.1.3)."""
    if not given.name:
        # A server would read it as a cookie of that name.
        return not given.value.lower().startswith(("__secure-", "__host-"))
    name = given.name.lower()
    if name.startswith("__host-"):
        return given.secure and not given.domain and given.path == path == "/"
    return given.secure or not name.startswith("__secure-")
