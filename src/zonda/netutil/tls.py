"""TLS contexts from options, and sockets wrapped with them."""

from __future__ import annotations

import functools
import socket as _socket
import ssl
import warnings
from typing import Any

SSLOptions = dict[str, Any] | ssl.SSLContext

_KNOWN = frozenset(("ssl_version", "certfile", "keyfile", "cert_reqs", "ca_certs", "ciphers"))


@functools.cache
def client_ssl_defaults() -> ssl.SSLContext:
    """The context of clients that give no options: certificate and host name are checked."""
    return ssl.create_default_context(ssl.Purpose.SERVER_AUTH)


@functools.cache
def server_ssl_defaults() -> ssl.SSLContext:
    """The context of servers that give no options. It has no certificate."""
    return ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)


def ssl_options_to_context(
    ssl_options: SSLOptions, server_side: bool | None = None
) -> ssl.SSLContext:
    """`ssl_options` as an `ssl.SSLContext`; one that is a context already is returned as it is.

    :param ssl_options: a dictionary with any of ``certfile``, ``keyfile``, ``cert_reqs``,
        ``ca_certs``, ``ciphers`` and ``ssl_version``, the old arguments of ``wrap_socket``.
    :param server_side: what the context is for; None makes one for either side, which checks
        nothing unless told to.
    """
    if isinstance(ssl_options, ssl.SSLContext):
        return ssl_options
    unknown = set(ssl_options) - _KNOWN
    assert not unknown, f"unknown ssl_options: {sorted(unknown)}; known are {sorted(_KNOWN)}"
    context = _new_context(ssl_options, server_side)
    if "certfile" in ssl_options:
        context.load_cert_chain(ssl_options["certfile"], ssl_options.get("keyfile"))
    if "cert_reqs" in ssl_options:
        if ssl_options["cert_reqs"] == ssl.CERT_NONE:
            context.check_hostname = False  # nothing to compare the name with
        context.verify_mode = ssl_options["cert_reqs"]
    if "ca_certs" in ssl_options:
        context.load_verify_locations(ssl_options["ca_certs"])
    if "ciphers" in ssl_options:
        context.set_ciphers(ssl_options["ciphers"])
    context.options |= ssl.OP_NO_COMPRESSION  # compression leaks secrets (CRIME)
    return context


def _new_context(ssl_options: dict[str, Any], server_side: bool | None) -> ssl.SSLContext:
    if server_side is None:
        default = ssl.PROTOCOL_TLS
    else:
        default = ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT
    with warnings.catch_warnings():
        # PROTOCOL_TLS is deprecated, yet the only one that serves both sides.
        warnings.simplefilter("ignore", DeprecationWarning)
        return ssl.SSLContext(ssl_options.get("ssl_version", default))


def ssl_wrap_socket(
    socket: _socket.socket,
    ssl_options: SSLOptions,
    server_hostname: str | None = None,
    server_side: bool | None = None,
    **kwargs: Any,
) -> ssl.SSLSocket:
    """`socket` as an `ssl.SSLSocket`.

    :param ssl_options: as for `ssl_options_to_context`.
    :param server_hostname: for clients: the name that the certificate must have, also sent to
        the server (SNI).
    :param server_side: which side of the handshake this is (client).
    :param kwargs: for `ssl.SSLContext.wrap_socket`.
    """
    context = ssl_options_to_context(ssl_options, server_side=server_side)
    if server_side is None:
        server_side = False
    return context.wrap_socket(
        socket, server_hostname=server_hostname, server_side=server_side, **kwargs
    )
