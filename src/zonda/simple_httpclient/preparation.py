"""Turning an ``HTTPRequest`` into what goes on the wire."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from zonda._kernel import encode_head
from zonda.escape import native_str
from zonda.httpclient.useragent import USER_AGENT
from zonda.httputil import HTTPHeaders, encode_username_password
from zonda.protocol.codings import accept_encoding

if TYPE_CHECKING:
    from zonda.httpclient import HTTPRequest
    from zonda.simple_httpclient.environment import Environment
    from zonda.simple_httpclient.target import Target

__all__ = [
    "BODY_METHODS",
    "IDEMPOTENT_METHODS",
    "SUPPORTED_METHODS",
    "Login",
    "Option",
    "Wire",
    "basic_credentials",
    "login_at",
    "prepare",
]

SUPPORTED_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))
BODY_METHODS = frozenset(("POST", "PATCH", "PUT"))
#: Methods that may be sent again when it is not known whether they arrived
#: (RFC 9110 section 9.2.2).
IDEMPOTENT_METHODS = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))

#: Fields that the client decides; a copy that the caller gave is taken over.
_OWN_FIELDS = frozenset(("Host", "Content-Length", "Transfer-Encoding"))

#: Gives an attribute of a request, or the client's default for it, by its name.
Option = Callable[[str], Any]


class Login(NamedTuple):
    """Who logs in, and how."""

    username: str | bytes
    password: str | bytes
    #: ``"basic"`` or ``"digest"``.
    mode: str


class Wire(NamedTuple):
    """A request, ready for ``HTTP1Client.send_request``."""

    start_line: bytes
    #: The fields, encoded.
    block: bytes
    #: More fields; those that introduce us to a proxy.
    fields: list[tuple[str, str]]
    #: Bytes of the body; -1: there is none; None: not known. A body that is given as bytes may
    #: be of another size: requests that are alike share this.
    length: int | None
    #: Whether the caller's fields say that the connection is not to be used again.
    close: bool
    #: Whether the body waits for "100 Continue".
    expects: bool


def prepare(
    request: HTTPRequest,
    target: Target,
    request_target: str,
    option: Option,
    login: Login | None,
) -> Wire:
    """Check a request and encode what does not depend on the connection.

    Args:
        request: the request.
        target: its URL.
        request_target: what stands in the request line; a proxy wants the whole URL.
        option: an attribute of the request, or the client's default for it.
        login: who logs in at the origin with user name and password.

    Raises:
        KeyError: the method is not known, and nonstandard ones are not allowed.
        ValueError: body and method do not go together, or a field cannot be sent.
    """
    decompress = bool(option("decompress_response"))
    user_agent = native_str(option("user_agent") or USER_AGENT)
    method = request.method
    bare = request._headers is None and request._body is None and request.body_producer is None
    if method == "GET" and bare and login is None:
        lines = _plain_get(request_target, target.host_field, user_agent, decompress)
        return Wire(*lines, [], -1, close=False, expects=False)
    _check_method(request, option)
    headers = HTTPHeaders() if request._headers is None else HTTPHeaders(request._headers)
    length = _length(request, headers)
    fields = [("Host", headers.get("Host", target.host_field))]
    for name, value in headers.get_all():
        if name not in _OWN_FIELDS:
            fields.append((name, native_str(value)))  # bytes are taken, too
    if "User-Agent" not in headers:
        fields.append(("User-Agent", user_agent))
    if login is not None:
        fields = [field for field in fields if field[0] != "Authorization"]
        if login.mode == "basic":
            fields.append(("Authorization", basic_credentials(login.username, login.password)))
    if decompress and "Accept-Encoding" not in headers:
        fields.append(("Accept-Encoding", accept_encoding()))
    expects = request.expect_100_continue and length not in (-1, 0)
    if expects:
        fields.append(("Expect", "100-continue"))
    if method == "POST" and "Content-Type" not in headers:
        fields.append(("Content-Type", "application/x-www-form-urlencoded"))
    close = "close" in headers.get("Connection", "").lower()
    line = _request_line(method, request_target)
    return Wire(line, encode_head(b"", b"", fields, -1, b"")[:-2], [], length, close, expects)


@lru_cache(maxsize=256)
def _plain_get(path: str, host: str, user_agent: str, decompress: bool) -> tuple[bytes, bytes]:
    """The head of the commonest request of all."""
    fields = [("Host", host), ("User-Agent", user_agent)]
    if decompress:
        fields.append(("Accept-Encoding", accept_encoding()))
    head = encode_head(b"", b"", fields, -1, b"")
    return _request_line("GET", path), head[:-2]


def _request_line(method: str, path: str) -> bytes:
    if not method.isascii() or any(c <= " " or c == "\x7f" for c in method) or not method:
        raise ValueError(f"{method!r} cannot be sent as a method")
    return f"{method} {path} HTTP/1.1\r\n".encode("ascii")


def _check_method(request: HTTPRequest, option: Option) -> None:
    if option("allow_nonstandard_methods"):
        return
    method = request.method
    if method not in SUPPORTED_METHODS:
        raise KeyError(f"unknown method {method}")
    expected = method in BODY_METHODS
    present = request._body is not None or request.body_producer is not None
    if expected != present:
        raise ValueError(
            f"Body must {'not ' if expected else ''}be None for method {method} "
            "(unless allow_nonstandard_methods is true)"
        )


def _length(request: HTTPRequest, headers: HTTPHeaders) -> int | None:
    """See ``Wire.length``."""
    if request._body is not None:
        return len(request._body)
    if request.body_producer is None:
        # RFC 9110 section 8.6: where content is usual, say that there is none.
        return 0 if request.method in BODY_METHODS else -1
    declared = headers.get("Content-Length")
    if declared is None:
        return None
    if not (declared.isascii() and declared.isdigit()):
        raise ValueError(f"Content-Length {declared!r} is not a number of bytes")
    return int(declared)


def login_at(
    request: HTTPRequest, target: Target, option: Option, environment: Environment | None
) -> Login | None:
    """Who logs in at the origin of a request, if anybody does.

    What was given as arguments comes before the URL's user and the netrc file, which is only
    asked when the request does not say who it is in another way. A redirect to another origin
    takes nothing of it along, and the netrc file is not asked for where it leads.

    Raises:
        ValueError: ``auth_mode`` is not known.
    """
    mode = option("auth_mode") or "basic"
    username = None if request._strayed else option("auth_username")
    if username is not None:
        if mode not in ("basic", "digest"):
            raise ValueError(f"unsupported auth_mode {mode}")
        return Login(username, option("auth_password") or "", mode)
    if target.username is not None:
        return Login(target.username, target.password or "", mode)
    if environment is None or request._strayed:
        return None
    if request._headers is not None and "Authorization" in HTTPHeaders(request._headers):
        return None
    found = environment.login_for(target.origin.host)
    return None if found is None else Login(*found, mode)


def basic_credentials(username: str | bytes, password: str | bytes) -> str:
    """The value of an ``Authorization`` or ``Proxy-Authorization`` field (RFC 7617)."""
    return f"Basic {b64encode(encode_username_password(username, password)).decode('ascii')}"
