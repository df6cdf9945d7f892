"""Idle connections, by what they may be used for."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Final
from weakref import WeakValueDictionary

from zonda.deadlines import Deadlines
from zonda.http1connection.client import HTTP1ClientConnection

__all__ = ["ConnectionPool", "Shelf"]

#: Seconds for which an unused connection is kept. Shorter than most servers' own limit,
#: so that a request rarely meets a connection that is just being closed.
IDLE_TIMEOUT: Final = 30.0


class Shelf(dict[HTTP1ClientConnection, None]):
    """The idle connections that may be used for the same; the one put back last is at the end.

    A shelf is there as long as a plan or a connection knows it.
    """

    __slots__ = ("__weakref__",)


class ConnectionPool:
    """Connections between two exchanges.

    A key holds everything that tells connections apart: origin, TLS options, proxy,
    source address. The last connection put back is the first to be taken: it is the
    least likely to have been closed by the server, and the others can grow old and go.

    Args:
        loop: the loop of the client.
        limit: connections that are kept; then the one goes that was put back first.
        max_age: seconds after which a connection is not put back any more; 0: any time.
    """

    __slots__ = (
        "_closed",
        "_deadlines",
        "_idle",
        "_limit",
        "_max_age",
        "_shelves",
        "_watching",
        "deadline",
    )

    def __init__(
        self, loop: asyncio.AbstractEventLoop, limit: int = 100, max_age: float = 0.0
    ) -> None:
        self._deadlines = Deadlines(loop)
        #: All that are idle, and since when, in this order.
        self._idle: dict[HTTP1ClientConnection, float] = {}
        self._shelves: WeakValueDictionary[Hashable, Shelf] = WeakValueDictionary()
        self._limit = limit
        self._max_age = max_age
        self._watching = False
        self.deadline = 0.0
        self._closed = False

    def __len__(self) -> int:
        return len(self._idle)

    def shelf(self, key: Hashable) -> Shelf:
        """Where the idle connections for ``key`` are, or will be."""
        shelf = self._shelves.get(key)
        if shelf is None:
            shelf = self._shelves[key] = Shelf()
        return shelf

    def take(self, shelf: Shelf) -> HTTP1ClientConnection | None:
        """A connection from there, if one is idle."""
        while shelf:
            connection, _ = shelf.popitem()
            del self._idle[connection]
            if not connection.lost:
                return connection
        return None

    def put(self, connection: HTTP1ClientConnection) -> None:
        """Keep a connection whose exchange is over, unless the pool is closed or it is too old."""
        if self._closed:
            connection.close()
            return
        if not self._watching:
            self._watching = True
            self._deadlines.add(self)
        now = self._deadlines.now
        if self._max_age and connection.born + self._max_age <= now:
            connection.close()
            return
        if connection.on_lost is None:
            connection.on_lost = self._forget
        self._idle[connection] = now
        connection.shelf[connection] = None
        if len(self._idle) > self._limit:
            oldest = next(iter(self._idle))
            self._forget(oldest)
            oldest.close()

    def _forget(self, connection: HTTP1ClientConnection) -> None:
        """A connection that is idle here has been closed."""
        if self._idle.pop(connection, None) is not None:
            del connection.shelf[connection]

    def deadline_passed(self, now: float) -> None:
        """Once a second: close what has been idle for too long."""
        for connection, since in list(self._idle.items()):
            if since + IDLE_TIMEOUT > now:
                break  # they lie in the order in which they were put back
            self._forget(connection)
            connection.close()
        if not self._idle:
            self._watching = False
            self._deadlines.discard(self)

    def close(self) -> None:
        """Close all idle connections, and those that become idle later."""
        self._closed = True
        self._deadlines.close()
        for connection in list(self._idle):
            self._forget(connection)
            connection.close()
