"""Responses written by hand, head and all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire import looped
from zonda.httpclient import AsyncHTTPClient
from zonda.httpserver import HTTPServer
from zonda.testing import bind_unused_port

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.parametrize("pieces", [1, 3, 1000])
@looped
async def test_a_function_writes_its_response(pieces: int) -> None:
    written: list[bool] = []

    def handle(request: Any) -> None:
        message = f"You asked for {request.uri}\n"
        response = f"HTTP/1.1 200 Fine\r\nContent-Length: {len(message)}\r\nX-A: b\r\n\r\n{message}"
        raw = response.encode()
        size = -(-len(raw) // pieces)
        for start in range(0, len(raw), size):
            request.write(raw[start : start + size], lambda: written.append(True))
        assert request.supports_http_1_1()
        request.finish()

    sock, port = bind_unused_port()
    server = HTTPServer(handle)
    server.add_socket(sock)
    client = AsyncHTTPClient(force_instance=True)
    for path in ("/one", "/two"):  # over the same connection
        response = await client.fetch(f"http://127.0.0.1:{port}{path}")
        assert (response.code, response.reason) == (200, "Fine")
        assert response.body == f"You asked for {path}\n".encode()
        assert response.headers["X-A"] == "b"
    assert written
    client.close()
    server.stop()
    await server.close_all_connections()


@looped
async def test_text_is_refused() -> None:
    from zonda.httputil import HTTPServerRequest

    with pytest.raises(TypeError, match="takes bytes"):
        HTTPServerRequest("GET", "/").write("text")  # type: ignore[arg-type]


@looped
async def test_a_connection_calls_back_when_it_has_written() -> None:
    from zonda.httputil import HTTPHeaders, ResponseStartLine

    def handle(request: Any) -> None:
        connection = request.connection
        start_line = ResponseStartLine("HTTP/1.1", 200, "OK")
        headers = HTTPHeaders({"Content-Length": "6"})

        def more() -> None:
            connection.write(b"def", callback=connection.finish)

        connection.write_headers(start_line, headers, b"abc", more)

    sock, port = bind_unused_port()
    server = HTTPServer(handle)
    server.add_socket(sock)
    client = AsyncHTTPClient(force_instance=True)
    assert (await client.fetch(f"http://127.0.0.1:{port}/")).body == b"abcdef"
    client.close()
    server.stop()
    await server.close_all_connections()
