"""Network interfaces by their names."""

from __future__ import annotations

import socket
import sys

__all__ = ["bind_to_interface", "is_interface"]

# <netinet/in.h> and <netinet6/in6.h> of macOS; the socket module has no names for them.
_IP_BOUND_IF = 25
_IPV6_BOUND_IF = 125


def is_interface(name: str) -> bool:
    """True if the system has a network interface of this name, such as ``eth0``."""
    if not name or "\x00" in name:
        return False
    try:
        return bool(socket.if_nametoindex(name))
    except OSError:
        return False


def bind_to_interface(sock: socket.socket, name: str) -> None:
    """Have everything that `sock` sends leave through one interface.

    :raises OSError: there is no such interface, the process may not do it (Linux before 5.7
        asks for CAP_NET_RAW), or the system has no such thing.
    """
    if sys.platform == "darwin":
        index = socket.if_nametoindex(name)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_BOUND_IF, index)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_BOUND_IF, index)
    elif hasattr(socket, "SO_BINDTODEVICE"):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode() + b"\0")
    else:
        raise OSError(f"this system cannot bind a socket to the interface {name}: give its address")
