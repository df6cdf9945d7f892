"""Listening sockets."""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from typing import Any

DEFAULT_BACKLOG = 128

# With port 0 the kernel picks a port for the first family; on another one it may be taken.
_PORT_ATTEMPTS = 5

_AddrInfo = tuple[int, int, int, Any]


class _PortTakenError(OSError):
    """The port that the kernel chose for one family is taken on another."""


def bind_sockets(
    port: int | None,
    address: str | None = None,
    family: socket.AddressFamily = socket.AF_UNSPEC,
    backlog: int = DEFAULT_BACKLOG,
    flags: int | None = None,
    reuse_port: bool = False,
) -> list[socket.socket]:
    """Listening, non-blocking sockets for `port` on `address`.

    :param port: 0 or None lets the kernel choose; all sockets then have the same port.
    :param address: an IP address, or a name of which all addresses are used. None or "" means
        all interfaces: one socket for IPv4 and one for IPv6.
    :param family: `socket.AF_INET` or `socket.AF_INET6` to have only that.
    :param backlog: connections that may wait to be accepted, as for `socket.listen`.
    :param flags: AI_* flags for `socket.getaddrinfo` (AI_PASSIVE).
    :param reuse_port: set SO_REUSEPORT, so that several processes may listen on the port.
    :raises OSError: the port is taken, or not ours to take.
    :raises ValueError: the system has no SO_REUSEPORT.
    """
    port = port or 0
    if reuse_port and not hasattr(socket, "SO_REUSEPORT"):
        raise ValueError("the platform doesn't support SO_REUSEPORT")
    if not address:
        address = None
        if not socket.has_ipv6 and family == socket.AF_UNSPEC:
            family = socket.AF_INET
    found = _addresses(port, address, family, socket.AI_PASSIVE if flags is None else flags)
    for _ in range(_PORT_ATTEMPTS - 1):
        try:
            return _bind_all(found, port, address, backlog, reuse_port)
        except _PortTakenError:
            pass
    return _bind_all(found, port, address, backlog, reuse_port)


def _addresses(
    port: int, address: str | None, family: socket.AddressFamily, flags: int
) -> list[_AddrInfo]:
    infos = {
        (family_, kind, proto, sockaddr)
        for family_, kind, proto, _, sockaddr in socket.getaddrinfo(
            address, port, family, socket.SOCK_STREAM, 0, flags
        )
    }
    # IPv4 first; on macOS "localhost" also gives a link-local address that cannot be bound.
    return [
        info
        for info in sorted(infos, key=lambda info: (int(info[0]), str(info[3])))
        if not (sys.platform == "darwin" and address == "localhost" and "%" in str(info[3][0]))
    ]


def _bind_all(
    infos: list[_AddrInfo], port: int, address: str | None, backlog: int, reuse_port: bool
) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for info in infos:
            sock = _bind_one(info, port, address, reuse_port)
            if sock is None:
                continue
            sockets.append(sock)
            port = sock.getsockname()[1]
            sock.listen(backlog)
    except OSError as exc:
        for sock in sockets:
            sock.close()
        if sockets and infos[0][3][1] == 0 and exc.errno == errno.EADDRINUSE:
            raise _PortTakenError(exc.errno, exc.strerror) from exc
        raise
    return sockets


def _bind_one(
    info: _AddrInfo, port: int, address: str | None, reuse_port: bool
) -> socket.socket | None:
    """A socket bound to one address, None if the system cannot have it and need not."""
    family, kind, proto, sockaddr = info
    try:
        sock = socket.socket(family, kind, proto)
    except OSError as exc:
        if exc.errno == errno.EAFNOSUPPORT:
            return None  # the name has an IPv6 address but the kernel has no IPv6
        raise
    try:
        _set_options(sock, reuse_port)
        sock.bind((sockaddr[0], port, *sockaddr[2:]))
    except OSError as exc:
        sock.close()
        if (
            exc.errno == errno.EADDRNOTAVAIL
            and address == "localhost"
            and family == socket.AF_INET6
        ):
            return None  # containers often name ::1 without having it
        raise
    return sock


def _set_options(sock: socket.socket, reuse_port: bool) -> None:
    if os.name != "nt":  # on Windows it would let others take the port over
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if sock.family == socket.AF_INET6:
        # IPv4 has a socket of its own; systems differ in whether this one would take it too.
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setblocking(False)


def bind_unix_socket(file: str, mode: int = 0o600, backlog: int = DEFAULT_BACKLOG) -> socket.socket:
    """A listening, non-blocking Unix socket.

    :param file: its path. A socket that is left there from before is removed. A path that
        begins with a NUL is in Linux's abstract name space, where there are no permissions.
    :param mode: permissions of the file. It never has more, not even for a moment.
    :raises ValueError: there is a file that is not a socket.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if file.startswith("\0"):
            sock.bind(file)
        else:
            _remove_stale_socket(file)
            os.fchmod(sock.fileno(), mode)  # Linux makes the file with the socket's own mode
            sock.bind(file)
            os.chmod(file, mode)
        sock.listen(backlog)
    except BaseException:
        sock.close()
        raise
    return sock


def _remove_stale_socket(file: str) -> None:
    try:
        status = os.stat(file)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise ValueError(f"File {file} exists and is not a socket")
    os.remove(file)
