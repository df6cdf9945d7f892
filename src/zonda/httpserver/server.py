"""The HTTP server: listening sockets, a service, and the connections between them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zonda.http1connection.decompression import DecompressingService, note_encoding
from zonda.http1connection.delegates import DelegateService, PrepareRequest
from zonda.http1connection.parameters import HTTP1ConnectionParameters
from zonda.http1connection.server import ServerConnection
from zonda.http1connection.settings import ServerContext, Timeouts
from zonda.httpserver.services import CallableService, RequestDelegate
from zonda.httpserver.xheaders import ProxyHeaders
from zonda.httputil import (
    HTTPConnection,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
)
from zonda.iostream import IOStream
from zonda.legacy import takes_io_loop
from zonda.protocol.exchange import Service
from zonda.tcpserver import TCPServer
from zonda.util import Configurable

if TYPE_CHECKING:
    import ssl

__all__ = ["HTTPServer"]

#: What a server can be given to answer requests with.
RequestCallback = HTTPServerConnectionDelegate | Callable[[HTTPServerRequest], Any]


class HTTPServer(TCPServer, Configurable, HTTPServerConnectionDelegate):
    """A non-blocking HTTP/1.1 server.

    Args:
        request_callback: an :class:`~zonda.web.Application`, any other
            ``HTTPServerConnectionDelegate``, or a function of the request that answers
            through ``request.connection``.
        no_keep_alive: close every connection after its first response.
        xheaders: take the client's address and protocol from ``X-Real-Ip``,
            ``X-Forwarded-For``, ``X-Scheme`` and ``X-Forwarded-Proto``. Only behind a
            proxy that sets them.
        ssl_options: an :class:`ssl.SSLContext`, or a dict of arguments for one
            (``certfile``, ``keyfile``, …): serve HTTPS.
        protocol: what ``request.protocol`` says, where a proxy hides the truth.
        decompress_request: unpack gzipped request bodies.
        chunk_size: bytes of a body handed to streaming handlers at a time; 64 KiB.
        max_header_size: bytes of a request head; 64 KiB.
        idle_connection_timeout: seconds that a connection may stay idle; 75. If it is
            shorter than the time for a request head, it counts for that, too.
        body_timeout: seconds for a whole request body; by default any time, as long as it
            comes at 240 bytes a second.
        max_body_size: bytes of a request body; ``max_buffer_size`` by default. A handler
            can allow itself more (``request.connection.set_max_body_size``).
        max_buffer_size: bytes that may be buffered for a connection; 100 MiB.
        trusted_downstream: addresses of proxies to leave out of ``X-Forwarded-For``.
        timeouts: all the other time limits, see :class:`~zonda.http1connection.Timeouts`.
        max_header_fields: fields in a request head; 200.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Configurable.__new__ calls initialize(), which does the work of __init__.
        pass

    @takes_io_loop(3)
    def initialize(
        self,
        request_callback: RequestCallback,
        no_keep_alive: bool = False,
        xheaders: bool = False,
        ssl_options: dict[str, Any] | ssl.SSLContext | None = None,
        protocol: str | None = None,
        decompress_request: bool = False,
        chunk_size: int | None = None,
        max_header_size: int | None = None,
        idle_connection_timeout: float | None = None,
        body_timeout: float | None = None,
        max_body_size: int | None = None,
        max_buffer_size: int | None = None,
        trusted_downstream: Collection[str] | None = None,
        *,
        timeouts: Timeouts | None = None,
        max_header_fields: int | None = None,
    ) -> None:
        """Set the server up; the arguments are those of the class."""
        TCPServer.__init__(
            self,
            ssl_options=ssl_options,
            max_buffer_size=max_buffer_size,
            read_chunk_size=chunk_size,
        )
        self.request_callback = request_callback
        self.xheaders = xheaders
        self.protocol = protocol
        self.trusted_downstream = set(trusted_downstream or ())
        self.conn_params = HTTP1ConnectionParameters(
            no_keep_alive=no_keep_alive,
            chunk_size=chunk_size,
            max_header_size=max_header_size,
            header_timeout=idle_connection_timeout,
            max_body_size=max_body_size if max_body_size is not None else max_buffer_size,
            body_timeout=body_timeout,
            decompress=decompress_request,
        )
        self._timeouts = timeouts or Timeouts()
        self._max_header_fields = max_header_fields
        self._context: ServerContext | None = None

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        """The class whose implementation ``configure`` chooses."""
        return HTTPServer

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        """The implementation when none was chosen."""
        return HTTPServer

    # ---------------------------------------------------------------- connections

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Serve on sockets that are bound already; see `TCPServer.add_sockets`."""
        sockets = list(sockets)
        for sock in sockets:
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                # What is written is complete: no use in waiting for more (RFC 9293 section
                # 3.7.4). Connections inherit it.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().add_sockets(sockets)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        """Serve HTTP on a new connection."""
        context = self._context
        if context is None or context.loop is not stream._loop:
            context = self._context = self._make_context(stream)
        # Unix sockets have no address, or a name.
        remote_ip = address[0] if isinstance(address, tuple) and address else "0.0.0.0"
        protocol = self.protocol or ("https" if self.ssl_options is not None else "http")
        ServerConnection(stream, context, remote_ip, protocol).start()

    def _make_context(self, stream: IOStream) -> ServerContext:
        """What all connections share, from the settings as they are at the first of them."""
        parameters = self.conn_params
        limits = parameters.limits(stream)
        if self._max_header_fields is not None:
            limits = replace(limits, max_header_fields=self._max_header_fields)
        return ServerContext(
            loop=stream._loop,
            service=self._make_service(),
            limits=limits,
            timeouts=self._timeouts.adjusted(parameters.header_timeout, parameters.body_timeout),
            no_keep_alive=parameters.no_keep_alive,
            on_close=self._closed if self._delegates_closing() else None,
        )

    def _make_service(self) -> Service:
        prepare = self._request_hook()
        callback = self.request_callback
        service: Service
        if type(self).start_request is not HTTPServer.start_request:
            service = DelegateService(self, prepare)
        elif (make_service := getattr(callback, "make_service", None)) is not None:
            service = make_service(prepare)
        elif isinstance(callback, HTTPServerConnectionDelegate):
            service = DelegateService(callback, prepare)
        else:
            service = CallableService(callback, prepare)
        return DecompressingService(service) if self.conn_params.decompress else service

    def _request_hook(self) -> PrepareRequest | None:
        """What is to be done with every new request; None for nothing."""
        hooks: list[PrepareRequest] = []
        if self.xheaders:
            hooks.append(ProxyHeaders(self.trusted_downstream))
        if self.conn_params.decompress:
            hooks.append(note_encoding)
        if len(hooks) < 2:
            return hooks[0] if hooks else None

        def run_hooks(request: HTTPServerRequest) -> None:
            for hook in hooks:
                hook(request)

        return run_hooks

    def _delegates_closing(self) -> bool:
        overridden = type(self).on_close is not HTTPServer.on_close
        return overridden or isinstance(self.request_callback, HTTPServerConnectionDelegate)

    def _closed(self, connection: ServerConnection) -> None:
        self.on_close(connection)

    @property
    def connection_count(self) -> int:
        """Connections that are open at this moment, idle ones included."""
        return len(self._context.connections) if self._context is not None else 0

    async def drain(self, timeout: float = 30.0) -> bool:
        """Stop serving without dropping a request.

        Takes no new connections, answers the requests that are here or on their way (with
        ``Connection: close``), tells WebSockets 1001 (going away), and returns when all
        connections have ended.

        Args:
            timeout: seconds after which connections that are left are closed as they are.

        Returns:
            whether all ended by themselves.
        """
        from zonda.httpserver.draining import drain_connections

        self._accept_waiting()
        self.stop()
        context = self._context
        return context is None or await drain_connections(context, timeout)

    async def close_all_connections(self) -> None:
        """Close every connection, also those that are answering. Call :meth:`stop` first.

        WebSockets are told 1001 (going away) and have a second to agree.
        """
        context = self._context
        while context is not None and context.connections:
            for connection in list(context.connections):
                connection.stream.close()
            await asyncio.sleep(0)
        if context is not None:
            await context.guests.leave()

    # -------------------------------------------- HTTPServerConnectionDelegate

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Begin a request by the delegate interface; override it to wrap what answers."""
        if isinstance(self.request_callback, HTTPServerConnectionDelegate):
            return self.request_callback.start_request(server_conn, request_conn)
        return RequestDelegate(self.request_callback, request_conn)

    def on_close(self, server_conn: object) -> None:
        """A connection is closed; passed on to the ``request_callback``."""
        if isinstance(self.request_callback, HTTPServerConnectionDelegate):
            self.request_callback.on_close(server_conn)
