"""What a URL says about where to connect and what to ask there."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

__all__ = ["Origin", "Target", "parse_url"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
#: What a URL may not hold as it is (RFC 3986 sections 2 and 3): it is percent-encoded.
_UNSAFE = re.compile(r'[^\x21-\x7e]|["<>\\^`{|}]')
_NOT_IN_HOST = re.compile(r'[^\x21-\x7e]|["<>\\^`{|}/?#@]')


class Origin(NamedTuple):
    """Scheme, host and port: what connections may be shared by (RFC 6454)."""

    scheme: str
    #: An ASCII name or an address; an IPv6 address without brackets.
    host: str
    port: int


class Target(NamedTuple):
    """A URL, taken apart for a request."""

    origin: Origin
    #: The ``Host`` field: the port is left out where it is the scheme's own.
    host_field: str
    #: The request target in origin-form, safe for a request line.
    path: str
    username: str | None
    password: str | None

    @property
    def absolute(self) -> str:
        """The request target in absolute-form, for proxies (RFC 9112 section 3.2.2)."""
        return f"{self.origin.scheme}://{self.host_field}{self.path}"

    @property
    def authority(self) -> str:
        """Host and port, for a proxy's CONNECT (RFC 9112 section 3.2.3)."""
        return f"{_bracketed(self.origin.host)}:{self.origin.port}"


@lru_cache(maxsize=1024)
def parse_url(url: str) -> Target:
    """Take a URL apart.

    Characters that a URL cannot hold are percent-encoded, user name and password are
    decoded.

    Raises:
        ValueError: the scheme is not ``http`` or ``https``, there is no host, or host or
            port are none.
    """
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError(f"Unsupported url scheme: {_shown(url)}")
    if not parts.hostname:
        raise ValueError(f"the URL has no host: {_shown(url)!r}")
    if "\\" in parts.netloc:
        # Browsers take it for a slash: which host is meant depends on who reads it.
        raise ValueError(f"no host has a backslash: {_shown(url)!r}")
    host = _ascii_host(parts.hostname)
    default_port = _DEFAULT_PORTS[parts.scheme]
    port = default_port if parts.port is None else parts.port
    named = _bracketed(host)
    path = _quote(parts.path or "/")
    if parts.query:
        path = f"{path}?{_quote(parts.query)}"
    return Target(
        Origin(parts.scheme, host, port),
        named if port == default_port else f"{named}:{port}",
        path,
        None if parts.username is None else unquote(parts.username),
        None if parts.password is None else unquote(parts.password),
    )


def _shown(url: str) -> str:
    """The URL for an error message, without the password that it may hold."""
    from zonda.httpclient.masking import mask_url

    return mask_url(url)


def _ascii_host(host: str) -> str:
    """The host as the wire carries it: names in other scripts in ACE form (RFC 3490)."""
    if ":" in host:
        return host.replace("%25", "%", 1)  # a zone identifier (RFC 6874)
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if _NOT_IN_HOST.search(host):
        raise ValueError(f"the host name {host!r} holds characters that no host has")
    return host


def _bracketed(host: str) -> str:
    """The host as URLs and ``Host`` fields have it; a zone is only for this machine."""
    return f"[{host.partition('%')[0]}]" if ":" in host else host


def _quote(text: str) -> str:
    return _UNSAFE.sub(_percent_encode, text)


def _percent_encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "surrogatepass"))
