"""Who is told what arrives on a connection: a handler, or a client."""

from __future__ import annotations

from typing import Any, Final, Protocol

__all__ = ["HOLD", "Endpoint"]

#: What an endpoint returns that will call ``go_on`` itself when it can take more.
HOLD: Final = object()


class Endpoint(Protocol):
    """Who is told what arrives."""

    close_code: int | None
    close_reason: str | None

    def on_message(self, message: str | bytes) -> Any:
        """A message. What follows waits until a returned awaitable is done."""

    def on_ping(self, data: bytes) -> Any:
        """A ping; it has been answered."""

    def on_pong(self, data: bytes) -> Any:
        """The answer to a ping, or an unasked-for one."""

    def on_connection_close(self) -> Any:
        """The connection is over."""

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """One of the others has failed."""
