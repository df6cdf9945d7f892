"""Connections that end in this process: a client and a server without a network.

Both sides run what they always run: streams, timers, HTTP/1 machines. Only the sockets are a
connected pair instead of two ends of TCP, and a URL's host leads to whatever a test says.
TLS and proxies are left out: an ``https`` request differs by what the server is told.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from zonda.http1connection.client import HTTP1ClientConnection
from zonda.httpserver import HTTPServer
from zonda.iostream import IOStream
from zonda.simple_httpclient import SimpleAsyncHTTPClient
from zonda.simple_httpclient.connecting import Connector

if TYPE_CHECKING:
    from zonda.simple_httpclient.plan import Plan
    from zonda.simple_httpclient.target import Origin

__all__ = ["MemoryClient", "MemoryConnection", "MemoryServer", "ServerEnd"]


class ServerEnd(IOStream):
    """The server's end of a connection; it knows the other one, and who is thought to be here."""

    __slots__ = ("origin", "peer")

    peer: MemoryConnection
    origin: Origin


class ClientEnd(IOStream):
    """The client's end of a connection. It takes the server's end along when it closes."""

    __slots__ = ("server_end",)

    server_end: ServerEnd

    def close_fd(self) -> None:
        """See `BaseIOStream`."""
        super().close_fd()
        self.server_end.close()


class MemoryConnection(HTTP1ClientConnection):
    """A client's connection that can be told how it will have been lost."""

    __slots__ = ("error",)

    error: BaseException | None

    def eof_received(self) -> None:
        """The server has closed its end: that may stand for something worse."""
        if self.error is None:
            super().eof_received()
        else:
            self.stream.close(self.error)

    @property
    def silent(self) -> bool:
        """Whether the request may have met a connection that was being closed."""
        return self.error is None and super().silent


class MemoryServer:
    """Serves connections that end in this process.

    :param app: what `HTTPServer` serves: an `Application`, a `WSGIContainer`, a function of
        the request.
    :param base_url: what `url` begins with.
    :param options: keyword arguments of `HTTPServer`.
    """

    def __init__(self, app: Any, base_url: str = "http://localhost", **options: Any) -> None:
        self.base_url = base_url.rstrip("/")
        self._servers = {
            scheme: HTTPServer(app, protocol=scheme, **options) for scheme in ("http", "https")
        }

    def url(self, path: str = "/") -> str:
        """The URL of a path."""
        return self.base_url + path

    def connect(self, client: SimpleAsyncHTTPClient, plan: Plan) -> MemoryConnection:
        """A new connection for a client's request."""
        near, far = socket.socketpair()
        stream, server_end = ClientEnd(near), ServerEnd(far)
        stream.server_end = server_end
        connection = MemoryConnection(stream, client.limits)
        connection.error = None
        connection.shelf = plan.shelf
        server_end.peer, server_end.origin = connection, plan.target.origin
        self._servers[plan.target.origin.scheme].handle_stream(server_end, ("127.0.0.1", 0))
        connection.start()
        return connection


class MemoryConnector(Connector):
    """Asks its client for a server in this process, and only then the network."""

    __slots__ = ()

    async def run(self) -> HTTP1ClientConnection:
        """See `Connector.run`."""
        client = self._client
        assert isinstance(client, MemoryClient)
        server = client.server_for(self._plan.target.origin)
        if server is None:
            return await super().run()
        client.guard()
        return server.connect(client, self._plan)


class MemoryClient(SimpleAsyncHTTPClient):
    """A client all of whose requests go to one `MemoryServer`, whatever their host.

    :param server: that server. The others are those of `SimpleAsyncHTTPClient`.
    """

    connector_class = MemoryConnector

    def initialize(  # type: ignore[override]
        self, server: MemoryServer | None = None, **options: Any
    ) -> None:
        """Set the client up; the arguments are those of the class."""
        super().initialize(**options)
        self._server = server

    def server_for(self, origin: Origin) -> MemoryServer | None:
        """Who answers the requests to an origin; None: a server on the network."""
        return self._server

    def drop(self) -> None:
        """End the fetches that are under way: their connections are lost."""
        for fetch in list(self.active):
            if fetch.connection is not None:
                fetch.connection.stream.close()
