"""`application_client`: an application and a client for it, with no network in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zonda.testing.client import Client

__all__ = ["application_client"]


@asynccontextmanager
async def application_client(
    app: Any,
    *,
    base_url: str = "http://localhost",
    client_options: dict[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[Client]:
    """A `Client` for an application in this process; no port is opened.

    ::

        async with application_client(make_app()) as client:
            response = await client.get("/")
            assert response.body == b"Hello"

    Everything between the two is real (HTTP messages, keep-alive, flow control, time limits)
    except TCP and TLS. Every host leads to the application.

    :param app: what `HTTPServer` serves: an `Application`, a `WSGIContainer`, a function of
        the request.
    :param base_url: what paths are put behind; with ``https://`` the application sees
        ``request.protocol == "https"``.
    :param client_options: keyword arguments of `SimpleAsyncHTTPClient`.
    :param options: keyword arguments of `HTTPServer`.
    """
    client = make_application_client(app, base_url, client_options, **options)
    try:
        yield client
    finally:
        client.http_client.close()


def make_application_client(
    app: Any,
    base_url: str = "http://localhost",
    client_options: dict[str, Any] | None = None,
    **options: Any,
) -> Client:
    """The `Client` alone; its ``http_client`` is to be closed."""
    from zonda.testing.client import Client
    from zonda.testing.memory import MemoryClient, MemoryServer

    server = MemoryServer(app, base_url, **options)
    http_client: Any = MemoryClient(force_instance=True, server=server, **(client_options or {}))
    return Client(server, http_client)
