"""Sockets before they become streams: binding, accepting, resolving names, TLS contexts."""

from zonda.netutil.accept import add_accept_handler
from zonda.netutil.addresses import is_public_address
from zonda.netutil.bind import bind_sockets, bind_unix_socket
from zonda.netutil.caching import CachingResolver
from zonda.netutil.resolver import (
    BlockingResolver,
    DefaultExecutorResolver,
    DefaultLoopResolver,
    ExecutorResolver,
    OverrideResolver,
    Resolver,
    ThreadedResolver,
    is_valid_ip,
)
from zonda.netutil.tls import ssl_options_to_context, ssl_wrap_socket

__all__ = [
    "BlockingResolver",
    "CachingResolver",
    "DefaultExecutorResolver",
    "DefaultLoopResolver",
    "ExecutorResolver",
    "OverrideResolver",
    "Resolver",
    "ThreadedResolver",
    "add_accept_handler",
    "bind_sockets",
    "bind_unix_socket",
    "is_public_address",
    "is_valid_ip",
    "ssl_options_to_context",
    "ssl_wrap_socket",
]
