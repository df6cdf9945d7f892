"""The future of a fetch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from zonda.httpclient.response import HTTPResponse

if TYPE_CHECKING:
    from zonda.simple_httpclient.fetch import Fetch

__all__ = ["FetchFuture"]


class FetchFuture(asyncio.Future[HTTPResponse]):
    """Cancelling it ends the fetch.

    A done callback would say so as well, but every fetch would pay for it.

    Attributes:
        raise_error: whether a response with an error status raises.
        fetch: None before the fetch is submitted, and once it has ended.
    """

    __slots__ = ("fetch", "raise_error")

    # Whoever makes one sets both: an __init__ would cost as much as all the rest of it.
    raise_error: bool
    fetch: Fetch | None

    def cancel(self, msg: Any | None = None) -> bool:
        """Give the fetch up: its connection is closed, its place is free."""
        if not super().cancel(msg):
            return False
        self.abandon()
        return True

    def abandon(self) -> None:
        """End the fetch, and leave open what comes of it."""
        fetch, self.fetch = self.fetch, None
        if fetch is not None:
            fetch.abandon()

    def deliver(self, outcome: HTTPResponse | BaseException) -> None:
        """The fetch has ended."""
        self.fetch = None
        if self.done():
            return
        if isinstance(outcome, BaseException):
            self.set_exception(outcome)
        elif self.raise_error and outcome.error is not None:
            self.set_exception(outcome.error)
        else:
            self.set_result(outcome)
