"""What a decoder of chunks makes of data, as whoever drives one has to ask it."""

from typing import Any

__all__ = ["unchunk"]


def unchunk(decoder: Any, data: bytes, at: int = 0) -> tuple[bytes, int]:
    """The body in ``data[at:]``, and the offset behind what ``decoder`` used.

    Raises:
        BadHead: as the decoder does; bytes before the fault are lost with it.
    """
    body = b""
    while at < len(data) and not decoder.done:
        body += decoder.feed(data, at)
        at = decoder.position
    return body, at
