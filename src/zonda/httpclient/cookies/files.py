"""Cookies in files: JSON, and the format of Netscape's browsers that curl and wget use."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from zonda.httpclient.cookies.cookie import Cookie
from zonda.log import gen_log

__all__ = ["read", "write"]

_HEAD: Final = "# Netscape HTTP Cookie File\n"
_HTTP_ONLY: Final = "#HttpOnly_"
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "name": (str,),
    "value": (str,),
    "domain": (str,),
    "path": (str,),
    "host_only": (bool,),
    "secure": (bool,),
    "http_only": (bool,),
    "same_site": (str, type(None)),
    "expires": (int, float, type(None)),
    "created": (int, float),
    "used": (int, float),
}


def write(cookies: Iterable[Cookie], path: str | os.PathLike[str]) -> None:
    """Write cookies to a file; its name decides the format. See `CookieJar.save`."""
    name = os.fspath(path)
    text = _to_json(cookies) if name.endswith(".json") else _to_netscape(cookies)
    temporary = f"{name}.{os.urandom(8).hex()}"
    # Cookies are as good as passwords.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, name)
    except BaseException:
        os.unlink(temporary)
        raise


def read(path: str | os.PathLike[str]) -> list[Cookie]:
    """The cookies of a file. See `CookieJar.load`."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        return _of_json(text) if text.lstrip()[:1] in ("[", "{") else list(_of_netscape(text))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def _to_json(cookies: Iterable[Cookie]) -> str:
    return json.dumps({"cookies": [asdict(cookie) for cookie in cookies]}, indent=1) + "\n"


def _of_json(text: str) -> list[Cookie]:
    document: Any = json.loads(text)
    listed = document.get("cookies") if isinstance(document, dict) else document
    if not isinstance(listed, list):
        raise ValueError("no list of cookies")
    return [_cookie_of(entry) for entry in listed]


def _cookie_of(entry: Any) -> Cookie:
    if not isinstance(entry, dict) or not {"name", "value", "domain"} <= entry.keys():
        raise ValueError(f"this is no cookie: {entry!r}")
    for name, value in entry.items():
        if not isinstance(value, _TYPES.get(name, ())):
            raise ValueError(f"a cookie has no {name} like {value!r}")
    return _checked(Cookie(**entry))


def _to_netscape(cookies: Iterable[Cookie]) -> str:
    lines = [_HEAD]
    for cookie in cookies:
        columns = (
            f"{'' if cookie.host_only else '.'}{cookie.domain}",
            "FALSE" if cookie.host_only else "TRUE",
            cookie.path,
            "TRUE" if cookie.secure else "FALSE",
            "0" if cookie.expires is None else str(max(int(cookie.expires), 1)),
            cookie.name,
            cookie.value,
        )
        if any("\t" in column for column in columns):
            gen_log.warning("The cookie %r holds a tab: only a .json file can keep it", cookie.name)
            continue
        lines.append((_HTTP_ONLY if cookie.http_only else "") + "\t".join(columns) + "\n")
    return "".join(lines)


def _of_netscape(text: str) -> Iterable[Cookie]:
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.removesuffix("\r")
        http_only = line.startswith(_HTTP_ONLY)
        line = line.removeprefix(_HTTP_ONLY)
        if not line.strip() or (line.startswith("#") and not http_only):
            continue
        columns = line.split("\t")
        if len(columns) == 6:
            columns.append("")  # some writers leave an empty value out
        if len(columns) != 7 or columns[1] not in ("TRUE", "FALSE"):
            raise ValueError(f"line {number} is no cookie in Netscape's format")
        domain, tail, path, secure, expires, name, value = columns
        try:
            seconds = float(expires or 0)
        except ValueError:
            raise ValueError(f"line {number}: {expires!r} is no time") from None
        yield _checked(
            Cookie(
                name,
                value,
                domain.removeprefix(".").lower(),
                path,
                host_only=tail == "FALSE",
                secure=secure == "TRUE",
                http_only=http_only,
                expires=seconds or None,
            )
        )


def _checked(cookie: Cookie) -> Cookie:
    """Raise ValueError for what no server could have set, and what must not go into a field."""
    texts = (cookie.name, cookie.value, cookie.domain, cookie.path)
    bad = any((c < " " and c != "\t") or c == "\x7f" for text in texts for c in text)
    if bad or ";" in cookie.name + cookie.value or "=" in cookie.name or not cookie.domain:
        raise ValueError(f"the cookie {cookie.name!r} cannot be sent")
    return cookie
