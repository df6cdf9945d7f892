"""A server's end of one connection, for programs that accept connections themselves."""

from __future__ import annotations

import asyncio
from typing import Any

from zonda.http1connection.decompression import DecompressingService, note_encoding
from zonda.http1connection.delegates import DelegateService
from zonda.http1connection.parameters import HTTP1ConnectionParameters
from zonda.http1connection.server import ServerConnection
from zonda.http1connection.settings import ServerContext, Timeouts
from zonda.httputil import HTTPServerConnectionDelegate
from zonda.iostream import IOStream
from zonda.protocol.exchange import Service

__all__ = ["HTTP1ServerConnection"]


class HTTP1ServerConnection:
    """Serves HTTP on a stream, with a delegate for its requests.

    Args:
        stream: a connection.
        params: settings.
        context: who is at the other end: an object with ``remote_ip`` and ``protocol``.
    """

    def __init__(
        self,
        stream: IOStream,
        params: HTTP1ConnectionParameters | None = None,
        context: object | None = None,
    ) -> None:
        self.stream = stream
        self.params = params or HTTP1ConnectionParameters()
        self.context = context
        self._closed: asyncio.Future[None] | None = None

    def start_serving(self, delegate: HTTPServerConnectionDelegate) -> None:
        """Begin to serve: ``delegate`` gets every request that comes."""
        stream, params = self.stream, self.params
        loop = stream._loop
        self._closed = loop.create_future()

        def on_close(connection: ServerConnection) -> None:
            assert self._closed is not None
            if not self._closed.done():
                self._closed.set_result(None)
            delegate.on_close(self)

        service: Service = DelegateService(
            _Identified(delegate, self), note_encoding if params.decompress else None
        )
        context = ServerContext(
            loop=loop,
            service=DecompressingService(service) if params.decompress else service,
            limits=params.limits(stream),
            timeouts=Timeouts().adjusted(params.header_timeout, params.body_timeout),
            no_keep_alive=params.no_keep_alive,
            on_close=on_close,
        )
        remote_ip = getattr(self.context, "remote_ip", None) or "0.0.0.0"
        protocol = getattr(self.context, "protocol", None) or "http"
        ServerConnection(stream, context, remote_ip, protocol).start()

    async def close(self) -> None:
        """Close the connection, and wait until the delegate has been told."""
        self.stream.close()
        if self._closed is not None:
            await self._closed


class _Identified(HTTPServerConnectionDelegate):
    """Passes requests on in the name of the connection that the program knows."""

    def __init__(
        self, delegate: HTTPServerConnectionDelegate, server_conn: HTTP1ServerConnection
    ) -> None:
        self.delegate = delegate
        self.server_conn = server_conn

    def start_request(self, server_conn: object, request_conn: Any) -> Any:
        return self.delegate.start_request(self.server_conn, request_conn)
