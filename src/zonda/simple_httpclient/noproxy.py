"""Hosts that are reached without a proxy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

__all__ = ["NoProxy"]


class NoProxy:
    """The list of a ``no_proxy`` variable: parts between commas or spaces.

    A part is ``*`` (everything), a domain (itself and what is below it, with or without a
    dot in front), an address, or a network such as ``10.0.0.0/8``. All but networks may
    end in ``:port``, IPv6 addresses then stand in brackets.

    Args:
        text: the list. Parts that are none of these match nothing.
    """

    def __init__(self, text: str) -> None:
        self._everything = False
        #: Each with the port that it is about; None: any.
        self._domains: set[tuple[str, int | None]] = set()
        self._networks: list[tuple[IPv4Network | IPv6Network, int | None]] = []
        for part in re.split(r"[\s,]+", text.lower()):
            if part == "*":
                self._everything = True
            elif part:
                self._add(part)

    def _add(self, part: str) -> None:
        import ipaddress

        host, port = _split_port(part)
        try:
            self._networks.append((ipaddress.ip_network(host, strict=False), port))
        except ValueError:
            name = host.removeprefix("*").strip(".")
            if name:
                self._domains.add((name, port))

    def covers(self, host: str, port: int) -> bool:
        """Whether ``host`` is to be reached directly on ``port``.

        Args:
            host: a name or an address, an IPv6 address without brackets.
            port: the port.
        """
        if self._everything:
            return True
        if self._networks and (":" in host or host[-1:].isdigit()):
            import ipaddress

            try:
                address = ipaddress.ip_address(host)
            except ValueError:
                pass  # a name that ends in a digit
            else:
                return any(
                    address in network and wanted in (None, port)
                    for network, wanted in self._networks
                )
        name = host.lower().rstrip(".")
        while name:
            if (name, None) in self._domains or (name, port) in self._domains:
                return True
            name = name.partition(".")[2]
        return False


def _split_port(part: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"\[(.+)\](?::(\d+))?|([^:]+):(\d+)", part)
    if match is None:
        return part, None
    host, port = match[1] or match[3], match[2] or match[4]
    return host, int(port) if port else None
