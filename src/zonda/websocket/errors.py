"""What can go wrong with a WebSocket connection."""

from __future__ import annotations

__all__ = ["GroupFullError", "WebSocketClosedError", "WebSocketError"]


class WebSocketError(Exception):
    """Something about a WebSocket connection went wrong."""


class WebSocketClosedError(WebSocketError):
    """The connection is closed, or is being closed: nothing can be sent any more."""


class GroupFullError(WebSocketError):
    """Messages are sent to a group faster than its slowest member takes them."""
