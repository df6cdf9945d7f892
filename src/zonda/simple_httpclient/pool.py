"""Idle connections, by what they may be used for."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Final

from zonda.deadlines import Deadlines
from zonda.http1connection.client import HTTP1ClientConnection

__all__ = ["ConnectionPool"]

#: Seconds for which an unused connection is kept. Shorter than most servers' own limit,
#: so that a request rarely meets a connection that is just being closed.
IDLE_TIMEOUT: Final = 30.0


class ConnectionPool:
    """Connections between two exchanges.

    A key holds everything that tells connections apart: origin, TLS options, proxy,
    source address. The last connection put back is the first to be taken: it is the
    least likely to have been closed by the server, and the others can grow old and go.

    Args:
        loop: the loop of the client.
        limit: connections that are kept; then one goes that was put back long ago.
        max_age: seconds after which a connection is not put back any more; 0: any time.
    """

    __slots__ = (
        "_closed",
        "_count",
        "_deadlines",
        "_idle",
        "_limit",
        "_max_age",
        "_watching",
        "deadline",
    )

    def __init__(
        self, loop: asyncio.AbstractEventLoop, limit: int = 100, max_age: float = 0.0
    ) -> None:
        self._deadlines = Deadlines(loop)
        #: For each key those that are idle, and since when, the one that is longest in front.
        self._idle: dict[Hashable, dict[HTTP1ClientConnection, float]] = {}
        self._count = 0
        self._limit = limit
        self._max_age = max_age
        self._watching = False
        self.deadline = 0.0
        self._closed = False

    def __len__(self) -> int:
        return self._count

    def take(self, key: Hashable) -> HTTP1ClientConnection | None:
        """A connection for ``key``, if one is idle."""
        idle = self._idle.get(key)
        while idle:
            connection, _ = idle.popitem()
            self._count -= 1
            if not idle:
                del self._idle[key]
            if not connection.lost:
                return connection
        return None

    def put(self, connection: HTTP1ClientConnection) -> None:
        """Keep a connection whose exchange is over, unless the pool is closed or it is too old."""
        if not self._watching and not self._closed:
            self._watching = True
            self._deadlines.add(self)
        now = self._deadlines.now
        if self._closed or (self._max_age and connection.born + self._max_age <= now):
            connection.close()
            return
        if connection.on_lost is None:
            connection.on_lost = self._forget
        key = connection.key
        idle = self._idle.get(key)
        if idle is None:
            self._idle[key] = {connection: now}
        else:
            idle[connection] = now
        self._count += 1
        if self._count > self._limit:
            oldest = next(iter(next(iter(self._idle.values()))))
            self._forget(oldest)
            oldest.close()

    def _forget(self, connection: HTTP1ClientConnection) -> None:
        """A connection that is idle here has been closed."""
        idle = self._idle.get(connection.key)
        if idle is not None and connection in idle:
            del idle[connection]
            self._count -= 1
            if not idle:
                del self._idle[connection.key]

    def deadline_passed(self, now: float) -> None:
        """Once a second: close what has been idle for too long."""
        for connections in list(self._idle.values()):
            for connection, since in list(connections.items()):
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
        connections = [c for idle in self._idle.values() for c in idle]
        self._idle.clear()
        self._count = 0
        self._deadlines.close()
        for connection in connections:
            connection.close()
