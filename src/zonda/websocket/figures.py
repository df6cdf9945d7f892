"""What Tornado's connections tell about themselves, under the names it has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zonda.protocol.websocket import WebSocket

__all__ = ["Figures"]


class Figures:
    """Bytes on the wire and in messages, both ways; and when a ping is due."""

    __slots__ = ()

    machine: WebSocket

    @staticmethod
    def ping_sleep_time(*, last_ping_time: float, interval: float, now: float) -> float:
        """Seconds until the next ping: it is due an interval after the last one."""
        return max(0.0, last_ping_time + interval - now)

    @property
    def _wire_bytes_in(self) -> int:
        return self.machine.wire_bytes_in

    @property
    def _wire_bytes_out(self) -> int:
        return self.machine.wire_bytes_out

    @property
    def _message_bytes_in(self) -> int:
        return self.machine.message_bytes_in

    @property
    def _message_bytes_out(self) -> int:
        return self.machine.message_bytes_out
