"""A request as the application sees it.

A request that came through one of our connections begins as three references (`from_head`).
Everything else is computed from the head when it is first asked for, and then is an ordinary
attribute that may be set; a handler that only looks at the path pays for nothing else.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Self

from zonda.httputil.body import HTTPFile, parse_body_arguments, parse_query
from zonda.httputil.errors import HTTPInputError
from zonda.httputil.headers import HTTPHeaders
from zonda.httputil.url import split_host_and_port
from zonda.legacy import past
from zonda.protocol.cookies import parse_cookie
from zonda.util import lazy

if TYPE_CHECKING:
    from http.cookies import SimpleCookie

    from zonda._kernel import RequestHead
    from zonda.httputil.startline import RequestStartLine

__all__ = ["HTTPServerRequest"]

_Arguments = dict[str, list[bytes]]

_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")

_DEFAULT_HOST = "127.0.0.1"

# RFC 3986 section 3.2 without userinfo; a comma would be a sign of two Host fields in one.
_is_host = re.compile(r"[A-Za-z0-9\-._~%!$&'()*+;=:\[\]]*").fullmatch


class HTTPServerRequest:
    """One HTTP request. All its attributes may be set.

    Malformed arguments raise `HTTPInputError` (a 400) when they are first asked for; asked again,
    for an error page say, they are empty.
    """

    # Any: an exchange of ours, or a stranger's HTTPConnection with more than that interface.
    connection: Any
    """What the response is written to."""

    method: str
    """The method, such as ``"GET"``; case-sensitive."""

    body: bytes = b""
    """The body; empty while it is streamed to the handler."""

    server_connection: object | None = None
    """The long-lived connection, if the server told. It has no interface."""

    _head: RequestHead
    _finish_time: float | None = None
    _parsed_body: bytes = b""

    def __init__(
        self,
        method: str | None = None,
        uri: str | None = None,
        version: str = "HTTP/1.0",
        headers: HTTPHeaders | None = None,
        body: bytes | None = None,
        host: str | None = None,
        files: dict[str, list[HTTPFile]] | None = None,
        connection: Any = None,
        start_line: RequestStartLine | None = None,
        server_connection: object | None = None,
    ) -> None:
        """Make a request by hand; servers use `from_head`.

        `start_line` takes precedence over `method`, `uri` and `version`; `host` over the Host
        field. Raises `HTTPInputError` if the host or the query is malformed. The body is parsed
        by `_parse_body` only.
        """
        if start_line is not None:
            method, uri, version = start_line
        self.method = method or "GET"
        self.uri = uri or "/"
        self.version = version
        self.headers = HTTPHeaders() if headers is None else headers
        self.body = body or b""
        self.connection = connection
        self.server_connection = server_connection
        # The context of an HTTP1Connection knows the peer; an exchange knows it itself.
        peer = getattr(connection, "context", None) or connection
        self.remote_ip = getattr(peer, "remote_ip", None)
        self.protocol = getattr(peer, "protocol", "http")
        self.host = self._checked_host(host)
        self.host_name = split_host_and_port(self.host.lower())[0]
        self.path, _, self.query = self.uri.partition("?")
        self.body_arguments = {}
        self.files = {} if files is None else files
        self.arguments = {name: list(values) for name, values in self.query_arguments.items()}
        self._start_time = time.time()

    @classmethod
    def from_head(cls, head: RequestHead, exchange: Any) -> Self:
        """Make a request from a parsed head.

        `exchange` becomes ``connection`` and has the attributes ``remote_ip``, ``protocol`` and
        ``start_time`` (seconds since the epoch).
        """
        self = object.__new__(cls)
        self._head = head
        self.connection = exchange
        self.method = head.method
        return self

    def _checked_host(self, host: str | None) -> str:
        if host is None:
            host = self.headers.get("Host")
        if host is None:
            if self.version == "HTTP/1.1":
                raise HTTPInputError("Missing Host header")
            return _DEFAULT_HOST
        if "," in host:
            raise HTTPInputError(f"Multiple host headers not allowed: {host!r}")
        if not _is_host(host):
            raise HTTPInputError(f"Invalid Host header: {host!r}")
        return host

    # The head

    @lazy
    def uri(self) -> str:
        """The request target as received."""
        return self._head.target

    @lazy
    def path(self) -> str:
        """The target up to its first question mark."""
        return self._head.path

    @lazy
    def query(self) -> str:
        """The target behind its first question mark."""
        return self._head.query

    @lazy
    def version(self) -> str:
        """``"HTTP/1.1"`` and the like."""
        return self._head.version

    @lazy
    def headers(self) -> HTTPHeaders:
        """The header fields."""
        return HTTPHeaders.from_pairs(self._head.items())

    @lazy
    def host(self) -> str:
        """Host and port as the client wrote them."""
        return self._head.host or _DEFAULT_HOST

    @lazy
    def host_name(self) -> str:
        """The host in lower case, without the port."""
        return split_host_and_port(self.host.lower())[0]

    # The connection

    @lazy
    def remote_ip(self) -> str | None:
        """The client's address. Behind proxies see ``HTTPServer(xheaders=True)``."""
        ip: str | None = self.connection.remote_ip
        return ip

    @lazy
    def protocol(self) -> str:
        """``"http"`` or ``"https"``. Behind proxies see ``HTTPServer(xheaders=True)``."""
        protocol: str = self.connection.protocol
        return protocol

    @lazy
    def _start_time(self) -> float:
        start: float = self.connection.start_time
        return start

    # Arguments

    @lazy
    def query_arguments(self) -> _Arguments:
        """Lists of values by name, from the query."""
        query = self.query
        if not query:
            return {}
        try:
            return parse_query(query)
        except HTTPInputError:
            self.query_arguments = {}
            raise

    @lazy
    def arguments(self) -> _Arguments:
        """Lists of values by name, from the query and then from a form in the body."""
        arguments = {name: list(values) for name, values in self.query_arguments.items()}
        if self.body:
            _extend(arguments, self.body_arguments)
        return arguments

    @lazy
    def body_arguments(self) -> _Arguments:
        """Lists of values by name, from a form in the body."""
        self._parse_body()
        parsed: _Arguments = self.__dict__.get("body_arguments", {})
        return parsed

    @lazy
    def files(self) -> dict[str, list[HTTPFile]]:
        """Lists of uploaded files by field name, from a form in the body."""
        self._parse_body()
        parsed: dict[str, list[HTTPFile]] = self.__dict__.get("files", {})
        return parsed

    def _parse_body(self) -> None:
        """Parse the form in ``body``, adding to ``arguments``, ``body_arguments``, ``files``.

        A handler that collects a streamed body itself may set ``body`` and call this. The same
        body is not parsed twice. Raises `HTTPInputError` if the form is malformed.
        """
        body = self.body
        if body is self._parsed_body:
            return
        self._parsed_body = body
        content_type = self._field("Content-Type")
        if not content_type or not content_type.lower().startswith(_FORM_TYPES):
            return
        fields: _Arguments = {}
        files: dict[str, list[HTTPFile]] = {}
        coding = {"Content-Encoding": self._field("Content-Encoding") or ""}
        parse_body_arguments(content_type, body, fields, files, coding)
        self._publish(fields, files)

    def _publish(self, fields: _Arguments, files: dict[str, list[HTTPFile]]) -> None:
        known = self.__dict__
        _extend(known.setdefault("body_arguments", {}), fields)
        _extend(known.setdefault("files", {}), files)
        if "arguments" in known:  # not yet asked for: they will be put together from the others
            _extend(self.arguments, fields)

    def _field(self, name: str) -> str | None:
        """One header field, without building `headers` for it."""
        headers: HTTPHeaders | None = self.__dict__.get("headers")
        return self._head.get(name) if headers is None else headers.get(name)

    # Cookies

    @lazy
    def cookie_values(self) -> dict[str, str]:
        """The cookies as sent, name to value: what ``cookies`` is made of, at less cost."""
        headers: HTTPHeaders | None = self.__dict__.get("headers")
        if headers is None:
            lines = self._head.get_all("Cookie")
        else:
            lines = HTTPHeaders(headers).get_list("Cookie")
        # HTTP/2 may split the field at its semicolons, RFC 9113 section 8.2.3.
        return parse_cookie("; ".join(lines)) if lines else {}

    @lazy
    def cookies(self) -> SimpleCookie:
        """The cookies as a `http.cookies.SimpleCookie`, without those it has no room for."""
        from http.cookies import CookieError, SimpleCookie

        cookies = SimpleCookie()
        for name, value in self.cookie_values.items():
            try:
                cookies[name] = value
            except CookieError:
                pass
        return cookies

    # Questions

    def supports_http_1_1(self) -> bool:
        """Whether the client speaks HTTP/1.1; Tornado 4's."""
        return self.version == "HTTP/1.1"

    def write(self, chunk: bytes, callback: Any = None) -> Any:
        """Write a piece of a response that begins with its status line, as in Tornado 2."""
        return past("httputil").write(self, chunk, callback)

    def finish(self) -> None:
        """End the response that `write` has written."""
        past("httputil").finish(self)

    def full_url(self) -> str:
        """The URL that was asked for, put together again, RFC 9110 section 7.1."""
        if not self.uri.startswith("/") and "://" in self.uri:
            return self.uri
        return f"{self.protocol}://{self.host}{self.uri}"

    def request_time(self) -> float:
        """Seconds that the request took, or has taken so far."""
        end = time.time() if self._finish_time is None else self._finish_time
        return end - self._start_time

    def get_ssl_certificate(self, binary_form: bool = False) -> dict[str, Any] | bytes | None:
        """The client's TLS certificate, or None without TLS or certificate.

        The server must ask for one: ``HTTPServer(ssl_options=context)`` with
        ``context.verify_mode = ssl.CERT_REQUIRED``. The result is what
        `ssl.SSLSocket.getpeercert` gives: a dictionary, or DER bytes with `binary_form`.
        """
        stream = getattr(self.connection, "stream", None)
        getpeercert = getattr(getattr(stream, "socket", None), "getpeercert", None)
        if getpeercert is None:
            return None
        import ssl

        try:
            certificate: dict[str, Any] | bytes | None = getpeercert(binary_form=binary_form)
        except (ssl.SSLError, ValueError):  # ValueError: the handshake is not done
            return None
        return certificate

    def __repr__(self) -> str:
        names = ("protocol", "host", "method", "uri", "version", "remote_ip")
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in names)})"


def _extend(target: dict[str, list[Any]], more: dict[str, list[Any]]) -> None:
    for name, values in more.items():
        target.setdefault(name, []).extend(values)
