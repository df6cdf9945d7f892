"""Where a browser goes when it is sent to a URL: what redirects must know about that.

A URL that is put together from a request may lead elsewhere than it seems to. Browsers read
URLs as the WHATWG URL standard says: blanks and control characters around them are dropped,
tabs and line ends anywhere, and a backslash is as good as a slash. ``/\\evil.example`` and
``/<tab>/evil.example`` name a host.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["as_browsers_read", "is_protocol_relative", "scheme_and_authority"]

_AROUND: Final = "".join(map(chr, range(0x21)))  # C0 controls and space
_ANYWHERE: Final = dict.fromkeys(map(ord, "\t\n\r"))
_scheme = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):").match
_authority = re.compile(r"/*([^/?#]*)").match


def as_browsers_read(url: str) -> str:
    """The URL as a browser cleans it up before it is parsed."""
    return url.strip(_AROUND).translate(_ANYWHERE).replace("\\", "/")


def is_protocol_relative(url: str) -> bool:
    """Whether a browser would take the beginning of a path, ``//host``, for another host."""
    return as_browsers_read(url).startswith("//")


def scheme_and_authority(url: str) -> tuple[str, str]:
    """The scheme, and user, host and port, that a browser would see; "" for what is missing."""
    clean = as_browsers_read(url)
    match = _scheme(clean)
    scheme = match[1].lower() if match else ""
    rest = clean[match.end() :] if match else clean
    # Behind a scheme any number of slashes does, even none (WHATWG "special authority").
    if not scheme and not rest.startswith("//"):
        return "", ""
    authority = _authority(rest)
    return scheme, authority[1] if authority else ""
