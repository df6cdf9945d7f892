"""``WSGIApplication`` and ``WSGIAdapter``: an application of ours as a guest of a WSGI server.

What a program writes today: ``zonda.asgi``, or Zonda's own server.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from zonda.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.legacy import deprecated
from zonda.web import Application

__all__ = ["WSGIAdapter", "WSGIApplication", "from_wsgi_str"]

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]

_thread = threading.local()


def from_wsgi_str(s: str) -> bytes:
    """Bytes that WSGI carries as a str, with a character for each (PEP 3333)."""
    return s.encode("latin-1")


class WSGIAdapter:
    """Makes a WSGI application (PEP 3333) of a `zonda.web.Application`.

    Each request is served to its end before the call returns, on a loop of the thread's own.
    """

    def __init__(self, application: Application) -> None:
        deprecated("wsgi.WSGIAdapter", "application.listen() or zonda.asgi")
        self.application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        return serve(self.application, environ, start_response)


class WSGIApplication(Application):
    """A `zonda.web.Application` that is a WSGI application besides."""

    def __call__(self, *args: Any) -> Any:
        """Serve a WSGI request, or (called with one argument) a request of ours."""
        if len(args) == 1:
            return super().__call__(*args)
        deprecated("wsgi.WSGIApplication", "web.Application with zonda.asgi")
        return serve(self, *args)


def serve(
    application: Application, environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a WSGI request."""
    connection = WSGIConnection()
    request = request_of(environ, connection)

    def run() -> None:
        _own_loop().run_until_complete(connection.answer(application, request))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        run()
    else:  # which stands still meanwhile, but the handler may wait for something
        with ThreadPoolExecutor(1) as thread:
            thread.submit(run).result()
    start_response(connection.status, connection.fields)
    return connection.chunks


class _ThreadsLoop:
    """The loop on which a thread serves WSGI requests; closed when the thread has ended."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()

    def __del__(self) -> None:
        self.loop.close()


def _own_loop() -> asyncio.AbstractEventLoop:
    if not hasattr(_thread, "own"):
        _thread.own = _ThreadsLoop()
    loop: asyncio.AbstractEventLoop = _thread.own.loop
    return loop


class WSGIConnection(HTTPConnection):
    """Collects a response."""

    def __init__(self) -> None:
        self.status = ""
        self.fields: list[tuple[str, str]] = []
        self.chunks: list[bytes] = []
        self.context = SimpleNamespace()
        self._end: asyncio.Future[None] | None = None

    async def answer(self, application: Application, request: HTTPServerRequest) -> None:
        """Run the application until the response is complete."""
        self._end = asyncio.get_running_loop().create_future()
        Application.__call__(application, request)
        await self._end

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """See `HTTPConnection`."""
        assert isinstance(start_line, ResponseStartLine)
        self.status = f"{start_line.code} {start_line.reason}"
        self.fields = list(headers.get_all())
        return self.write(chunk or b"")

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """See `HTTPConnection`."""
        if chunk:
            self.chunks.append(chunk)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    def finish(self) -> None:
        """See `HTTPConnection`."""
        assert self._end is not None
        if not self._end.done():
            self._end.set_result(None)


def request_of(environ: Environ, connection: WSGIConnection) -> HTTPServerRequest:
    """The request that a WSGI environment describes (PEP 3333, "environ Variables")."""
    headers = HTTPHeaders()
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            headers[key[5:].replace("_", "-").title()] = value
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    body = b""
    if environ.get("CONTENT_LENGTH"):
        headers["Content-Length"] = environ["CONTENT_LENGTH"]
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    uri = quote(from_wsgi_str(path)) or "/"
    if environ.get("QUERY_STRING"):
        uri += "?" + environ["QUERY_STRING"]
    connection.context.remote_ip = environ.get("REMOTE_ADDR", "")
    connection.context.protocol = environ.get("wsgi.url_scheme", "http")
    request = HTTPServerRequest(
        environ["REQUEST_METHOD"],
        uri,
        "HTTP/1.1",
        headers,
        body,
        host=headers.get("Host") or environ["SERVER_NAME"],
        connection=connection,
    )
    request._parse_body()
    return request
