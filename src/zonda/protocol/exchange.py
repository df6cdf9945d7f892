"""What an application sees of a request and its response, whatever the HTTP version.

A connection room (HTTP/1 today, HTTP/2 later) makes one exchange for each request and
hands it to the server's *service*. The service answers through the exchange alone, so
the same handlers serve every version, one exchange or many at a time on a connection.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from zonda._kernel import RequestHead

__all__ = ["BodyReceiver", "Exchange", "FieldBlock", "Service"]


class FieldBlock(NamedTuple):
    """Header fields that many responses share, encoded in advance.

    ``lines`` is what HTTP/1 sends: each field as ``Name: value CRLF``. Other versions
    encode ``fields``. Both hold the same, already checked.
    """

    fields: tuple[tuple[str, str], ...] = ()
    lines: bytes = b""


EMPTY_BLOCK = FieldBlock()


class BodyReceiver(Protocol):
    """Takes a request body as it arrives."""

    @property
    def ready(self) -> Awaitable[None] | None:
        """What is to be waited for before the body is read; None for nothing."""

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Take a piece; an awaitable holds the rest back until it is done."""

    def finish(self) -> None:
        """The body is complete."""

    def on_connection_close(self) -> None:
        """The peer has gone, or broke the protocol, before the body was complete."""


class Exchange(Protocol):
    """One request and its response."""

    #: The request's head.
    head: RequestHead
    #: The request's content, once a body that nobody streams is complete.
    body: bytes
    #: When the head was complete, seconds since the epoch.
    start_time: float
    #: The context variables with which this exchange's code runs.
    variables: Context

    @property
    def remote_ip(self) -> str:
        """The peer's address; "0.0.0.0" where there is none, as on a Unix socket."""

    @property
    def protocol(self) -> str:
        """``http`` or ``https``."""

    def respond(
        self,
        status: int,
        reason: str | None,
        block: FieldBlock,
        fields: Sequence[tuple[str, str]],
        body: bytes,
    ) -> Awaitable[None]:
        """Send a whole response and end the exchange; returns what `drained` does."""

    def send_head(
        self,
        status: int,
        reason: str | None,
        block: FieldBlock,
        fields: Sequence[tuple[str, str]],
        length: int | None,
    ) -> None:
        """Send the head of a response whose body follows."""

    def send_data(self, chunk: bytes) -> None:
        """Send a piece of the response body."""

    def end(self, trailers: Sequence[tuple[str, str]] = ()) -> None:
        """End the response and the exchange."""

    def drained(self) -> Awaitable[None]:
        """Done when the peer has taken enough for more to be sent."""


class Service(Protocol):
    """What a server does with exchanges."""

    def __call__(self, exchange: Any) -> None:
        """Answer, or begin to: the request is complete, its body in ``exchange.body``."""

    def open(self, exchange: Any) -> BodyReceiver | None:
        """A body follows: who takes it as it arrives? None: it is collected first."""
