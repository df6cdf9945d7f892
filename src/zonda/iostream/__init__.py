"""Streams over non-blocking sockets and pipes.

One object with two faces. Programs *pull*: they ask for so many bytes, or for everything up to
a delimiter, and get a Future. Connections (HTTP, WebSocket) have what arrives *pushed* into a
receiver by a plain call; see `zonda.iostream.push`.
"""

from zonda.iostream.base import BaseIOStream
from zonda.iostream.buffer import StreamBuffer as _StreamBuffer
from zonda.iostream.errors import StreamBufferFullError, StreamClosedError, UnsatisfiableReadError
from zonda.iostream.examples import doctests
from zonda.iostream.pipe import PipeIOStream
from zonda.iostream.push import Receiver
from zonda.iostream.tcp import IOStream
from zonda.iostream.tls import SSLIOStream

__all__ = [
    "BaseIOStream",
    "IOStream",
    "PipeIOStream",
    "Receiver",
    "SSLIOStream",
    "StreamBufferFullError",
    "StreamClosedError",
    "UnsatisfiableReadError",
    "_StreamBuffer",
    "doctests",
]
