"""HTTP/1.0 and HTTP/1.1 (RFC 9112) as two sans-I/O machines, one for each role."""

from zonda.protocol.http1.client import HTTP1Client
from zonda.protocol.http1.machine import END, NEED_DATA, Framing, Machine
from zonda.protocol.http1.server import HTTP1Server

__all__ = ["END", "NEED_DATA", "Framing", "HTTP1Client", "HTTP1Server", "Machine"]
