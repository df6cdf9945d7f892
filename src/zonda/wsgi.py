"""WSGI applications (PEP 3333) as guests on a Zonda server.

::

    container = WSGIContainer(flask_app, ThreadPoolExecutor(8))
    application = web.Application([
        (r"/live", LiveHandler),
        (r".*", web.FallbackHandler, {"fallback": container}),
    ])

A WSGI application blocks while it works. Give the container an executor and it blocks a
thread of that; without one it blocks the whole server, as in Tornado.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from zonda._version import __version__
from zonda.concurrent import dummy_executor
from zonda.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from zonda.ioloop import IOLoop
from zonda.iostream import StreamClosedError
from zonda.legacy import names
from zonda.log import access_log, app_log, visible
from zonda.protocol.exchange import EMPTY_BLOCK
from zonda.web.connection import exchange_of

if TYPE_CHECKING:
    import concurrent.futures

__all__ = ["HTTPRequest", "WSGIContainer", "to_wsgi_str"]

HTTPRequest = HTTPServerRequest


def to_wsgi_str(s: bytes) -> str:
    """Bytes as the str that WSGI carries them in: one character each (PEP 3333)."""
    return s.decode("latin-1")


WSGIAppType = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Names that CGI gives to fields, where they are not ``HTTP_`` and the field's own.
_CGI_NAMES = {"Content-Type": "CONTENT_TYPE", "Content-Length": "CONTENT_LENGTH"}


class WSGIContainer:
    """Makes a request callback of a WSGI application.

    Args:
        wsgi_application: the application.
        executor: runs the application's code; by default it runs on the loop's thread and
            blocks it.
    """

    def __init__(
        self,
        wsgi_application: WSGIAppType,
        executor: concurrent.futures.Executor | None = None,
    ) -> None:
        self.wsgi_application = wsgi_application
        self.executor = dummy_executor if executor is None else executor

    def __call__(self, request: HTTPServerRequest) -> None:
        """Serve a request."""
        IOLoop.current().spawn_callback(self.handle_request, request)

    async def handle_request(self, request: HTTPServerRequest) -> None:
        """Run the application and send what it returns, piece by piece."""
        response = _Response(request)
        try:
            await self._serve(request, response)
        except StreamClosedError:
            pass  # the client has gone
        except Exception:
            app_log.error(
                "Exception in the WSGI application: %s %s",
                request.method,
                request.uri,
                exc_info=True,
            )
            response.fail()
        self._log(response.status, request)

    async def _serve(self, request: HTTPServerRequest, response: _Response) -> None:
        calls = _Calls(self.executor)
        chunks: Iterable[bytes] = await calls.run(
            self.wsgi_application, self.environ(request), response.start
        )
        try:
            if isinstance(chunks, list | tuple):
                await response.send_whole(b"".join(chunks))
            else:
                iterator = iter(chunks)
                while (chunk := await calls.run(_next, iterator)) is not None:
                    await response.send(chunk)
                await response.end()
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                # PEP 3333 wants it called: not to be taken back from the executor if nobody
                # waits for it any more.
                await asyncio.shield(calls.run(close))

    def environ(self, request: HTTPServerRequest) -> dict[str, Any]:
        """The WSGI environment of a request (PEP 3333, RFC 3875)."""
        host, _, port = request.host.rpartition(":")
        if not host or not port.isdigit():
            host, port = request.host, "443" if request.protocol == "https" else "80"
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": to_wsgi_str(unquote_to_bytes(request.path)),
            "QUERY_STRING": request.query,
            "REMOTE_ADDR": request.remote_ip,
            "SERVER_NAME": host,
            "SERVER_PORT": port,
            "SERVER_PROTOCOL": request.version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": request.protocol,
            "wsgi.input": BytesIO(request.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": self.executor is not dummy_executor,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            key = _CGI_NAMES.get(name) or f"HTTP_{name.replace('-', '_').upper()}"
            environ[key] = value
        return environ

    def _log(self, status: int, request: HTTPServerRequest) -> None:
        if status < 400:
            log = access_log.info
        elif status < 500:
            log = access_log.warning
        else:
            log = access_log.error
        summary = visible(f"{request.method} {request.uri} ({request.remote_ip})")
        log("%d %s %.2fms", status, summary, 1000.0 * request.request_time())


class _Calls:
    """The application's code for one request, in the threads of an executor.

    All calls see the same context variables, as they would on a WSGI server that gives a request
    to one thread: Flask keeps the request there, also for what makes the content piece by piece.
    They are made one after the other, even if nobody waits for one any more.
    """

    def __init__(self, executor: concurrent.futures.Executor) -> None:
        self._executor = executor
        self._context = contextvars.copy_context()
        self._lock = threading.Lock()

    def run(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Have ``function(*args)`` called."""
        return asyncio.wrap_future(self._executor.submit(self._call, function, *args))

    def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        with self._lock:
            return self._context.run(function, *args)


class _Response:
    """What the application says about its response, and how far it has been sent."""

    def __init__(self, request: HTTPServerRequest) -> None:
        self.request = request
        self.status = 500
        self._reason = "Unknown"
        self._headers: HTTPHeaders | None = None
        self._written: list[bytes] = []
        self._begun = False

    def start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,
    ) -> Callable[[bytes], None]:
        """The ``start_response`` of PEP 3333."""
        if exc_info is not None and self._begun:
            raise exc_info[1].with_traceback(exc_info[2])
        code, _, reason = status.partition(" ")
        self.status = int(code)
        self._reason = reason
        self._headers = HTTPHeaders()
        for name, value in headers:
            self._headers.add(name, value)
        return self._written.append

    async def send_whole(self, body: bytes) -> None:
        """Send a response whose content is all here."""
        body = b"".join([*self._written, body])
        self._written.clear()
        headers = self._head()
        if self.status not in (204, 304) and "Content-Length" not in headers:
            headers["Content-Length"] = str(len(body))
        await self._begin(body)
        self.request.connection.finish()

    async def send(self, chunk: bytes) -> None:
        """Send a piece; wait until the client has taken enough of it."""
        chunk = b"".join([*self._written, chunk])
        self._written.clear()
        if not chunk:
            return
        if self._begun:
            await self.request.connection.write(chunk)
        else:
            self._head()
            await self._begin(chunk)

    async def end(self) -> None:
        """The application has nothing more."""
        if self._begun:
            self.request.connection.finish()
        else:
            await self.send_whole(b"")

    def fail(self) -> None:
        """The application has failed: say so, or break off what has been begun."""
        exchange = exchange_of(self.request.connection)
        if self._begun:
            exchange.abandon()
        else:
            self.status = 500
            exchange.respond(500, None, EMPTY_BLOCK, (), b"")

    def _head(self) -> HTTPHeaders:
        headers = self._headers
        if headers is None:
            raise RuntimeError("the WSGI application did not call start_response")
        if self.status != 304:
            headers.setdefault("Content-Type", "text/html; charset=UTF-8")
        headers.setdefault("Server", f"Zonda/{__version__}")
        return headers

    async def _begin(self, chunk: bytes) -> None:
        self._begun = True
        start_line = ResponseStartLine("HTTP/1.1", self.status, self._reason)
        await self.request.connection.write_headers(
            start_line, self._headers, b"" if self.request.method == "HEAD" else chunk
        )


def _next(iterator: Iterator[bytes]) -> bytes | None:
    """The next piece, or None: StopIteration cannot pass through a future."""
    return next(iterator, None)


__getattr__ = names("wsgi")
