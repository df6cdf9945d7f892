"""HAR 1.2: what has been sent and received, in the format of browsers' network tools.

The format: http://www.softwareishard.com/blog/har-12-spec/.
"""

from __future__ import annotations

import datetime
import os
from base64 import b64encode
from collections import deque
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from zonda._version import __version__
from zonda.httpclient.masking import mask_fields, mask_url
from zonda.httputil import HTTPHeaders

if TYPE_CHECKING:
    from zonda.httpclient.request import HTTPRequest
    from zonda.httpclient.response import HTTPResponse

__all__ = ["HARRecorder", "entry_of", "har_of"]

#: In place of a body that was produced or read bit by bit: nobody has kept it.
_STREAMED: Final = "streamed: not recorded"


class HARRecorder:
    """Records every attempt of the clients it is given to: ``recorder=HARRecorder()``.

    Redirects, retries and failures are entries of their own. Bodies are kept up to a limit;
    those that were streamed are not. Fields that the client adds by itself, such as ``Host``, are
    not in it.

    Args:
        max_entries: how many are kept, the last ones.
        max_body: octets of a body that are kept; 0: none.
        mask: whether what proves who the user is (passwords, cookies, tokens in their usual
            fields) is replaced by ``***``. Query strings and bodies are never masked.
    """

    def __init__(
        self, max_entries: int = 1000, max_body: int = 64 * 1024, mask: bool = True
    ) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=max_entries)
        self._max_body = max_body
        self._mask = mask

    def __len__(self) -> int:
        return len(self._entries)

    def record(self, request: HTTPRequest, outcome: HTTPResponse | BaseException) -> None:
        """Take one attempt in. For clients."""
        self._entries.append(entry_of(request, outcome, self._max_body, self._mask))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def to_har(self) -> dict[str, Any]:
        """The log, ready for ``json.dump``."""
        return har_of(list(self._entries))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the log to a file, usually called ``*.har``. Blocks."""
        import json

        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.to_har(), file, indent=1, ensure_ascii=False)
            file.write("\n")


def har_of(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """A log of some entries."""
    creator = {"name": "Zonda", "version": __version__}
    return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}


def entry_of(
    request: HTTPRequest, outcome: HTTPResponse | BaseException, max_body: int | None, mask: bool
) -> dict[str, Any]:
    """One exchange.

    Args:
        request: what was sent.
        outcome: what came, or why nothing came.
        max_body: octets of a body that are kept; None: all.
        mask: whether credentials are masked.
    """
    started = datetime.datetime.fromtimestamp(request.start_time, datetime.UTC)
    entry: dict[str, Any] = {
        "startedDateTime": started.isoformat(timespec="milliseconds"),
        "request": _request(request, max_body, mask),
        "cache": {},
    }
    if isinstance(outcome, BaseException):
        entry["response"] = _no_response(outcome)
        entry["timings"] = {"send": 0, "wait": 0, "receive": 0}
        entry["time"] = 0
    else:
        entry["response"] = _response(outcome, max_body, mask)
        entry["timings"], entry["time"] = _timings(outcome)
    return entry


def _request(request: HTTPRequest, max_body: int | None, mask: bool) -> dict[str, Any]:
    headers = HTTPHeaders(request._headers or ())
    if request.auth_username is not None and (request.auth_mode or "basic") == "basic":
        from zonda.simple_httpclient.preparation import basic_credentials

        headers["Authorization"] = basic_credentials(
            request.auth_username, request.auth_password or ""
        )
    if request.user_agent and "User-Agent" not in headers:
        headers["User-Agent"] = request.user_agent
    fields = mask_fields(headers.get_all(), mask)
    described: dict[str, Any] = {
        "method": request.method,
        "url": mask_url(request.url) if mask else request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(headers, mask),
        "headers": _named(fields),
        "queryString": _named(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": -1 if request.body_producer is not None else len(request._body or b""),
    }
    kind = headers.get("Content-Type", "")
    if request._body is not None:
        described["postData"] = _post_data(request._body, kind, max_body)
    elif request.body_producer is not None:
        described["postData"] = {"mimeType": kind, "text": "", "comment": _STREAMED}
    return described


def _post_data(body: bytes, kind: str, max_body: int | None) -> dict[str, Any]:
    data: dict[str, Any] = {"mimeType": kind}
    kept = body[:max_body]
    try:
        data["text"] = kept.decode("utf-8")
    except UnicodeDecodeError:
        # The format has no encoding here: one character for each octet, as Chrome does it.
        data["text"], data["comment"] = kept.decode("latin-1"), "octets, as latin-1"
    if len(kept) < len(body):
        data["comment"] = f"the first {len(kept)} of {len(body)} octets"
    return data


def _response(response: HTTPResponse, max_body: int | None, mask: bool) -> dict[str, Any]:
    headers = response.headers
    body = response.body
    kind = headers.get("Content-Type", "")
    content: dict[str, Any] = {"size": len(body), "mimeType": kind}
    kept = body[:max_body]
    try:
        content["text"] = kept.decode("utf-8")
    except UnicodeDecodeError:
        content["text"], content["encoding"] = b64encode(kept).decode("ascii"), "base64"
    if len(kept) < len(body):
        content["comment"] = f"the first {len(kept)} of {len(body)} octets"
    length = headers.get("Content-Length", "")
    announced = "Transfer-Encoding" in headers or length not in ("", "0")
    bodiless = response.request.method == "HEAD" or response.code in (204, 304)
    if announced and not body and not bodiless:
        content["comment"] = _STREAMED
    return {
        "status": response.code,
        "statusText": response.reason,
        "httpVersion": response.version,
        "cookies": _set_cookies(response, mask),
        "headers": _named(mask_fields(headers.get_all(), mask)),
        "content": content,
        "redirectURL": headers.get("Location", ""),
        "headersSize": -1,
        "bodySize": int(length) if length.isascii() and length.isdigit() else -1,
    }


def _no_response(error: BaseException) -> dict[str, Any]:
    return {
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": "x-unknown"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "_error": f"{type(error).__name__}: {error}",
    }


def _timings(response: HTTPResponse) -> tuple[dict[str, float], float]:
    """The phases in milliseconds, -1 where there was none, and their sum."""
    info = response.time_info
    if not info:
        whole = 1000 * (response.request_time or 0.0)
        return {"send": 0, "wait": whole, "receive": 0}, whole
    ends = {name: 1000 * info.get(name, 0.0) for name in _PHASES}
    looked_up, connected, secured = ends["namelookup"], ends["connect"], ends["appconnect"]
    ready = max(secured, connected, ends["pretransfer"])
    timings = {
        "blocked": 1000 * info.get("queue", 0.0),
        "dns": looked_up or -1,
        "connect": max(secured, connected) - looked_up if connected else -1,
        "ssl": secured - connected if secured else -1,
        "send": max(ready - max(secured, connected), 0.0),
        "wait": max(ends["starttransfer"] - ready, 0.0),
        "receive": max(ends["total"] - ends["starttransfer"], 0.0),
    }
    return timings, sum(value for name, value in timings.items() if name != "ssl" and value > 0)


_PHASES: Final = ("namelookup", "connect", "appconnect", "pretransfer", "starttransfer", "total")


def _named(pairs: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _cookies(headers: HTTPHeaders, mask: bool) -> list[dict[str, str]]:
    if "Cookie" not in headers:
        return []
    from zonda.protocol.cookies import parse_cookie

    cookies = parse_cookie(headers["Cookie"]).items()
    return [{"name": name, "value": "***" if mask else value} for name, value in cookies]


def _set_cookies(response: HTTPResponse, mask: bool) -> list[dict[str, Any]]:
    from zonda.httpclient.cookies.cookie import parse_set_cookie

    described = []
    for field in response.headers.get_list("Set-Cookie"):
        cookie = parse_set_cookie(field, 0.0)
        if cookie is None:
            continue
        entry: dict[str, Any] = {
            "name": cookie.name,
            "value": "***" if mask else cookie.value,
            "httpOnly": cookie.http_only,
            "secure": cookie.secure,
        }
        if cookie.path is not None:
            entry["path"] = cookie.path
        if cookie.domain:
            entry["domain"] = cookie.domain
        described.append(entry)
    return described
