"""The handler behind error pages that belong to no other handler."""

from __future__ import annotations

from collections.abc import Awaitable

from zonda.web.errors import HTTPError
from zonda.web.handler import RequestHandler

__all__ = ["ErrorHandler"]


class ErrorHandler(RequestHandler):
    """Answers every request with an error of the status given by its route."""

    def initialize(self, status_code: int) -> None:
        """Take the status from the route's arguments."""
        self.set_status(status_code)

    def prepare(self) -> Awaitable[None] | None:
        """Answer."""
        raise HTTPError(self._status_code)

    def check_xsrf_cookie(self) -> None:
        """There is nothing here that a forged request could do."""

    def check_trusted_origin(self, origin: str) -> bool:
        """As :meth:`check_xsrf_cookie`."""
        return True
