"""A site with something of everything, and raw requests to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.wire import Answer, Peer, Served, serving
from zonda import web, websocket

__all__ = ["SECRET", "chunked", "exchange", "form", "opened", "site", "statuses"]

SECRET = "a secret of the site, longer than any guess"
HELLO = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"


class Hello(web.RequestHandler):
    """Answers every method; ``/hello?smuggled`` must never be asked for."""

    SUPPORTED_METHODS = web.RequestHandler.SUPPORTED_METHODS

    def get(self) -> None:
        self.write({"uri": self.request.uri, "body": self.request.body.decode("latin-1")})

    post = put = delete = options = get

    def head(self) -> None:
        self.set_header("Content-Length", 5)


class Form(web.RequestHandler):
    """Shows what a form, a query or the cookies held."""

    def post(self) -> None:
        arguments = {name: self.get_arguments(name) for name in self.request.arguments}
        self.write({"arguments": arguments, "files": sorted(self.request.files)})

    def get(self) -> None:
        cookies = {name: morsel.value for name, morsel in self.request.cookies.items()}
        self.write({"cookies": cookies, "arguments": len(self.request.arguments)})


class Call(web.RequestHandler):
    """Does what the test says with the handler; what it raises is in the answer."""

    def initialize(self, calls: list[Callable[[web.RequestHandler], Any]]) -> None:
        self.calls = calls

    async def get(self) -> None:
        try:
            result = self.calls[0](self)
            if isinstance(result, Awaitable):
                await result
        except ValueError:
            self.clear()
            self.finish("refused")
            return
        if not self._finished:
            self.finish("done")


class Token(web.RequestHandler):
    """Needs the token that it hands out."""

    def get(self) -> None:
        self.write(self.xsrf_token)

    def post(self) -> None:
        self.write("accepted")


class Echo(websocket.WebSocketHandler):
    """Sends back what comes."""

    def get_compression_options(self) -> dict[str, Any] | None:
        return {} if self.get_argument("deflate", None) else None

    async def on_message(self, message: str | bytes) -> None:
        await self.write_message(message, isinstance(message, bytes))


@asynccontextmanager
async def site(
    *calls: Callable[[web.RequestHandler], Any],
    static: Path | None = None,
    server: dict[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[Served]:
    """The site, served; ``/call`` does ``calls[0]``."""
    routes: list[Any] = [
        (r"/hello", Hello),
        (r"/form", Form),
        (r"/token", Token),
        (r"/echo", Echo),
        (r"/call", Call, {"calls": list(calls)}),
    ]
    if static is not None:
        options = {"path": static, "default_filename": "index.html"}
        routes.append((r"/files/(.*)", web.StaticFileHandler, options))
    application = web.Application(routes, cookie_secret=SECRET, log_function=quiet, **settings)
    async with serving(application, **(server or {})) as served:
        yield served


def form(body: bytes, content_type: str = "multipart/form-data; boundary=XX") -> bytes:
    """A request that posts a body to ``/form``."""
    head = f"POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def quiet(handler: web.RequestHandler) -> None:
    """The log of requests says nothing here."""


async def exchange(served: Served, raw: bytes) -> bytes:
    """All that the server says to some bytes, up to the end of the connection."""
    peer = await served.connect()
    await peer.send(raw)
    peer.say_no_more()
    return await peer.rest()


async def statuses(served: Served, raw: bytes) -> list[int]:
    """The statuses that some bytes are answered with, in order."""
    answered = await exchange(served, raw)
    return [int(part[:3]) for part in answered.split(b"HTTP/1.1 ")[1:]]


def chunked(body: bytes) -> bytes:
    """A request with a body that is framed by hand."""
    head = b"POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + body


async def opened(served: Served, path: str = "/echo", *fields: str) -> tuple[Peer, Answer]:
    """A WebSocket connection, and the answer to its handshake."""
    peer = await served.connect()
    answer = await peer.get(
        path,
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *fields,
    )
    return peer, answer
