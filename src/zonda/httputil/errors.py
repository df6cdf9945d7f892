"""The two ways a message can be wrong: theirs and ours."""

from __future__ import annotations

__all__ = ["HTTPInputError", "HTTPOutputError"]


class HTTPInputError(Exception):
    """The peer sent a malformed request or response. A server answers 400, a client fails."""


class HTTPOutputError(Exception):
    """The application tried to send something that would not be a valid HTTP message."""
