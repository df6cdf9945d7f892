"""Which addresses belong to the public internet."""

from __future__ import annotations

import errno
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

__all__ = ["AddressFilter", "allowed_addresses", "is_public_address"]

#: Takes an address and a port, says whether they may be connected to.
AddressFilter = Callable[[str, int], bool]


def allowed_addresses(
    host: str, addresses: list[tuple[int, Any]], allows: AddressFilter
) -> list[tuple[int, Any]]:
    """Those addresses of `host`, as a `Resolver` gives them, that a filter lets through.

    :raises PermissionError: there are addresses, but none of them.
    """
    allowed = [found for found in addresses if allows(*found[1][:2])]
    if addresses and not allowed:
        refused = ", ".join(str(address[0]) for _, address in addresses)
        raise PermissionError(errno.EACCES, f"address_filter refuses {host}: {refused}")
    return allowed


def is_public_address(address: str, port: int = 0) -> bool:
    """True if `address` is reachable for everybody, and so is no secret door to our own network.

    For the ``address_filter`` of clients that fetch what strangers ask them to (against
    server-side request forgery). False for loopback, private, link-local, shared (RFC 6598),
    multicast, unspecified and reserved addresses (RFC 6890), and for IPv6 addresses that only
    wrap such an IPv4 address: mapped, 6to4, Teredo and NAT64 (RFC 6052).

    :param address: an IPv4 or IPv6 address, with or without a zone.
    :param port: any.
    :raises ValueError: `address` is none.
    """
    import ipaddress

    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return _is_public(parsed)
    wrapped = _wrapped(parsed)
    if wrapped:
        return all(map(_is_public, wrapped))
    return _is_public(parsed) and not parsed.is_site_local and parsed.scope_id is None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified)
        and not any(address in network for network in _more_networks(address.version))
    )


def _wrapped(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    import ipaddress

    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address.teredo is not None:
        return list(address.teredo)
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return []


@functools.cache
def _more_networks(version: int) -> list[IPv4Network | IPv6Network]:
    """What older Pythons take for global, or the registry has only lately."""
    from ipaddress import ip_network

    networks = {
        4: ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24"),
        6: ("64:ff9b:1::/48", "100:0:0:1::/64", "2001::/23", "5f00::/16"),
    }
    return [ip_network(network) for network in networks[version]]
