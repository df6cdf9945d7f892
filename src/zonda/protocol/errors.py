"""What goes wrong on the wire, and whose fault it is."""

from __future__ import annotations

from zonda._kernel import BadHead

__all__ = ["BodyTooLarge", "LocalProtocolError", "RemoteProtocolError", "Truncated"]

#: The peer broke the protocol. ``status`` is the HTTP status a server should answer with.
#: The kernel raises it while scanning, the machines raise it for everything else.
RemoteProtocolError = BadHead


class BodyTooLarge(RemoteProtocolError):
    """The peer's message body is larger than ``limit`` bytes (RFC 9110 section 15.5.14)."""

    def __init__(self, limit: int, what: str = "message body too large") -> None:
        super().__init__(413, f"{what}: the limit is {limit} bytes")
        self.limit = limit
        self.what = what

    def __reduce__(self) -> tuple[type[BodyTooLarge], tuple[int, str]]:
        return type(self), (self.limit, self.what)


class Truncated(RemoteProtocolError):
    """The connection ended inside a message (RFC 9112 section 8)."""


class LocalProtocolError(RuntimeError):
    """Our own side asked for something the protocol does not allow in this state."""
