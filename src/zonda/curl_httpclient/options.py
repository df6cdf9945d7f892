"""Telling libcurl what to fetch, and how."""

from __future__ import annotations

import math
import os
import re
import socket
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from zonda.curl_httpclient.library import pycurl
from zonda.escape import native_str, utf8
from zonda.httpclient.useragent import USER_AGENT
from zonda.httputil import _ABNF, HTTPHeaders, encode_username_password

if TYPE_CHECKING:
    from zonda.httpclient.request import HTTPRequest, RequestProxy

__all__ = ["set_options"]

_METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))
_BODY_METHODS: Final = frozenset(("POST", "PATCH", "PUT"))
#: An option of libcurl's, since 7.54, that pycurl has no name for.
_SUPPRESS_CONNECT_HEADERS: Final = 265
# RFC 9110 sections 5.6.2 and 5.5
_is_token = _ABNF.token.fullmatch
_NOT_IN_FIELD: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_AUTH: Final = {"basic": "HTTPAUTH_BASIC", "digest": "HTTPAUTH_DIGEST"}


def set_options(curl: Any, request: RequestProxy, max_body_size: int) -> None:
    """Set everything a request decides, on a handle that knows nothing yet.

    Args:
        curl: a ``pycurl.Curl``, new or reset.
        request: the request, with the client's defaults.
        max_body_size: bytes of a response.

    Raises:
        KeyError: the method is not known, and nonstandard ones are not allowed.
        ValueError: something about the request is wrong, or not for libcurl.
    """
    _refuse_unsupported(request)
    curl.setopt(pycurl.URL, utf8(request.url))
    # A server must not send us to file:// or the like.
    protocols = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
    curl.setopt(pycurl.PROTOCOLS, protocols)
    curl.setopt(pycurl.REDIR_PROTOCOLS, protocols)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.MAXFILESIZE_LARGE, max_body_size)
    curl.setopt(pycurl.FOLLOWLOCATION, bool(request.follow_redirects))
    curl.setopt(pycurl.MAXREDIRS, request.max_redirects)
    curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(1000 * (request.connect_timeout or 0)))
    curl.setopt(pycurl.TIMEOUT_MS, int(1000 * (request.request_timeout or 0)))
    if request.read_timeout:
        # libcurl counts what is sent as well, and whole seconds.
        curl.setopt(pycurl.LOW_SPEED_LIMIT, 1)
        curl.setopt(pycurl.LOW_SPEED_TIME, math.ceil(request.read_timeout))
    curl.setopt(_SUPPRESS_CONNECT_HEADERS, 1)  # they are the proxy's, not the response's
    user_agent = native_str(request.user_agent or USER_AGENT)
    curl.setopt(pycurl.USERAGENT, _sendable("user_agent", user_agent).encode("latin-1"))
    if request.network_interface:
        curl.setopt(pycurl.INTERFACE, request.network_interface)
    if request.decompress_response:
        curl.setopt(pycurl.ENCODING, "gzip,deflate")
    if request.allow_ipv6 is False:
        # libcurl's own default asks for both families.
        curl.setopt(pycurl.IPRESOLVE, pycurl.IPRESOLVE_V4)
    _set_proxy(curl, request)
    if request.unix_socket is not None:
        curl.setopt(pycurl.UNIX_SOCKET_PATH, request.unix_socket)
    if request.address_filter is not None:
        _set_filter(curl, request.address_filter)
    _set_tls(curl, request)
    _set_auth(curl, request)
    _set_method(curl, request)
    _set_headers(curl, request)
    if request.prepare_curl_callback is not None:
        request.prepare_curl_callback(curl)


def _refuse_unsupported(request: RequestProxy) -> None:
    if request.ssl_options is not None:
        raise ValueError(
            "ssl_options not supported in curl_httpclient: use ca_certs, client_cert, client_key"
        )
    for name in ("proxy_ssl_options", "server_hostname"):
        if getattr(request, name) is not None:
            raise ValueError(f"{name} not supported in curl_httpclient")
    if request.address_filter is not None and (_proxied(request) or request.unix_socket):
        raise ValueError(
            "curl_httpclient has no address_filter for what a proxy or a unix_socket leads to"
        )
    if request.body_producer is not None and request.body is None:
        raise ValueError(
            "body_producer (and files that are streamed) are not supported in curl_httpclient: "
            "use SimpleAsyncHTTPClient, or give a body"
        )


def _proxied(request: RequestProxy) -> bool:
    if request.proxy is not None:
        return bool(request.proxy)
    return bool(request.proxy_host and request.proxy_port)


def _set_proxy(curl: Any, request: RequestProxy) -> None:
    if not _proxied(request):
        curl.setopt(pycurl.PROXY, "")  # whatever the environment says
        return
    if request.proxy:
        _sendable("the proxy's URL", request.proxy)
        curl.setopt(pycurl.PROXY, utf8(request.proxy))
    else:
        curl.setopt(pycurl.PROXY, request.proxy_host)
        curl.setopt(pycurl.PROXYPORT, request.proxy_port)
    if request.proxy_username:
        credentials = encode_username_password(request.proxy_username, request.proxy_password or "")
        curl.setopt(pycurl.PROXYUSERPWD, credentials)
    curl.setopt(pycurl.PROXYAUTH, _auth(request.proxy_auth_mode, "proxy_auth_mode"))


class _Handed:
    """A descriptor for pycurl, which takes a duplicate and lets go of this one."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def __del__(self) -> None:
        os.close(self._descriptor)


def _set_filter(curl: Any, allows: Callable[[str, int], bool]) -> None:
    def open_socket(purpose: int, address: Any) -> Any:
        family, kind, protocol, (host, port, *_) = address
        if not allows(host, port):
            return pycurl.SOCKET_BAD
        return _Handed(socket.socket(family, kind, protocol).detach())

    curl.setopt(pycurl.OPENSOCKETFUNCTION, open_socket)
    curl.setopt(pycurl.FRESH_CONNECT, 1)  # one that is open was not asked about
    curl.setopt(pycurl.FORBID_REUSE, 1)


def _auth(mode: str | None, name: str) -> int:
    known = _AUTH.get(mode or "basic")
    if known is None:
        raise ValueError(f"Unsupported {name} {mode}")
    return int(getattr(pycurl, known))


def _set_tls(curl: Any, request: RequestProxy) -> None:
    curl.setopt(pycurl.SSL_VERIFYPEER, 1 if request.validate_cert else 0)
    curl.setopt(pycurl.SSL_VERIFYHOST, 2 if request.validate_cert else 0)
    if request.ca_certs is not None:
        curl.setopt(pycurl.CAINFO, request.ca_certs)
    if request.client_key is not None:
        curl.setopt(pycurl.SSLKEY, request.client_key)
    if request.client_cert is not None:
        curl.setopt(pycurl.SSLCERT, request.client_cert)


def _set_auth(curl: Any, request: RequestProxy) -> None:
    if request.auth_username is None:
        if request.auth_mode is not None:
            curl.setopt(pycurl.HTTPAUTH, _auth(request.auth_mode, "auth_mode"))
        return
    credentials = encode_username_password(request.auth_username, request.auth_password or "")
    if request.auth_mode == "digest":  # which sends the name as it is
        _sendable("auth_username", native_str(request.auth_username))
    curl.setopt(pycurl.USERPWD, credentials)
    curl.setopt(pycurl.HTTPAUTH, _auth(request.auth_mode, "auth_mode"))


def _sendable(what: str, text: str) -> str:
    """The text, if it can stand in a header line.

    Raises:
        ValueError: it holds a control character. It is not shown, for it may be a secret.
    """
    found = _NOT_IN_FIELD.search(text)
    if found is not None:
        raise ValueError(f"{what} holds a control character, {found[0]!r} at {found.start()}")
    return text


def _set_method(curl: Any, request: RequestProxy) -> None:
    method, body = request.method, request.body
    allowed = request.allow_nonstandard_methods
    if not _is_token(method):  # it may be an argument from elsewhere: libcurl sends anything
        raise ValueError(f"{method!r} cannot be sent as a method")
    if method not in _METHODS and not allowed:
        raise KeyError(f"unknown method {method}")
    if not allowed and (method in _BODY_METHODS) != (body is not None):
        raise ValueError(
            f"Body must {'not ' if method in _BODY_METHODS else ''}be None for method {method} "
            "(unless allow_nonstandard_methods is true)"
        )
    if method == "GET" and body is None:
        curl.setopt(pycurl.HTTPGET, 1)
    elif method == "HEAD" and body is None:
        curl.setopt(pycurl.NOBODY, 1)
    elif method == "PUT":
        curl.setopt(pycurl.UPLOAD, 1)
        _set_body(curl, body or b"", pycurl.INFILESIZE_LARGE)
    elif body is not None or method == "POST":
        curl.setopt(pycurl.POST, 1)
        _set_body(curl, body or b"", pycurl.POSTFIELDSIZE_LARGE)
        if method != "POST":
            curl.setopt(pycurl.CUSTOMREQUEST, method)
    else:
        curl.setopt(pycurl.CUSTOMREQUEST, method)


def _set_body(curl: Any, body: bytes, size_option: int) -> None:
    file = BytesIO(body)

    def seek(offset: int, origin: int) -> int:
        file.seek(offset, origin)
        return int(pycurl.SEEKFUNC_OK)

    curl.setopt(pycurl.READFUNCTION, file.read)
    curl.setopt(pycurl.SEEKFUNCTION, seek)  # a redirect or a login sends it once more
    curl.setopt(size_option, len(body))


def _set_headers(curl: Any, request: RequestProxy) -> None:
    headers = HTTPHeaders(request.headers)
    inner: HTTPRequest = request.request
    if "Expect" not in headers and not inner.expect_100_continue:
        headers["Expect"] = ""  # libcurl's own for large bodies
    elif inner.expect_100_continue:
        headers["Expect"] = "100-continue"
    if "Pragma" not in headers:
        headers["Pragma"] = ""
    lines = []
    for name, value in headers.get_all():
        text = native_str(value)
        if not _is_token(name):
            raise ValueError(f"{name!r} cannot be the name of a header field")
        _sendable(f"header field {name}", text)
        # libcurl: "Name:" takes a field of its own out, "Name;" sends one without a value.
        own = not text and name in ("Expect", "Pragma")
        lines.append(f"{name}: {text}" if text else f"{name}:" if own else f"{name};")
    curl.setopt(pycurl.HTTPHEADER, [line.encode("latin-1") for line in lines])
