"""The figures that an application may set for its WebSocket connections."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from zonda.log import gen_log
from zonda.protocol.websocket import DeflateParameters

__all__ = ["DEFAULT_MAX_MESSAGE_SIZE", "CompressionOptions", "ConnectionSettings"]

#: Bytes that a message may have: 10 MiB.
DEFAULT_MAX_MESSAGE_SIZE = 10 * 1024 * 1024


class ConnectionSettings(NamedTuple):
    """See ``WebSocketHandler`` for what they mean; times are in seconds."""

    ping_interval: float | None = None
    ping_timeout: float | None = None
    max_message_size: int = DEFAULT_MAX_MESSAGE_SIZE

    @property
    def pong_limit(self) -> float:
        """How long the answer to a ping may take: not longer than until the next ping."""
        interval, timeout = self.ping_interval or 0, self.ping_timeout
        if timeout is None:
            return interval
        if timeout > interval:
            gen_log.warning(
                "The websocket_ping_timeout (%s) cannot be longer than the "
                "websocket_ping_interval (%s); it counts as %s",
                timeout,
                interval,
                interval,
            )
            return interval
        return timeout


#: Least and greatest values of compression options.
_RANGES: Final = {
    "compression_level": (-1, 9),
    "mem_level": (1, 9),
    "server_max_window_bits": (9, 15),
    "client_max_window_bits": (9, 15),
}


class CompressionOptions(NamedTuple):
    """What ``get_compression_options`` returned."""

    compression_level: int = 1
    mem_level: int = 8
    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15

    @classmethod
    def of(cls, options: dict[str, Any]) -> CompressionOptions:
        """Read the dictionary. Options that do not exist are logged, and mean nothing.

        Raises:
            ValueError: an option has a value that zlib or RFC 7692 does not know.
        """
        unknown = options.keys() - set(cls._fields)
        if unknown:
            gen_log.warning(
                "Unknown WebSocket compression option %s; there are %s",
                ", ".join(sorted(unknown)),
                ", ".join(cls._fields),
            )
        known = cls(**{name: value for name, value in options.items() if name not in unknown})
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(known, name) <= most:
                raise ValueError(
                    f"the WebSocket compression option {name} must be {least} to {most}, "
                    f"not {getattr(known, name)!r}"
                )
        return known

    @property
    def parameters(self) -> DeflateParameters:
        """The part that the peers agree on."""
        return DeflateParameters(*self[2:])
