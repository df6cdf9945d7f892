"""What can go wrong with a fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zonda.httputil import responses

if TYPE_CHECKING:
    from zonda.httpclient.response import HTTPResponse

__all__ = ["HTTPClientError", "HTTPError", "HTTPStreamClosedError", "HTTPTimeoutError"]


class HTTPClientError(Exception):
    """A fetch did not end with a successful response.

    Attributes:
        code: the response's status, or 599 if there was no response.
        message: its reason phrase, or what went wrong.
        response: the :class:`HTTPResponse`, if there was one.
    """

    def __init__(
        self, code: int, message: str | None = None, response: HTTPResponse | None = None
    ) -> None:
        self.code = code
        self.message = message or responses.get(code, "Unknown")
        self.response = response
        super().__init__(code, message, response)

    def __str__(self) -> str:
        return f"HTTP {self.code}: {self.message}"

    # The default repr would show the response, which shows the error, which shows ...
    __repr__ = __str__


#: The name that programs for Tornado 4 and 5 use.
HTTPError = HTTPClientError


class _NoResponse(HTTPClientError):
    """What the two errors below have in common: no response, and words of their own."""

    def __init__(self, message: str | None) -> None:
        super().__init__(599, message)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message,), self.__dict__


class HTTPTimeoutError(_NoResponse):
    """A time limit was reached; the message says in which phase. ``code`` is 599.

    Attributes:
        elapsed: seconds since the fetch began, if known; a note of the exception, too.
    """

    def __init__(self, message: str | None, elapsed: float | None = None) -> None:
        super().__init__(message or "Timeout")
        self.elapsed = elapsed
        if elapsed is not None:
            self.add_note(f"after {elapsed:.3f} seconds")


class HTTPStreamClosedError(_NoResponse):
    """The connection ended before the response did. ``code`` is 599.

    Where more is known than that it ended, the exception's ``__cause__`` tells.
    """

    def __init__(self, message: str | None) -> None:
        super().__init__(message or "Stream closed")
