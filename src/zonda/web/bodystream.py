"""A request's body, taken by the handler at its own pace."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from zonda.iostream import StreamClosedError

__all__ = ["BodyStream"]

#: Bytes that wait for the handler before the client is held back, and down to which it must
#: take them before the client may go on.
HIGH_WATER: Final = 256 * 1024
LOW_WATER: Final = 64 * 1024


class BodyStream:
    """Pieces of a body between the connection, which puts them in, and a handler.

    An asynchronous iterator of ``bytes``, for one reader.
    """

    __slots__ = ("_chunks", "_ended", "_gone", "_loop", "_news", "_room", "_size", "wanted")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._gone = False
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        #: Done as soon as somebody asks for the body, or nobody will any more.
        self.wanted: asyncio.Future[None] = loop.create_future()

    @classmethod
    def of(cls, body: bytes) -> BodyStream:
        """A body that is complete."""
        stream = cls(asyncio.get_running_loop())
        if body:
            stream.put(body)
        stream.end()
        return stream

    # ------------------------------------------------------------- the connection's side

    def put(self, chunk: bytes) -> asyncio.Future[None] | None:
        """Add a piece; a future that is done when there is room for the next one, if not now."""
        if self._ended:
            return None
        self._chunks.append(chunk)
        self._size += len(chunk)
        self._tell()
        if self._size <= HIGH_WATER:
            return None
        if self._room is None:
            self._room = self._loop.create_future()
        return self._room

    def end(self) -> None:
        """The body is complete."""
        self._ended = True
        self._tell()

    def fail(self) -> None:
        """The client has gone."""
        self._gone = True
        self.drop()

    def drop(self) -> None:
        """Nobody takes the rest: forget it, and what comes after it."""
        self._ended = True
        self._chunks.clear()
        self._size = 0
        self._make_room()
        if not self.wanted.done():
            self.wanted.set_result(None)
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, None
        if news is not None and not news.done():
            news.set_result(None)

    # ---------------------------------------------------------------- the handler's side

    @property
    def gone(self) -> bool:
        """Whether the client left before its body was complete."""
        return self._gone

    def __aiter__(self) -> BodyStream:
        return self

    async def __anext__(self) -> bytes:
        """The next piece.

        Raises:
            StreamClosedError: the client left before its body was complete.
            RuntimeError: another task is waiting for a piece.
        """
        if not self.wanted.done():
            self.wanted.set_result(None)
        while not self._chunks:
            if self._gone:
                raise StreamClosedError
            if self._ended:
                raise StopAsyncIteration
            if self._news is not None:
                raise RuntimeError("a request body has one reader; another task is waiting for it")
            self._news = self._loop.create_future()
            try:
                await self._news
            finally:
                self._news = None
        chunk = self._chunks.popleft()
        self._size -= len(chunk)
        if self._size <= LOW_WATER:
            self._make_room()
        return chunk

    def _make_room(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)
