"""How long a server's connection waits for its client, in each of the client's duties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zonda.deadlines import NEVER
from zonda.http1connection.backlog import Backlog
from zonda.log import gen_log
from zonda.protocol.errors import RemoteProtocolError

if TYPE_CHECKING:
    from zonda.http1connection.body import RequestBody
    from zonda.http1connection.exchange import HTTP1Exchange
    from zonda.http1connection.settings import ServerContext
    from zonda.iostream import IOStream
    from zonda.protocol.http1 import HTTP1Server

__all__ = ["ClientPatience"]


class ClientPatience:
    """The deadlines of a ``ServerConnection``: set at every turn, looked at once a second."""

    __slots__ = ("_backlog", "_dropped", "_head_deadline", "_linger_until", "deadline")

    if TYPE_CHECKING:
        _backlog: Backlog | None
        _dropped: int
        _head_deadline: float
        _linger_until: float
        _lingering: bool
        _paused: bool
        _peer_eof: bool
        body: RequestBody | None
        deadline: float
        exchange: HTTP1Exchange | None
        machine: HTTP1Server
        remote_ip: str
        server: ServerContext
        stream: IOStream

        def _refuse(self, error: RemoteProtocolError) -> None: ...
        def _rest(self) -> None: ...
        def _send_out(self) -> None: ...

    def _set_deadline(self) -> None:
        """How long the client may take for what is expected of it now."""
        now, timeouts = self.server.deadlines.now, self.server.timeouts
        if self._lingering or self._paused:
            if self._backlog is None:
                self._backlog = Backlog(self.stream, now)
            self.deadline = now + (timeouts.linger if self._lingering else timeouts.write)
        elif self.exchange is None:
            if not self.machine.partial_head:
                self.deadline = now + timeouts.idle
            elif self.deadline != self._head_deadline:
                self.deadline = self._head_deadline = now + timeouts.header
        elif self.body is not None:
            self.deadline = NEVER if self.body.holding else now
        else:
            self.deadline = now + timeouts.half_close if self._peer_eof else NEVER

    def deadline_passed(self, now: float) -> None:
        """The client was too slow, or has nothing more to say."""
        timeouts = self.server.timeouts
        watching = self._backlog is not None and (self._paused or self._lingering)
        stalled = self._backlog.stalled(now) if self._backlog is not None and watching else None
        if stalled is not None:
            self._await_taking(now, stalled)
        elif self._lingering:
            dropped, self._dropped = self._dropped, 0
            if dropped and now < self._linger_until:
                self.deadline = now + timeouts.linger
            else:
                self.stream.close()
        elif self.body is not None:
            reason = self.body.slowness(now)
            if reason is None:
                self.deadline = now + 1.0
            else:
                self._time_out("body", reason)
        elif self.exchange is None and self.machine.partial_head:
            reason = f"the request head was not complete within {timeouts.header:g} seconds"
            self._time_out("head", reason)
        else:
            self.stream.close()

    def _time_out(self, part: str, reason: str) -> None:
        gen_log.info("Timeout reading %s from %s: %s", part, self.remote_ip, reason)
        self._refuse(RemoteProtocolError(408, reason))
        self._send_out()
        self._rest()

    def _await_taking(self, now: float, stalled: float) -> None:
        """The client has taken nothing of its response for so many seconds."""
        timeouts = self.server.timeouts
        if stalled > timeouts.write:
            gen_log.info(
                "Closed the connection of %s: nothing of its response was taken for %g seconds",
                self.remote_ip,
                timeouts.write,
            )
            self.stream.abort()
        else:
            self.deadline = now + min(timeouts.linger, timeouts.write - stalled)
