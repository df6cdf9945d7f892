"""All that a request's options decide before anything is sent."""

from __future__ import annotations

import socket
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Final

from zonda._kernel import encode_head
from zonda.netutil import is_valid_ip
from zonda.simple_httpclient.digest import login_of
from zonda.simple_httpclient.pool import Shelf
from zonda.simple_httpclient.preparation import IDEMPOTENT_METHODS, Wire, login_at, prepare
from zonda.simple_httpclient.proxy import Proxy, proxy_of
from zonda.simple_httpclient.target import Target, parse_url
from zonda.simple_httpclient.tls import client_context, proxy_context

if TYPE_CHECKING:
    import ssl

    from zonda.httpclient.request import HTTPRequest
    from zonda.simple_httpclient.digest import DigestLogin
    from zonda.simple_httpclient.environment import Environment

__all__ = ["Plan"]

#: Methods whose responses have no content, or none that has an end.
_FRAMED_OTHERWISE: Final = frozenset(("HEAD", "CONNECT"))


class Plan:
    """A request with its client's defaults, checked and encoded.

    Plans are kept by the client for requests that are alike (:mod:`likeness
    <zonda.simple_httpclient.likeness>`): looking at thirty options costs more than sending
    the request does.

    Args:
        request: the request.
        defaults: what the client uses for attributes that are None.
        environment: proxies and passwords of the environment, if the client trusts it.
        shelf_of: where the pool keeps connections of a key.

    Raises:
        KeyError: the method is not known, and nonstandard ones are not allowed.
        ValueError: something about the request is wrong.
    """

    __slots__ = (
        "address_filter",
        "connect_timeout",
        "context",
        "decompress",
        "direct",
        "family",
        "forwarder",
        "idempotent",
        "interface",
        "key",
        "login",
        "message",
        "method",
        "proxy",
        "proxy_context",
        "proxy_login",
        "redirects",
        "request_timeout",
        "server_hostname",
        "shelf",
        "short",
        "source_ip",
        "target",
        "unix_socket",
        "wire",
    )

    def __init__(
        self,
        request: HTTPRequest,
        defaults: dict[str, Any],
        environment: Environment | None = None,
        shelf_of: Callable[[Hashable], Shelf] = lambda key: Shelf(),
    ) -> None:
        def option(name: str) -> Any:
            value = getattr(request, name)
            return defaults.get(name) if value is None else value

        self.target: Target = parse_url(request.url)
        secure = self.target.origin.scheme == "https"
        #: Says which addresses may be connected to.
        self.address_filter: Callable[[str, int], bool] | None = option("address_filter")
        #: Where to connect in place of the origin's host and port.
        self.unix_socket: str | None = option("unix_socket")
        self.proxy: Proxy | None = None
        if self.unix_socket is None:
            self.proxy = proxy_of(request, self.target, option, environment)
        elif request.proxy or request.proxy_host:
            raise ValueError("a request goes through a proxy or a unix_socket, not through both")
        #: The proxy that takes requests itself, rather than connecting us with the origin. It
        #: would look the host up without asking the filter.
        self.forwarder: Proxy | None = self.proxy
        if secure or self.address_filter is not None or (self.proxy and self.proxy.socks):
            self.forwarder = None
        forwarder = self.forwarder
        request_target = self.target.path if forwarder is None else self.target.absolute
        login = login_at(request, self.target, option, environment)
        self.wire: Wire = prepare(request, self.target, request_target, option, login)
        if forwarder is not None and forwarder.basic:
            self.wire = self.wire._replace(fields=self.wire.fields + forwarder.basic)
        #: Who logs in with a digest, at the origin and at a proxy that forwards.
        self.login: DigestLogin | None = None
        if login is not None and login.mode == "digest":
            self.login = login_of(login.username, login.password)
        self.proxy_login = None if forwarder is None else forwarder.login
        self.method = request.method
        #: Whether a request that nobody wants to watch may go the short way.
        self.short: bool = (
            self.login is None
            and self.proxy_login is None
            and request.body_producer is None
            and self.method not in _FRAMED_OTHERWISE
            and not (self.wire.close or self.wire.expects)
        )
        #: The whole request; None: its content goes with it, which is not the same each time.
        self.message: bytes | None = None if request._body else self._message(b"")
        #: Whether the request may be sent again when its connection is lost.
        self.idempotent = request.method in IDEMPOTENT_METHODS and request.body_producer is None
        self.decompress = bool(option("decompress_response"))
        self.redirects: int = option("max_redirects") if option("follow_redirects") else 0
        #: Time limits in seconds; 0: none.
        self.request_timeout: float = option("request_timeout") or 0.0
        self.connect_timeout: float = option("connect_timeout") or 0.0
        #: Where to connect from: an address, or the name of an interface.
        self.source_ip, self.interface = _source(option("network_interface"))
        self.family = socket.AF_INET if option("allow_ipv6") is False else socket.AF_UNSPEC
        self.context: ssl.SSLContext | None = client_context(option) if secure else None
        self.proxy_context: ssl.SSLContext | None = None
        if self.proxy is not None and self.proxy.scheme == "https":
            self.proxy_context = proxy_context(option("proxy_ssl_options"))
        #: The name that the server's certificate must have.
        named = None if request._strayed else option("server_hostname")
        self.server_hostname: str = named or self.target.origin.host
        #: What a connection for this request may be shared by.
        self.key: Hashable = self._key(named)
        #: Where those that are idle are.
        self.shelf: Shelf = shelf_of(self.key)
        #: Whether a connection is one to the origin's address, and nothing more.
        self.direct: bool = self.key is self.target.origin

    def message_of(self, request: HTTPRequest) -> bytes:
        """The whole request with its own content; for those that go the short way."""
        return self._message(request._body or b"")

    def _message(self, body: bytes) -> bytes:
        wire = self.wire
        length = len(body) if body or wire.length is None else wire.length
        return encode_head(wire.start_line, wire.block, wire.fields, length, body)

    def _key(self, server_hostname: str | None) -> Hashable:
        origin = None if self.forwarder is not None else self.target.origin
        route = (
            self.proxy,
            self.proxy_context,
            self.unix_socket,
            self.source_ip,
            self.interface,
            self.address_filter,
            server_hostname,
        )
        if route.count(None) == len(route) and self.family == socket.AF_UNSPEC:
            return origin if self.context is None else (origin, self.context)
        return origin, self.context, self.family, *route


def _source(interface: str | None) -> tuple[str | None, str | None]:
    """The address or the interface to connect from.

    Raises:
        ValueError: it is neither.
    """
    if interface is None:
        return None, None
    if is_valid_ip(interface):
        return interface, None
    from zonda.netutil.interface import is_interface

    if not is_interface(interface):
        raise ValueError(
            f"Unrecognized IPv4 or IPv6 address for network_interface, got {interface!r}: "
            "there is no interface of this name, either"
        )
    return None, interface
