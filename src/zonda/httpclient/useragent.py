"""What a client calls itself (RFC 9110 section 10.1.5)."""

from __future__ import annotations

from typing import Final

from zonda._version import __version__
from zonda.legacy import launched

__all__ = ["USER_AGENT"]


def _user_agent() -> str:
    """Servers may know a program by its client: under the launcher it stays Tornado's."""
    version = launched()
    return f"Tornado/{version}" if version else f"Zonda/{__version__}"


#: The field's value when neither the request nor the client's defaults have one.
USER_AGENT: Final = _user_agent()
