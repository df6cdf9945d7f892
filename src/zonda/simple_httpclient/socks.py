"""Connecting through a SOCKS version 5 proxy (RFC 1928, RFC 1929)."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from zonda.iostream import StreamClosedError
from zonda.simple_httpclient.proxy import ProxyError

if TYPE_CHECKING:
    from zonda.iostream import IOStream
    from zonda.simple_httpclient.proxy import Proxy

__all__ = ["socks_connect"]

_VERSION: Final = 5
_NO_LOGIN: Final = 0
_PASSWORD: Final = 2
_CONNECT: Final = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4

#: What the proxy says (RFC 1928 section 6).
_REPLIES: Final = {
    1: "general failure",
    2: "not allowed by the proxy's rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}
#: Those that another address of the host may not get.
_UNREACHABLE: Final = frozenset((1, 3, 4, 5, 6, 8))


async def socks_connect(stream: IOStream, proxy: Proxy, host: str, port: int) -> None:
    """Have the proxy at the other end of ``stream`` connect it with ``host``.

    Args:
        stream: connected with the proxy; nothing was sent yet.
        proxy: who asks.
        host: an address, or a name for the proxy to look up.
        port: the port.

    Raises:
        ProxyError: the proxy refuses, or speaks something else.
        ValueError: the name, or the proxy's user name or password, is too long.
    """
    try:
        await _log_in(stream, proxy)
        await _ask(stream, host, port)
    except StreamClosedError as error:
        raise _failure("it closed the connection") from error


async def _log_in(stream: IOStream, proxy: Proxy) -> None:
    methods = [_NO_LOGIN] if proxy.username is None else [_NO_LOGIN, _PASSWORD]
    await stream.write(bytes([_VERSION, len(methods), *methods]))
    version, method = await stream.read_bytes(2)
    if version != _VERSION:
        raise _failure(f"it does not speak version 5, its answer begins with {version}")
    if method == _PASSWORD and proxy.username is not None:
        username = _counted(proxy.username.encode(), "user name")
        await stream.write(b"\x01" + username + _counted(proxy.password.encode(), "password"))
        _, status = await stream.read_bytes(2)
        if status:
            raise _failure("it does not accept the user name and password")
    elif method != _NO_LOGIN:
        raise _failure("it does not accept our ways to log in: does it want a user name?")


def _failure(message: str, *, unreachable: bool = False) -> ProxyError:
    return ProxyError(f"SOCKS proxy: {message}", unreachable=unreachable)


def _counted(text: bytes, what: str) -> bytes:
    if not 0 < len(text) < 256:
        raise ValueError(f"a {what} for SOCKS has 1 to 255 bytes, this one {len(text)}")
    return bytes([len(text)]) + text


async def _ask(stream: IOStream, host: str, port: int) -> None:
    request = bytes([_VERSION, _CONNECT, 0]) + _encoded(host) + port.to_bytes(2, "big")
    await stream.write(request)
    version, reply, _, kind = await stream.read_bytes(4)
    if version != _VERSION:
        raise _failure(f"it does not speak version 5, its answer begins with {version}")
    if reply:
        reason = _REPLIES.get(reply, f"failure {reply}")
        raise _failure(
            f"it cannot connect to {host} port {port}: {reason}", unreachable=reply in _UNREACHABLE
        )
    # The proxy's own address on the way, which nobody wants to know.
    if kind == _NAME:
        length = (await stream.read_bytes(1))[0]
    elif kind in (_IPV4, _IPV6):
        length = 4 if kind == _IPV4 else 16
    else:
        raise _failure(f"its answer has an address of unknown type {kind}")
    await stream.read_bytes(length + 2)


def _encoded(host: str) -> bytes:
    for kind, family in ((_IPV4, socket.AF_INET), (_IPV6, socket.AF_INET6)):
        try:
            return bytes([kind]) + socket.inet_pton(family, host.partition("%")[0])
        except OSError:
            pass
    return bytes([_NAME]) + _counted(host.encode("ascii"), "host name")
