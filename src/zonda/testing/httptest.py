"""`AsyncHTTPTestCase`: a test case with a server and a client."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from zonda.testing.asynctest import AsyncTestCase
from zonda.testing.gentest import get_async_test_timeout

if TYPE_CHECKING:
    import ssl

    from zonda.httpclient import AsyncHTTPClient, HTTPResponse
    from zonda.httpserver import HTTPServer
    from zonda.web import Application


def bind_unused_port(
    reuse_port: bool = False, address: str = "127.0.0.1"
) -> tuple[socket.socket, int]:
    """A listening, non-blocking socket on a free port of the loopback interface.

    :param reuse_port: set ``SO_REUSEPORT``, so that another socket can have the port, too.
    :param address: an IPv4 or IPv6 address to listen on.
    :returns: the socket and its port.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.create_server((address, 0), family=family, backlog=128, reuse_port=reuse_port)
    sock.setblocking(False)
    return sock, sock.getsockname()[1]


class AsyncHTTPTestCase(AsyncTestCase):
    """Starts an `HTTPServer` for each test, for the application of `get_app`.

    ``http_server`` is the server, ``http_client`` an `AsyncHTTPClient` for its loop; both are
    closed after the test. Blocking tests call `fetch`; coroutines await
    ``self.http_client.fetch(self.get_url(path))``.
    """

    http_client: AsyncHTTPClient
    http_server: HTTPServer

    def setUp(self) -> None:
        """Start the server; an overriding method begins with ``super().setUp()``."""
        super().setUp()
        sock, self.__port = bind_unused_port()
        try:
            self.http_client = self.get_http_client()
            self._app = self.get_app()
            self.http_server = self.get_http_server()
            self.http_server.add_sockets([sock])
        except BaseException:
            # unittest calls no tearDown for what has not been set up.
            sock.close()
            super().tearDown()
            raise

    def get_http_client(self) -> AsyncHTTPClient:
        """The client for a test."""
        from zonda.httpclient import AsyncHTTPClient

        client: AsyncHTTPClient = AsyncHTTPClient()
        return client

    def get_http_server(self) -> HTTPServer:
        """The server for a test."""
        from zonda.httpserver import HTTPServer

        server: HTTPServer = HTTPServer(self._app, **self.get_httpserver_options())
        return server

    def get_app(self) -> Application:
        """To be overridden: the application, or whatever else `HTTPServer` serves."""
        raise NotImplementedError(f"{type(self).__name__} must override get_app()")

    def fetch(self, path: str, raise_error: bool = False, **kwargs: Any) -> HTTPResponse:
        """Fetch a page and wait for it.

        :param path: of the test's server, or a whole ``http://`` or ``https://`` URL.
        :param raise_error: raise `HTTPError` for a response that is an error.
        :param kwargs: as of `AsyncHTTPClient.fetch`.
        :raises TimeoutError: the time of `get_async_test_timeout` was over.
        """
        url = path if path.lower().startswith(("http://", "https://")) else self.get_url(path)
        response: HTTPResponse = self.io_loop.run_sync(
            lambda: self.http_client.fetch(url, raise_error=raise_error, **kwargs),
            timeout=get_async_test_timeout(),
        )
        return response

    def get_httpserver_options(self) -> dict[str, Any]:
        """Keyword arguments for the `HTTPServer`; may be overridden."""
        return {}

    def get_http_port(self) -> int:
        """The server's port."""
        return self.__port

    def get_protocol(self) -> str:
        """``"http"``."""
        return "http"

    def get_url(self, path: str) -> str:
        """The URL of a path of the test's server."""
        return f"{self.get_protocol()}://127.0.0.1:{self.get_http_port()}{path}"

    def tearDown(self) -> None:
        """Stop the server and close client and loop."""
        self.http_server.stop()
        self.io_loop.run_sync(
            self.http_server.close_all_connections, timeout=get_async_test_timeout()
        )
        self.http_client.close()
        del self.http_server
        del self._app
        super().tearDown()


class AsyncHTTPSTestCase(AsyncHTTPTestCase):
    """An `AsyncHTTPTestCase` over TLS; the client does not check the server's certificate."""

    def get_http_client(self) -> AsyncHTTPClient:
        """A client that accepts any certificate."""
        from zonda.httpclient import AsyncHTTPClient

        client: AsyncHTTPClient = AsyncHTTPClient(
            force_instance=True, defaults={"validate_cert": False}
        )
        return client

    def get_httpserver_options(self) -> dict[str, Any]:
        """The ``ssl_options`` of `get_ssl_options`."""
        return {"ssl_options": self.get_ssl_options()}

    def get_ssl_options(self) -> dict[str, Any] | ssl.SSLContext:
        """The server's ``ssl_options``; may be overridden."""
        return self.default_ssl_options()

    @staticmethod
    def default_ssl_options() -> dict[str, Any]:
        """A certificate for ``localhost`` that comes with Zonda, signed by itself."""
        here = os.path.dirname(__file__)
        return {
            "certfile": os.path.join(here, "test.crt"),
            "keyfile": os.path.join(here, "test.key"),
        }

    def get_protocol(self) -> str:
        """``"https"``."""
        return "https"
