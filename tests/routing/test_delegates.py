"""What stands between a connection and what a router finds."""

from asyncio import Future
from typing import Any

import pytest

from zonda.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.routing import Router, RuleRouter

POST = RequestStartLine("POST", "/f?q=1", "HTTP/1.1")
FORM = {"Host": "h", "Content-Type": "application/x-www-form-urlencoded"}


class Recorder(HTTPConnection):
    """A connection that remembers what it is told."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> "Future[None]":
        self.calls.append((start_line, dict(headers), chunk))
        return Future.__new__(Future)

    def finish(self) -> None:
        self.calls.append("finish")


def test_functions_get_the_whole_request() -> None:
    seen: list[tuple[HTTPServerRequest, dict[str, Any]]] = []
    router = RuleRouter([("/(f)", lambda request, **kwargs: seen.append((request, kwargs)))])
    connection = Recorder()
    delegate = router.start_request("server", connection)
    delegate.headers_received(POST, HTTPHeaders(FORM))
    delegate.data_received(b"a=1")
    delegate.data_received(b"&b=2")
    assert not seen
    delegate.finish()
    [(request, kwargs)] = seen
    assert request.body == b"a=1&b=2"
    assert request.arguments == {"q": [b"1"], "a": [b"1"], "b": [b"2"]}
    assert request.connection is connection
    assert kwargs == {"path_args": [b"f"], "path_kwargs": {}}


def test_malformed_forms_are_the_connections_business() -> None:
    delegate = RuleRouter([("/f", print)]).start_request("server", Recorder())
    delegate.headers_received(
        POST, HTTPHeaders({"Host": "h", "Content-Type": "multipart/form-data"})
    )
    delegate.data_received(b"x")
    with pytest.raises(HTTPInputError):
        delegate.finish()


def test_nothing_found_is_404_at_the_end_of_the_request() -> None:
    connection = Recorder()
    delegate = RuleRouter().start_request("server", connection)
    delegate.headers_received(POST, HTTPHeaders(FORM))
    delegate.data_received(b"a=1")
    assert not connection.calls
    delegate.finish()
    line = ResponseStartLine("HTTP/1.1", 404, "Not Found")
    assert connection.calls == [(line, {"Content-Length": "0"}, None), "finish"]


def test_everything_is_passed_on() -> None:
    class Found(HTTPMessageDelegate):
        calls: list[Any] = []

        def headers_received(self, start_line: Any, headers: HTTPHeaders) -> None:
            self.calls.append(start_line.path)

        def data_received(self, chunk: bytes) -> None:
            self.calls.append(chunk)

        def on_connection_close(self) -> None:
            self.calls.append("closed")

    class Finds(Router):
        def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
            assert request.server_connection == "server"
            return Found()

    delegate = Finds().start_request("server", Recorder())
    delegate.on_connection_close()  # before there is a request: nobody to tell
    delegate.headers_received(POST, HTTPHeaders(FORM))
    delegate.data_received(b"x")
    delegate.on_connection_close()
    assert Found.calls == ["/f?q=1", b"x", "closed"]
