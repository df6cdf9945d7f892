"""Taking secrets out of what is shown to others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

__all__ = ["MASK", "mask_fields", "mask_url"]

MASK: Final = "***"
#: Fields that prove who the user is: those that do by name, and names that say so.
_SECRET: Final = re.compile(
    r"authorization|proxy-authorization|cookie|set-cookie"
    r"|.*(?:token|secret|password|passwd|api-?key|session|signature|credential).*",
    re.IGNORECASE,
).fullmatch


def mask_fields(fields: Iterable[tuple[str, str]], mask: bool = True) -> list[tuple[str, str]]:
    """Header fields with the values of secret ones masked.

    The scheme of credentials and the names and attributes of cookies stay.
    """
    return [(name, _masked(name, value) if mask else value) for name, value in fields]


def _masked(name: str, value: str) -> str:
    if not _SECRET(name):
        return value
    kind = name.lower()
    if kind.endswith("authorization"):
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space else MASK
    if kind == "cookie":
        names = [piece.rpartition("=")[0].partition("=")[0] for piece in value.split(";")]
        return ";".join(f"{name}={MASK}" if name else f" {MASK}" for name in names)
    if kind == "set-cookie":
        pair, semicolon, attributes = value.partition(";")
        return f"{pair.partition('=')[0]}={MASK}{semicolon}{attributes}"
    return MASK


def mask_url(url: str) -> str:
    """A URL without the password that it may hold."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}:{MASK}@{host}").geturl()
