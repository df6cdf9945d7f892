"""An application on a real socket, and a client that sends exactly what it is told."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from zonda.httpserver import HTTPServer
from zonda.web import Application


@dataclass
class Answer:
    """One response."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes = b""

    def __getitem__(self, name: str) -> str:
        """The field's value; KeyError if there is not exactly one."""
        (value,) = self.all(name) or [None]
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.fields if known.lower() == name.lower()]

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Site:
    """A running application."""

    application: Application
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(init=False, repr=False)
    _over: asyncio.Event = field(init=False, repr=False)

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)))
        self._thread.start()
        ready.wait()

    async def _serve(self, ready: threading.Event) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        server = HTTPServer(self.application)
        server.add_sockets([listener])
        ready.set()
        await self._over.wait()
        server.stop()
        await server.close_all_connections()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def exchange(self, data: bytes) -> bytes:
        """Send bytes; return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(data)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def ask(
        self,
        path: str = "/",
        method: str = "GET",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        host: str = "site.example",
    ) -> Answer:
        """Make one request. Forms need their Content-Type."""
        given = list(headers.items() if isinstance(headers, Mapping) else headers)
        fields = [("Host", host), ("Connection", "close"), *given]
        if body or method in ("POST", "PUT", "PATCH"):
            fields.append(("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        return parse(self.exchange(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body))

    def post_form(self, path: str, form: str, headers: Mapping[str, str] = {}) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask(path, "POST", {**kind, **headers}, form.encode())


def parse(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    answer = Answer(int(start.split()[1]), fields, body)
    if answer.all("Transfer-Encoding") == ["chunked"]:
        answer.body = b"".join(chunks(body))
    return answer


def chunks(body: bytes) -> Iterator[bytes]:
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        yield body[:length]
        body = body[length + 2 :]


@pytest.fixture
def serve() -> Iterator[Callable[..., Site]]:
    """Serve an application: ``serve(handlers, **settings)``. Stops it after the test."""
    sites: list[Site] = []

    def start(handlers: Any = None, **settings: Any) -> Site:
        given = isinstance(handlers, Application)
        site = Site(handlers if given else Application(handlers, **settings))
        site.start()
        sites.append(site)
        return site

    yield start
    for site in sites:
        site.stop()
