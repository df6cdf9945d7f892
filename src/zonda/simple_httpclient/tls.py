"""TLS contexts for client connections, made once for each set of options."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

__all__ = ["client_context", "proxy_context"]


def client_context(option: Callable[[str], Any]) -> ssl.SSLContext:
    """The context that a request's options ask for.

    Equal options give the same context: loading certificates costs far more than a
    request, and connections are shared by context.

    Args:
        option: gives the value of an option by its name.
    """
    given = option("ssl_options")
    if given is not None:
        return _given_context(given)
    return _context(
        bool(option("validate_cert")),
        option("ca_certs"),
        option("client_cert"),
        option("client_key"),
    )


def proxy_context(given: dict[str, Any] | ssl.SSLContext | None) -> ssl.SSLContext:
    """The context for the connection with an ``https`` proxy itself.

    Args:
        given: ``proxy_ssl_options``; None: the system's certificates are trusted.
    """
    if given is not None:
        return _given_context(given)
    return _context(True, None, None, None)


def _given_context(given: dict[str, Any] | ssl.SSLContext) -> ssl.SSLContext:
    if isinstance(given, dict):
        return _context_of_dict(tuple(sorted(given.items())))
    return given


@lru_cache(maxsize=64)
def _context_of_dict(items: tuple[tuple[str, Any], ...]) -> ssl.SSLContext:
    from zonda.netutil import ssl_options_to_context

    return ssl_options_to_context(dict(items), server_side=False)


@lru_cache(maxsize=64)
def _context(
    validate: bool, ca_certs: str | None, certificate: str | None, key: str | None
) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca_certs)
    if not validate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context
