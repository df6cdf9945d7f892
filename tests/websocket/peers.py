"""A peer that speaks WebSocket frame by frame, as rightly or wrongly as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.wire import Peer, Served, serving
from zonda.protocol.websocket import CLOSE, WebSocket, new_key
from zonda.web import Application

HANDSHAKE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: " + new_key(),
    "Sec-WebSocket-Version: 13",
)


class FramePeer:
    """The client's end over raw bytes; built by :func:`upgraded`."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.machine = WebSocket(False, 1 << 30)
        self._events: list[Any] = []

    async def send(self, data: bytes) -> None:
        await self.peer.send(data)

    async def event(self) -> Any:
        """The next event; None when the server has closed the stream."""
        while not self._events:
            try:
                data = await self.peer.reader.read(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._events = self.machine.receive(data)
        return self._events.pop(0)

    async def close_code(self) -> int | None:
        """The code of the server's close frame; messages before it are passed over."""
        while (event := await self.event()) is not None:
            if event[0] == CLOSE:
                return int(event[1].code or 1005)
        return None


async def upgraded(served: Served, path: str = "/ws", *fields: str, **options: Any) -> FramePeer:
    """A connection whose handshake is done."""
    peer = await served.connect(**options)
    answer = await peer.get(path, *HANDSHAKE, *fields)
    assert answer.status == 101, answer
    return FramePeer(peer)


@asynccontextmanager
async def application(handler: Any, *, tls: bool = False, **settings: Any) -> AsyncIterator[Served]:
    """Serve one WebSocket handler at /ws; at the end, wait until its connections are over."""
    alive: set[Any] = set()

    class Tracked(handler):  # type: ignore[misc]
        def _become_websocket(self) -> None:
            alive.add(self)
            super()._become_websocket()

        def on_connection_close(self) -> None:
            super().on_connection_close()
            alive.discard(self)

    routes = [(r"/ws(?:/(\w+))?", Tracked)]
    async with serving(Application(routes, **settings), tls=tls) as served:
        yield served
        for peer in served.peers:
            await peer.close()
        await served.until(lambda: not alive)
