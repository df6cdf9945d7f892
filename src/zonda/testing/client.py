"""A server and a client for tests that are plain functions."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from zonda.testing.httptest import bind_unused_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zonda.httpclient import AsyncHTTPClient, HTTPResponse
    from zonda.testing.memory import MemoryServer

__all__ = ["Client", "Server"]


class Server:
    """An `HTTPServer` on a free port of the loopback interface.

    :param app: what `HTTPServer` serves.
    :param options: keyword arguments of `HTTPServer`.

    ``http_server`` is that object, ``port`` its port.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        from zonda.httpserver import HTTPServer

        sock, self.port = bind_unused_port()
        self.protocol = "https" if options.get("ssl_options") is not None else "http"
        self.http_server = HTTPServer(app, **options)
        self.http_server.add_sockets([sock])

    def url(self, path: str = "/") -> str:
        """The URL of a path."""
        return f"{self.protocol}://127.0.0.1:{self.port}{path}"

    async def close(self) -> None:
        """Stop serving, and close the connections."""
        self.http_server.stop()
        await self.http_server.close_all_connections()


class Client:
    """Fetches from one server: ``await client.get("/path")``.

    ``get``, ``head``, ``post``, ``put``, ``patch``, ``delete`` and ``options`` are `fetch`
    with that method.
    """

    def __init__(self, server: Server | MemoryServer, http_client: AsyncHTTPClient) -> None:
        self.server = server
        self.http_client = http_client

    async def fetch(
        self, path: str, method: str = "GET", *, raise_error: bool = False, **kwargs: Any
    ) -> HTTPResponse:
        """Send a request, and return the response whatever its status.

        :param path: of the server, or a whole URL.
        :param raise_error: raise `HTTPError` for a response that is an error.
        :param kwargs: as of `HTTPRequest`. The body of a POST, PUT or PATCH is empty by
            default, and a certificate is not checked.
        """
        url = path if "://" in path else self.server.url(path)
        if method in ("POST", "PUT", "PATCH") and "body_producer" not in kwargs:
            kwargs.setdefault("body", b"")
        kwargs.setdefault("validate_cert", False)
        return await self.http_client.fetch(url, raise_error=raise_error, method=method, **kwargs)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[HTTPResponse]]:
        if name not in ("get", "head", "post", "put", "patch", "delete", "options"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return functools.partial(self.fetch, method=name.upper())
