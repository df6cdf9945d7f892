"""Pings at intervals, and the end of a connection whose peer does not answer them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zonda.websocket.connection import WebSocketProtocol13
    from zonda.websocket.settings import ConnectionSettings
    from zonda.websocket.timer import Timer

__all__ = ["Heartbeat"]


class Heartbeat:
    """Sends the pings of one connection.

    Args:
        connection: the connection, which calls :meth:`pong`.
        timer: the connection's own; it is free until the connection closes.
        settings: they have an interval.
    """

    __slots__ = ("_answered", "_connection", "_interval", "_limit", "_timer")

    def __init__(
        self, connection: WebSocketProtocol13, timer: Timer, settings: ConnectionSettings
    ) -> None:
        assert settings.ping_interval is not None
        self._connection = connection
        self._timer = timer
        self._interval = settings.ping_interval
        self._limit = settings.pong_limit
        self._answered = False
        timer.set(self._interval, self._ping)

    def pong(self) -> None:
        """The peer is alive."""
        self._answered = True

    def _ping(self) -> None:
        self._answered = False
        self._connection.write_ping(b"")
        if self._limit > 0:
            self._timer.set(self._limit, self._check)
        else:
            self._timer.set(self._interval, self._ping)

    def _check(self) -> None:
        # While a callback is awaited nothing is read: the pong may well have come.
        if not self._answered and not self._connection.is_holding_back:
            self._connection.close(reason="ping timed out")
            return
        rest = self._interval - self._limit
        if rest > 0:
            self._timer.set(rest, self._ping)
        else:
            self._ping()
