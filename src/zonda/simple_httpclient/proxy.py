"""Proxies: which one a request goes through, and who asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from zonda.escape import native_str
from zonda.httpclient.errors import HTTPClientError
from zonda.simple_httpclient.digest import DigestLogin, login_of
from zonda.simple_httpclient.preparation import basic_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from zonda.httpclient.request import HTTPRequest
    from zonda.simple_httpclient.environment import Environment
    from zonda.simple_httpclient.target import Target

__all__ = ["Proxy", "ProxyError", "parse_proxy", "proxy_of"]

_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_MODES: Final = ("basic", "digest")


class ProxyError(HTTPClientError):
    """A proxy does not do what it is asked. ``code`` is 599.

    Attributes:
        unreachable: whether another address of the same host may do better.
    """

    def __init__(self, message: str, *, unreachable: bool = False) -> None:
        super().__init__(599, message)
        self.unreachable = unreachable


class Proxy(NamedTuple):
    """A proxy and who asks it."""

    host: str
    port: int
    username: str | None
    password: str
    mode: str
    #: ``http``, ``https``, ``socks5`` or ``socks5h``.
    scheme: str = "http"

    @property
    def socks(self) -> bool:
        """Whether it speaks SOCKS version 5 (RFC 1928)."""
        return self.scheme.startswith("socks")

    @property
    def basic(self) -> list[tuple[str, str]]:
        """The fields that introduce us from the first request on."""
        if self.username is None or self.mode != "basic":
            return []
        return [("Proxy-Authorization", basic_credentials(self.username, self.password))]

    @property
    def login(self) -> DigestLogin | None:
        """Who answers the proxy's digest challenge."""
        if self.username is None or self.mode != "digest" or self.socks:
            return None
        return login_of(self.username, self.password)


def parse_proxy(
    url: str, username: str | None = None, password: str | None = None, mode: str | None = None
) -> Proxy:
    """A proxy as people write it: ``scheme://user:password@host:port``.

    Without a scheme it is an ``http`` proxy.

    Args:
        url: the proxy. User name and password in it are percent-decoded.
        username, password: if the URL has none.
        mode: how to log in, ``"basic"`` (default) or ``"digest"``.

    Raises:
        ValueError: this is no proxy, or one of a kind that we do not know.
    """
    mode = _checked_mode(mode)
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in _DEFAULT_PORTS:
        known = ", ".join(f"{scheme}://" for scheme in _DEFAULT_PORTS)
        raise ValueError(f"unsupported proxy scheme {parts.scheme}://: use one of {known}")
    if not parts.hostname or parts.query or parts.path not in ("", "/"):
        # Without the URL: there may be a password in it.
        raise ValueError("a proxy is written as scheme://user:password@host:port")
    if parts.username is not None:
        username, password = unquote(parts.username), unquote(parts.password or "")
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    return Proxy(parts.hostname, port, username, password or "", mode, parts.scheme)


def proxy_of(
    request: HTTPRequest,
    target: Target,
    option: Callable[[str], Any],
    environment: Environment | None,
) -> Proxy | None:
    """The proxy that a request is to go through, if any.

    What the request itself says counts before the client's defaults, these before the
    environment, and ``proxy`` before ``proxy_host``.

    Raises:
        ValueError: the proxy is only half given, or of a kind that we do not know.
    """
    url = request.proxy
    if url is None and request.proxy_host is None and request.proxy_port is None:
        url = option("proxy")
    username, password = option("proxy_username"), option("proxy_password")
    mode = option("proxy_auth_mode")
    if url is not None:
        return parse_proxy(url, username, password, mode) if url else None
    host, port = option("proxy_host"), option("proxy_port")
    if host is None and port is None:
        url = None if environment is None else environment.proxy_for(target.origin)
        return parse_proxy(url) if url else None
    if not host or not port:
        raise ValueError("give proxy_host and proxy_port together")
    return Proxy(native_str(host), int(port), username, password or "", _checked_mode(mode))


def _checked_mode(mode: str | None) -> str:
    if mode is not None and mode not in _MODES:
        raise ValueError(f"unsupported proxy_auth_mode {mode}: use 'basic' or 'digest'")
    return mode or "basic"
