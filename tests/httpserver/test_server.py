"""Servers: what they are given, their limits, their end."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from zonda import web
from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.httpserver import HTTPRequest, HTTPServer
from zonda.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    ResponseStartLine,
)
from zonda.testing import bind_unused_port

Fetch = Callable[..., Awaitable[HTTPResponse]]


class Echo(web.RequestHandler):
    def prepare(self) -> None:
        self.write(
            {
                "ip": self.request.remote_ip,
                "protocol": self.request.protocol,
                "body": self.request.body.decode(),
                "headers": dict(self.request.headers),
            }
        )
        self.finish()


def serve(
    callback: Any, test: Callable[[Fetch, HTTPServer], Awaitable[None]], **options: Any
) -> None:
    async def main() -> None:
        sock, port = bind_unused_port()
        server = HTTPServer(callback, **options)
        server.add_socket(sock)
        client = AsyncHTTPClient(force_instance=True)

        async def fetch(path: str = "/", **kwargs: Any) -> HTTPResponse:
            url = f"http://127.0.0.1:{port}{path}"
            return await client.fetch(url, raise_error=False, **kwargs)

        try:
            await test(fetch, server)
        finally:
            client.close()
            server.stop()
            await server.close_all_connections()
        assert server.connection_count == 0

    asyncio.run(main())


APPLICATION = web.Application([(".*", Echo)])


class TestCallbacks:
    def test_a_function_that_writes_to_the_connection(self) -> None:
        def callback(request: HTTPServerRequest) -> None:
            content = request.method.encode() + request.body
            headers = HTTPHeaders({"Content-Length": str(len(content))})
            start_line = ResponseStartLine("HTTP/1.1", 200, "Fine")
            request.connection.write_headers(start_line, headers, content)
            request.connection.finish()

        async def test(fetch: Fetch, server: HTTPServer) -> None:
            assert (await fetch()).body == b"GET"
            response = await fetch(method="POST", body=b"-body")
            assert (response.reason, response.body) == ("Fine", b"POST-body")

        serve(callback, test)

    def test_a_coroutine(self) -> None:
        async def callback(request: HTTPServerRequest) -> None:
            await asyncio.sleep(0)
            start_line = ResponseStartLine("HTTP/1.1", 204, "No Content")
            request.connection.write_headers(start_line, HTTPHeaders())
            request.connection.finish()

        async def test(fetch: Fetch, server: HTTPServer) -> None:
            assert (await fetch()).code == 204

        serve(callback, test)

    def test_a_delegate(self) -> None:
        closed = []

        class Message(HTTPMessageDelegate):
            def __init__(self, connection: HTTPConnection) -> None:
                self.connection = connection
                self.size = 0

            def data_received(self, chunk: bytes) -> None:
                self.size += len(chunk)

            def finish(self) -> None:
                headers = HTTPHeaders({"Content-Length": "6"})
                start_line = ResponseStartLine("HTTP/1.1", 200, "OK")
                self.connection.write_headers(start_line, headers, b"%6d" % self.size)
                self.connection.finish()

        class Delegate(HTTPServerConnectionDelegate):
            def start_request(
                self, server_conn: object, request_conn: HTTPConnection
            ) -> HTTPMessageDelegate:
                return Message(request_conn)

            def on_close(self, server_conn: object) -> None:
                closed.append(server_conn)

        async def test(fetch: Fetch, server: HTTPServer) -> None:
            assert (await fetch(method="POST", body=b"x" * 100_000)).body == b"100000"
            assert (await fetch()).body == b"     0"

        serve(Delegate(), test)
        assert len(closed) == 1

    def test_the_old_name_of_requests(self) -> None:
        assert HTTPRequest is HTTPServerRequest


class TestOptions:
    @pytest.mark.parametrize(("xheaders", "shown"), [(True, "4.4.4.4"), (False, "127.0.0.1")])
    def test_xheaders(self, xheaders: bool, shown: str) -> None:
        async def test(fetch: Fetch, server: HTTPServer) -> None:
            headers = {"X-Real-Ip": "4.4.4.4", "X-Scheme": "https"}
            response = await fetch(headers=headers)
            assert response.json()["ip"] == shown
            assert ('"https"' in response.body.decode().split("headers")[0]) is xheaders

        serve(APPLICATION, test, xheaders=xheaders)

    def test_protocol(self) -> None:
        async def test(fetch: Fetch, server: HTTPServer) -> None:
            assert (await fetch()).json()["protocol"] == "https"

        serve(APPLICATION, test, protocol="https")

    def test_decompress_request(self) -> None:
        async def test(fetch: Fetch, server: HTTPServer) -> None:
            body = gzip.compress(b"unpacked")
            response = await fetch(method="POST", body=body, headers={"Content-Encoding": "gzip"})
            assert response.json()["body"] == "unpacked"
            assert response.json()["headers"]["X-Consumed-Content-Encoding"] == "gzip"
            assert (await fetch(method="POST", body=b"plain")).code == 200

        serve(APPLICATION, test, decompress_request=True)

    def test_a_small_body_that_unfolds_into_a_large_one(self) -> None:
        async def test(fetch: Fetch, server: HTTPServer) -> None:
            body = gzip.compress(b"\0" * 1_000_000)
            assert len(body) < 10_000
            response = await fetch(method="POST", body=body, headers={"Content-Encoding": "gzip"})
            assert response.code == 413

        serve(APPLICATION, test, decompress_request=True, max_body_size=10_000)

    def test_no_keep_alive(self) -> None:
        async def test(fetch: Fetch, server: HTTPServer) -> None:
            assert (await fetch()).headers["Connection"] == "close"

        serve(APPLICATION, test, no_keep_alive=True)

    @pytest.mark.parametrize(
        ("options", "request_arguments", "status"),
        [
            ({"max_body_size": 10}, {"method": "POST", "body": b"x" * 11}, 413),
            ({"max_buffer_size": 10}, {"method": "POST", "body": b"x" * 11}, 413),
            ({"max_header_size": 200}, {"headers": {"X": "y" * 200}}, 431),
            ({"max_header_fields": 5}, {"headers": {f"X-{i}": "y" for i in range(5)}}, 431),
        ],
    )
    def test_limits(
        self, options: dict[str, int], request_arguments: dict[str, Any], status: int
    ) -> None:
        async def test(fetch: Fetch, server: HTTPServer) -> None:
            assert (await fetch()).code == 200
            assert (await fetch(**request_arguments)).code == status

        serve(APPLICATION, test, **options)


class TestTheEnd:
    def test_connections_are_counted_and_closed(self) -> None:
        async def test(fetch: Fetch, server: HTTPServer) -> None:
            await asyncio.gather(*[fetch() for _ in range(5)])
            assert server.connection_count == 5
            await server.close_all_connections()
            assert server.connection_count == 0
            assert (await fetch()).code == 200  # it still listens

        serve(APPLICATION, test)
