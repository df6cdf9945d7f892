"""A non-blocking HTTP server.

Most programs call :meth:`Application.listen <zonda.web.Application.listen>` and never see
it; make an :class:`HTTPServer` yourself to set limits, TLS or more than one port.
"""

from zonda.httpserver.server import HTTPServer
from zonda.httputil import HTTPServerRequest as HTTPRequest

__all__ = ["HTTPRequest", "HTTPServer"]
