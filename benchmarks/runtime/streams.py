"""Streams over loopback, both ends in one process: `IOStream` of either package, or asyncio's.

Workloads as in `benchmarks.runtime.workloads`; an operation is a line that came back, or a
block that arrived.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from benchmarks.processes import HOST
from benchmarks.runtime.rows import ASYNCIO
from benchmarks.runtime.workloads import TURN, Turn, expect, part

CONNECTIONS = 50
LINE = b"x" * 99 + b"\n"
BLOCK = bytes(range(256)) * 256
#: How far asyncio may read ahead: what suits it best. With its default, one block, it needs more.
LIMIT = 4 * len(BLOCK)


class Stream(Protocol):
    """What the workloads do with a connection; closing ends the other side's work."""

    async def send(self, data: bytes) -> None: ...
    async def line(self) -> bytes: ...
    async def block(self) -> bytes: ...


class Pull:
    """An `IOStream` of Zonda or Tornado."""

    def __init__(self, stream: Any) -> None:
        self.send = stream.write
        self.line = lambda: stream.read_until(b"\n")
        self.block = lambda: stream.read_bytes(len(BLOCK))


class Pair:
    """A reader and a writer of asyncio, written to as its documentation says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.line = reader.readline
        self.block = lambda: reader.readexactly(len(BLOCK))

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


Serve = Callable[[Any], Awaitable[None]]


async def connect(package: str, serve: Serve, connections: int) -> list[Any]:
    """The client's ends of so many connections, whose other ends are being served."""
    listener = socket.create_server((HOST, 0), backlog=connections)
    address = listener.getsockname()
    if package == ASYNCIO:
        await asyncio.start_server(
            lambda reader, writer: serve(Pair(reader, writer)), sock=listener, limit=LIMIT
        )
        pairs = [await asyncio.open_connection(*address, limit=LIMIT) for _ in range(connections)]
        return [Pair(*pair) for pair in pairs]

    class Server(part(package, "tcpserver").TCPServer):  # type: ignore[misc]
        async def handle_stream(self, stream: Any, address: tuple[str, int]) -> None:
            await serve(Pull(stream))

    listener.setblocking(False)
    server = Server()
    server.add_socket(listener)
    client = part(package, "tcpclient").TCPClient()
    return [Pull(await client.connect(*address)) for _ in range(connections)]


async def echo(package: str) -> Turn:
    """Lines to a server that sends them back, over 50 connections at once."""

    async def serve(stream: Stream) -> None:
        while line := await stream.line():
            await stream.send(line)

    streams = await connect(package, serve, CONNECTIONS)

    async def ask(stream: Stream) -> int:
        answered = 0
        for _ in range(TURN // CONNECTIONS):
            await stream.send(LINE)
            answered += await stream.line() == LINE
        return answered

    async def turn() -> None:
        expect(sum(await asyncio.gather(*map(ask, streams))), TURN)

    return turn


async def blocks(package: str) -> Turn:
    """Blocks from a server that sends as many as a line asks for, held back by the reader."""

    async def serve(stream: Stream) -> None:
        while wanted := await stream.line():
            for _ in range(int(wanted)):
                await stream.send(BLOCK)

    [stream] = await connect(package, serve, 1)

    async def turn() -> None:
        await stream.send(b"%d\n" % TURN)
        for _ in range(TURN):
            expect(await stream.block() == BLOCK, True)

    return turn
