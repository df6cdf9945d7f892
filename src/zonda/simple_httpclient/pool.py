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

    __slots__ = ("_closed", "_count", "_deadlines", "_idle", "_limit", "_max_age", "deadline")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, limit: int = 100, max_age: float = 0.0
    ) -> None:
        self._deadlines = Deadlines(loop)
        #: For each key those that are idle, the one that is longest in front.
        self._idle: dict[Hashable, dict[HTTP1ClientConnection, None]] = {}
        self._count = 0
        self._limit = limit
        self._max_age = max_age
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
        now = self._deadlines.now
        if self._closed or (self._max_age and connection.born + self._max_age <= now):
            connection.close()
            return
        connection.on_lost = self._forget
        connection.idle_until = now + IDLE_TIMEOUT
        idle = self._idle.get(connection.key)
        if idle is None:
            if not self._idle:
                self._deadlines.add(self)
                connection.idle_until = self._deadlines.now + IDLE_TIMEOUT
            self._idle[connection.key] = {connection: None}
        else:
            idle[connection] = None
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
            for connection in list(connections):
                if connection.idle_until > now:
                    break  # they lie in the order in which they were put back
                self._forget(connection)
                connection.close()
        if not self._idle:
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
