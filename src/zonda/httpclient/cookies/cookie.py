"""One cookie, and the field that sets it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from zonda.httpclient.cookies.dates import parse_cookie_date

__all__ = ["Cookie", "SetCookie", "parse_set_cookie"]

#: Characters of name and value together, and of an attribute's value (6265bis section 5.6).
MAX_PAIR: Final = 4096
MAX_ATTRIBUTE: Final = 1024
#: Seconds that a cookie lives at most: 400 days (6265bis section 5.5).
MAX_AGE: Final = 400 * 24 * 3600
#: Expires of a cookie that is over before it begins.
_PAST: Final = 0.0
_has_control: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
_AGE: Final = re.compile(r"-?[0-9]+", re.ASCII).fullmatch
_WHITESPACE: Final = " \t"


@dataclass(slots=True)
class Cookie:
    """A cookie in a jar.

    Attributes:
        name, value: as the server set them.
        domain: host, or with ``host_only=False`` domain whose hosts get it; lower case.
        path: the path whose requests get it, with all that is below.
        host_only: whether hosts below ``domain`` are left out.
        secure: whether it is only sent over TLS.
        http_only: whether it is hidden from scripts in a browser; only noted here.
        same_site: ``"Strict"``, ``"Lax"``, ``"None"`` or None: which other sites' pages may
            have a browser send it; only noted here, where no page is the cause of a request.
        expires: epoch seconds; None: when the session ends.
        created: epoch seconds.
        used: when it was last sent or set, epoch seconds.
    """

    name: str
    value: str
    domain: str
    path: str = "/"
    host_only: bool = True
    secure: bool = False
    http_only: bool = False
    same_site: str | None = None
    expires: float | None = None
    created: float = 0.0
    used: float = field(default=0.0, compare=False)

    @property
    def pair(self) -> str:
        """As the ``Cookie`` field has it."""
        return f"{self.name}={self.value}" if self.name else self.value

    def is_expired(self, now: float) -> bool:
        """Whether it is over at a time in epoch seconds."""
        return self.expires is not None and self.expires <= now


@dataclass(slots=True)
class SetCookie:
    """What a ``Set-Cookie`` field says."""

    name: str
    value: str
    #: Lower case, without a leading dot; "": none was given.
    domain: str = ""
    #: None: the default of the request.
    path: str | None = None
    secure: bool = False
    http_only: bool = False
    same_site: str | None = None
    expires: float | None = None


def parse_set_cookie(field: str, now: float) -> SetCookie | None:
    """Read a ``Set-Cookie`` field; None if it is to be ignored (6265bis section 5.6).

    Args:
        field: its value.
        now: the time, epoch seconds.
    """
    if _has_control(field):
        return None
    pair, _, rest = field.partition(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(_WHITESPACE), value.strip(_WHITESPACE)
    if len(name) + len(value) > MAX_PAIR or not (name or value):
        return None
    cookie = SetCookie(name, value)
    max_age: str | None = None
    for attribute in rest.split(";"):
        key, _, text = attribute.partition("=")
        key, text = key.strip(_WHITESPACE).lower(), text.strip(_WHITESPACE)
        if len(text) > MAX_ATTRIBUTE:
            continue
        if key == "expires":
            date = parse_cookie_date(text)
            if date is not None:
                cookie.expires = min(float(date), now + MAX_AGE)
        elif key == "max-age":
            if _AGE(text):
                max_age = text
        elif key == "domain":
            cookie.domain = text.removeprefix(".").lower()
        elif key == "path":
            cookie.path = text if text.startswith("/") else None
        elif key == "secure":
            cookie.secure = True
        elif key == "httponly":
            cookie.http_only = True
        elif key == "samesite":
            known = text.capitalize()
            cookie.same_site = known if known in ("Strict", "Lax", "None") else None
    if max_age is not None:  # it goes before Expires, wherever it stands
        late = max_age.startswith("-") or not int(max_age[:18])
        cookie.expires = _PAST if late else now + min(int(max_age[:18]), MAX_AGE)
    return cookie
