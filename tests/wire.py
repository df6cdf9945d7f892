"""A server on loopback, and peers that send exactly what they are told.

Everything runs on one loop, so that a test may look into the server's connections, or make
their deadlines pass, while a peer waits.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests import loops
from zonda.httpserver import HTTPServer
from zonda.testing import AsyncHTTPSTestCase, bind_unused_port
from zonda.web import Application

#: Seconds after which a test is stuck.
PATIENCE = 20.0


def looped(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an ``async def`` test on a loop of its own; what the loop reports fails it.

    Tasks that the test has begun may end after it, but end they must: what they hold would be
    left to the garbage collector, which complains in the middle of another test.
    """

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        reports: list[dict[str, Any]] = []

        async def body() -> None:
            asyncio.get_running_loop().set_exception_handler(
                lambda loop, report: reports.append(report)
            )
            await asyncio.wait_for(test(*args, **kwargs), PATIENCE)
            if others := asyncio.all_tasks() - {asyncio.current_task()}:
                _, left = await asyncio.wait(others, timeout=PATIENCE)
                assert not left, left

        loops.run(body())
        assert not reports, reports

    return run


@dataclass
class Answer:
    """One response, as it came over the wire."""

    status: int
    reason: str
    version: str
    fields: list[tuple[str, str]]
    body: bytes = b""
    trailers: list[tuple[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """The field's value; KeyError if there is not exactly one."""
        values = self.all(name)
        if len(values) != 1:
            raise KeyError(f"{name}: {values}")
        return values[0]

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.fields if known.lower() == name.lower()]

    @property
    def text(self) -> str:
        return self.body.decode()


def parse_head(data: bytes) -> Answer:
    start, *lines = data.decode("latin-1").split("\r\n")
    version, status, reason = start.split(" ", 2)
    assert len(status) == 3, start
    return Answer(int(status), reason, version, [_field(line) for line in lines])


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(": ")
    assert colon, line
    assert name == name.strip(), line
    return name, value


class Peer:
    """A client that knows no manners: one connection, raw bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *pieces: bytes | str) -> None:
        for piece in pieces:
            self.writer.write(piece.encode("latin-1") if isinstance(piece, str) else piece)
        await self.writer.drain()

    async def get(self, path: str = "/", *fields: str, method: str = "GET") -> Answer:
        """Make a request without a body and read the answer."""
        lines = "".join(f"{line}\r\n" for line in fields)
        await self.send(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n")
        return await self.answer(method)

    async def post(self, path: str, body: bytes, *fields: str) -> Answer:
        lines = "".join(f"{line}\r\n" for line in (*fields, f"Content-Length: {len(body)}"))
        await self.send(f"POST {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n", body)
        return await self.answer()

    async def head(self) -> Answer:
        """The next head, interim ones included."""
        return parse_head((await self.reader.readuntil(b"\r\n\r\n"))[:-4])

    async def answer(self, method: str = "GET") -> Answer:
        """The next final response, framed strictly by RFC 9112 section 6.3."""
        answer = await self.head()
        while answer.status < 200 and answer.status != 101:
            answer = await self.head()
        coding, length = answer.all("Transfer-Encoding"), answer.all("Content-Length")
        assert len(coding) + len(length) <= 1, "one framing at most"
        if method == "HEAD" or answer.status < 200 or answer.status in (204, 304):
            return answer
        if coding:
            assert coding == ["chunked"]
            await self._chunked(answer)
        elif length:
            answer.body = await self.reader.readexactly(int(length[0]))
        else:
            answer.body = await self.reader.read()
        return answer

    async def _chunked(self, answer: Answer) -> None:
        pieces = []
        while size := int(await self.line(), 16):
            pieces.append(await self.reader.readexactly(size))
            assert await self.line() == b""
        answer.body = b"".join(pieces)
        while line := await self.line():
            answer.trailers.append(_field(line.decode("latin-1")))

    async def line(self) -> bytes:
        return (await self.reader.readuntil(b"\r\n"))[:-2]

    async def rest(self) -> bytes:
        """Everything up to the end of the connection, however it ends."""
        data = b""
        while True:
            try:
                piece = await self.reader.read(65536)
            except ConnectionError:
                return data
            if not piece:
                return data
            data += piece

    def say_no_more(self) -> None:
        """Close the sending half."""
        self.writer.write_eof()

    def reset(self) -> None:
        """Go away without manners: RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def close(self) -> None:
        if self.writer.is_closing():
            return
        if self.writer.transport.get_write_buffer_size():
            self.writer.transport.abort()  # the server does not want it
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except (OSError, ssl.SSLError):
            pass  # the server was faster, or less polite


@dataclass
class Served:
    """A running server and its address."""

    server: HTTPServer
    port: int
    tls: bool = False
    peers: list[Peer] = field(default_factory=list)

    async def connect(self, *, read_buffer: int | None = None) -> Peer:
        """Open a connection; ``read_buffer`` makes the kernel take only a little ahead."""
        sock = socket.socket(proto=socket.IPPROTO_TCP)  # or asyncio leaves Nagle's algorithm on
        if read_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, read_buffer)
        sock.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        except BaseException:
            sock.close()
            raise
        limit = 2**16 if read_buffer is None else 2**10
        options: dict[str, Any] = {"ssl": client_tls(), "server_hostname": "x"} if self.tls else {}
        reader, writer = await asyncio.open_connection(sock=sock, limit=limit, **options)
        peer = Peer(reader, writer)
        self.peers.append(peer)
        await self._warm_up()
        return peer

    async def _warm_up(self) -> None:
        """Bring the server into the state of one that has run for a while."""
        await self.until(lambda: self.server._context)
        eager = self.server._context.eager  # type: ignore[union-attr]
        if not eager._spares:
            eager._refill()
            await self.until(lambda: eager._spares)

    @property
    def connections(self) -> list[Any]:
        """The server's ends of all connections."""
        context = self.server._context
        return [] if context is None else list(context.connections)

    @property
    def connection(self) -> Any:
        """The server's end of the only connection."""
        (connection,) = self.connections
        return connection

    def time_passes(self, seconds: float) -> None:
        """Let the server look at its deadlines as if it were later."""
        now = asyncio.get_running_loop().time() + seconds
        for connection in self.connections:
            deadlines = connection.server.deadlines
            deadlines.now = now
            deadlines._handle.cancel()  # from now on time is what tests make of it
            if connection.deadline <= now:
                connection.deadline_passed(now)

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the loop turn until something has become true."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.001)

    async def all_gone(self) -> None:
        """Wait until the server has no connection left."""
        await self.until(lambda: not self.connections)


@functools.cache
def client_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@asynccontextmanager
async def serving(what: Any, *, tls: bool = False, **options: Any) -> AsyncIterator[Served]:
    """Serve an application, a list of its routes, or anything else a server takes."""
    if isinstance(what, list):
        what = Application(what)
    if tls:
        options["ssl_options"] = AsyncHTTPSTestCase.default_ssl_options()
    listener, port = bind_unused_port()
    server = HTTPServer(what, **options)
    server.add_sockets([listener])
    served = Served(server, port, tls)
    try:
        yield served
    finally:
        for peer in served.peers:
            await peer.close()
        server.stop()
        await server.close_all_connections()
        assert not served.connections
