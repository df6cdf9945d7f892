"""What proxies say about the client of a request (``X-Forwarded-For`` and its kin)."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from zonda.httputil import HTTPServerRequest

__all__ = ["ProxyHeaders"]


class ProxyHeaders:
    """Sets ``remote_ip`` and ``protocol`` of a request from the headers of its proxies.

    ``X-Forwarded-For`` is read from its end, the part that the nearest proxy wrote,
    leaving out ``trusted_downstream``; ``X-Real-Ip`` comes before it.
    ``X-Scheme`` and ``X-Forwarded-Proto`` name the protocol. Values that are not an
    address, or neither ``http`` nor ``https``, are ignored.

    Only for servers that clients cannot reach directly: anybody can send these headers.
    """

    __slots__ = ("trusted",)

    def __init__(self, trusted_downstream: Collection[str] | None = None) -> None:
        self.trusted = frozenset(trusted_downstream or ())

    def __call__(self, request: HTTPServerRequest) -> None:
        """Adjust a new request."""
        headers = request.headers
        address = self._client(headers.get("X-Forwarded-For", request.remote_ip or ""))
        address = headers.get("X-Real-Ip", address)
        if _is_address(address):
            request.remote_ip = address
        scheme = headers.get("X-Scheme", headers.get("X-Forwarded-Proto"))
        if scheme:
            scheme = scheme.split(",")[-1].strip()
            if scheme in ("http", "https"):
                request.protocol = scheme

    def _client(self, forwarded: str) -> str:
        address = forwarded
        for address in (part.strip() for part in reversed(forwarded.split(","))):
            if address not in self.trusted:
                break
        return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
