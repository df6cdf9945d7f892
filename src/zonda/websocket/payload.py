"""What ``write_message`` takes besides str and bytes."""

from __future__ import annotations

from typing import Any

from zonda.escape import json_encode

__all__ = ["as_payload"]


def as_payload(message: Any) -> str | bytes:
    """What is neither str nor bytes, as one of them; a dict as JSON.

    Raises:
        TypeError: it cannot be sent.
    """
    if isinstance(message, dict):
        return json_encode(message)
    if isinstance(message, str):
        return str(message)
    if isinstance(message, bytes | bytearray | memoryview):
        return bytes(message)
    raise TypeError(
        f"a message is str, bytes or dict, not {type(message).__name__}; "
        "encode other values yourself"
    )
