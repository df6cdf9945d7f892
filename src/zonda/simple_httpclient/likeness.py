"""Which requests are so much alike that one plan serves them all."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from zonda.httpclient.request import HTTPRequest
from zonda.httputil import HTTPHeaders

if TYPE_CHECKING:
    from typing import Any

__all__ = ["likeness"]

#: All that a plan asks a request for, except its fields and its content.
ATTRIBUTES: Final = (
    "url",
    "method",
    "expect_100_continue",
    "_strayed",
    "address_filter",
    "allow_ipv6",
    "allow_nonstandard_methods",
    "auth_mode",
    "auth_password",
    "auth_username",
    "ca_certs",
    "client_cert",
    "client_key",
    "connect_timeout",
    "decompress_response",
    "follow_redirects",
    "max_redirects",
    "network_interface",
    "proxy",
    "proxy_auth_mode",
    "proxy_host",
    "proxy_password",
    "proxy_port",
    "proxy_ssl_options",
    "proxy_username",
    "request_timeout",
    "server_hostname",
    "ssl_options",
    "unix_socket",
    "user_agent",
    "validate_cert",
)
_attributes = attrgetter(*ATTRIBUTES)
_ATTRIBUTES: Final = frozenset(ATTRIBUTES)
_NONE: Final[frozenset[str]] = frozenset()


def likeness(request: HTTPRequest) -> Hashable:
    """What requests with equal plans have in common; of the content, only what kind it is.

    The key may hold what cannot be hashed, such as ``ssl_options`` that are a dictionary.
    """
    headers, body = request._headers, request._body
    return (
        _stored(request) if type(request) is HTTPRequest else _attributes(request),
        None if body is None else bool(body),
        request.body_producer is None,
        None if headers is None else tuple(_pairs(headers)),
    )


def _stored(request: HTTPRequest) -> tuple[Any, ...]:
    """Names and values of what was given: of thirty attributes most requests have three."""
    given: list[Any] = []
    for name, value in request.__dict__.items():
        if name in _ATTRIBUTES:
            given += name, value
    return tuple(given)


def _pairs(headers: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return headers.wire_fields(_NONE) if isinstance(headers, HTTPHeaders) else headers.items()
