"""A server that answers what a test tells it to, and counts its connections."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests import loops
from zonda.simple_httpclient import SimpleAsyncHTTPClient


@dataclass
class Asked:
    """One request as it came over the wire."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.fields if known.lower() == name.lower()]

    def __getitem__(self, name: str) -> str:
        (value,) = self.all(name)
        return value


@dataclass
class Peer:
    """The server's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    #: Set when the client, or the play, has closed the connection.
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self) -> Asked:
        """The next request, without its body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head[:-4].split("\r\n")
        method, target, _ = line.split(" ")
        pairs = [text.split(": ", 1) for text in lines]
        return Asked(method, target, [(name, value) for name, value in pairs])

    async def read_body(self, asked: Asked) -> None:
        if asked.all("Transfer-Encoding"):
            while size := int(await self.reader.readuntil(b"\n"), 16):
                asked.body += await self.reader.readexactly(size)
                await self.reader.readline()
            await self.reader.readline()
        elif asked.all("Content-Length"):
            asked.body = await self.reader.readexactly(int(asked["Content-Length"]))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def closed(self) -> None:
        """Wait until the client closes the connection."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass


Play = Callable[[Asked, Peer], Awaitable[bytes | None]]


def ok(body: bytes = b"hello", *fields: str, status: str = "200 OK") -> bytes:
    """A response with Content-Length and further field lines."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


async def hello(asked: Asked, peer: Peer) -> bytes:
    return ok()


@dataclass
class Origin:
    """A listening server. ``play`` gives the answer; None: close the connection."""

    play: Play = hello
    context: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    read_bodies: bool = True
    #: 0: any. Then the one it has.
    port: int = 0
    connections: int = 0
    #: Set when the first connection has been accepted.
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Asked] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    async def __aenter__(self) -> Origin:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server = await asyncio.start_server(
            self._serve, self.host, self.port, ssl=self.context, limit=2**20
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for peer in self.peers:
            peer.writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        assert not self.failures

    @property
    def url(self) -> str:
        scheme = "http" if self.context is None else "https"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        peer = Peer(reader, writer, self.connections)
        self.peers.append(peer)
        self.accepted.set()
        try:
            while True:
                asked = await peer.ask()
                if self.read_bodies:
                    await peer.read_body(asked)
                self.asked.append(asked)
                answer = await self.play(asked, peer)
                if answer is None:
                    break
                await peer.send(answer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:
            self.failures.append(error)
        finally:
            self._tasks.discard(task)
            peer.over.set()
            writer.close()


class Harness:
    """What the tests need, without an import between test files."""

    Asked = Asked
    Peer = Peer
    Origin = Origin
    ok = staticmethod(ok)


@pytest.fixture
def wire() -> type[Harness]:
    return Harness


@pytest.fixture
def client_of() -> Any:
    """Makes clients of the test's own, closed at its end."""
    clients: list[SimpleAsyncHTTPClient] = []

    def make(**kwargs: Any) -> SimpleAsyncHTTPClient:
        client = SimpleAsyncHTTPClient(force_instance=True, **kwargs)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: Any, name: str, obj: Any) -> None:
    """Tests may be ``async def``: each runs in a loop of its own."""
    if collector.funcnamefilter(name) and asyncio.iscoroutinefunction(obj):
        module = collector.getparent(pytest.Module).obj
        holder = collector.obj if collector.obj is not module else module
        setattr(holder, name, _in_a_loop(obj))


def _in_a_loop(test: Callable[..., Any]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        loops.run(test(*args, **kwargs))

    return run
