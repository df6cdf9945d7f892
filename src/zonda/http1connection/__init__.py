"""HTTP/1 connections: where the protocol machine meets a stream.

`HTTPServer` and `AsyncHTTPClient` drive the connections of this room. Programs that accept
or open streams themselves use `HTTP1ServerConnection` and `HTTP1Connection`.
"""

from zonda.http1connection.client import MAX_INFORMATIONAL as _MAX_1XX_RESPONSES
from zonda.http1connection.connection import HTTP1Connection
from zonda.http1connection.exchange import HTTP1Exchange
from zonda.http1connection.parameters import HTTP1ConnectionParameters
from zonda.http1connection.server import ServerConnection
from zonda.http1connection.serving import HTTP1ServerConnection
from zonda.http1connection.settings import ServerContext, Timeouts
from zonda.http1connection.syntax import (
    CR_OR_LF_RE,
    DIGITS,
    HEXDIGITS,
    is_transfer_encoding_chunked,
    parse_hex_int,
    parse_int,
)

__all__ = [
    "CR_OR_LF_RE",
    "DIGITS",
    "HEXDIGITS",
    "_MAX_1XX_RESPONSES",
    "HTTP1Connection",
    "HTTP1ConnectionParameters",
    "HTTP1Exchange",
    "HTTP1ServerConnection",
    "ServerConnection",
    "ServerContext",
    "Timeouts",
    "is_transfer_encoding_chunked",
    "parse_hex_int",
    "parse_int",
]
