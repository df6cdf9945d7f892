"""Runs handlers in the style of Tornado 4 on a server in this process."""

from __future__ import annotations

from typing import Any

from tests.wire import looped
from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.testing import bind_unused_port
from zonda.web import Application

__all__ = ["fetch", "looped"]


async def fetch(handler: type, path: str = "/", **kwargs: Any) -> HTTPResponse:
    """The answer of a handler, whatever its status."""
    server = Application([(r"/.*", handler)]).listen
    sock, port = bind_unused_port()
    sock.close()
    running = server(port, "127.0.0.1")
    client = AsyncHTTPClient(force_instance=True)
    try:
        url = f"http://127.0.0.1:{port}{path}"
        return await client.fetch(url, raise_error=False, request_timeout=10, **kwargs)
    finally:
        client.close()
        running.stop()
        await running.close_all_connections()
