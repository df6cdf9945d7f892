"""What libcurl calls an error."""

from __future__ import annotations

from typing import Any

from zonda.httpclient.errors import HTTPClientError

__all__ = ["CurlError"]


class CurlError(HTTPClientError):
    """A transfer failed; ``code`` is 599.

    Attributes:
        errno: libcurl's own code, one of ``pycurl.E_*``.
    """

    def __init__(self, errno: int, message: str) -> None:
        super().__init__(599, message)
        self.errno = errno

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.errno, self.message)
