"""What came back."""

from __future__ import annotations

import time
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from zonda.httpclient.errors import HTTPClientError
from zonda.httpclient.request import HTTPRequest
from zonda.httputil import HTTPHeaders, responses
from zonda.util import lazy

if TYPE_CHECKING:
    from zonda._kernel import ResponseHead
    from zonda.httpclient.request import RequestProxy

__all__ = ["HTTPResponse", "Times", "begun_at", "response_of_head"]

#: When the parts of an exchange were over, as ``time.monotonic()`` tells it: submitted,
#: begun, name looked up, connected, TLS ready, sent, first byte received, all received; then
#: the seconds that earlier requests took which led here by a redirect.
Times = tuple[float, float, float, float, float, float, float, float, float]


class HTTPResponse:
    """The response to a request.

    Attributes:
        code: status, such as 200; 599 if no response came.
        effective_url: the URL that answered, after redirects.
        error: the exception of an unsuccessful request, or None.
        history: the responses that were redirects, if this client followed them one by one,
            as it does with a cookie jar, hooks, retries and in streams; else empty.
        request_time: seconds from the start of the request to its end, without the wait
            for a place in the client; after redirects those of the last request.
    """

    # What every response has is in slots; the rest, and what a program adds, in __dict__, which
    # most responses do without.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_body",
        "_head",
        "_times",
        "code",
        "effective_url",
        "request_time",
    )

    error: BaseException | None = None
    history: tuple[HTTPResponse, ...] = ()
    _error_is_response_code = False
    _body: bytes | None
    _head: ResponseHead | None
    _times: Times | None

    def __init__(
        self,
        request: HTTPRequest,
        code: int,
        headers: HTTPHeaders | None = None,
        buffer: BytesIO | None = None,
        effective_url: str | None = None,
        error: BaseException | None = None,
        request_time: float | None = None,
        time_info: dict[str, float] | None = None,
        reason: str | None = None,
        start_time: float | None = None,
    ) -> None:
        self._body = self._head = self._times = None
        self.request = _unwrap(request)
        self.code = code
        self.reason = reason or responses.get(code, "Unknown")
        self.headers = headers if headers is not None else HTTPHeaders()
        self.buffer = buffer
        self.effective_url = effective_url if effective_url is not None else request.url
        self.error = error
        if error is None and not 200 <= code < 300:
            self._error_is_response_code = True
            self.error = HTTPClientError(code, message=self.reason, response=self)
        self.start_time = start_time
        self.request_time = request_time
        self.time_info = time_info or {}

    @lazy
    def request(self) -> HTTPRequest:
        """The :class:`HTTPRequest`."""
        return HTTPRequest.of_url(self.effective_url, self.start_time)

    @lazy
    def start_time(self) -> float | None:
        """When the request was begun, epoch seconds."""
        return None if self._times is None else begun_at(self._times[1])

    @lazy
    def headers(self) -> HTTPHeaders:
        """Header fields."""
        assert self._head is not None
        headers = HTTPHeaders.from_pairs(self._head.items())
        length = self._head.get("Content-Length")
        if length is not None and "," in headers["Content-Length"]:
            # Copies that agree become one (RFC 9110 section 8.6).
            headers["Content-Length"] = length.partition(",")[0].strip()
        return headers

    @lazy
    def reason(self) -> str:
        """Reason phrase; the usual one where the server gave none."""
        assert self._head is not None
        return self._head.reason or responses.get(self.code, "Unknown")

    @lazy
    def version(self) -> str:
        """Such as ``"HTTP/1.1"``; "" if the client did not tell."""
        return "" if self._head is None else self._head.version

    @lazy
    def buffer(self) -> BytesIO | None:
        """The content as a file."""
        return None if self._body is None else BytesIO(self._body)

    @lazy
    def time_info(self) -> dict[str, float]:
        """Seconds that the parts of the request took.

        ``queue`` is the wait for a place. The others count from the request's start to the
        end of a phase: ``namelookup``, ``connect``, ``appconnect`` (TLS; 0 without),
        ``pretransfer`` (ready to send), ``starttransfer`` (first byte received), ``total``.
        On a connection that was kept the first ones are 0. ``redirect`` is the time of the
        requests before this one.
        """
        if self._times is None or self.request_time is None:
            return {}
        submitted, begun, looked_up, connected, secured, sent, first, _, redirect = self._times
        return {
            "queue": begun - submitted - redirect,
            "namelookup": looked_up and looked_up - begun,
            "connect": connected and connected - begun,
            "appconnect": secured and secured - begun,
            "pretransfer": sent - begun,
            "starttransfer": first - begun,
            "total": self.request_time,
            "redirect": redirect,
        }

    @property
    def body(self) -> bytes:
        """The content; empty if there was none, or a ``streaming_callback`` took it."""
        if self._body is None:
            self._body = b"" if self.buffer is None else self.buffer.getvalue()
        return self._body

    @property
    def text(self) -> str:
        """The content as text, in the charset of ``Content-Type``, or else UTF-8.

        Octets that the charset does not have become U+FFFD; an unknown charset is UTF-8.
        """
        from zonda.httpclient.text import charset_of

        return self.body.decode(charset_of(self.headers), "replace")

    def json(self) -> Any:
        """The content as JSON (RFC 8259): UTF-8, or UTF-16 or UTF-32 by its first octets.

        Raises:
            ValueError: it is not JSON.
        """
        from zonda.httputil.jsoncodec import loads

        return loads(self.body)

    @property
    def cookies(self) -> dict[str, str]:
        """Names and values of the cookies that this response sets."""
        from zonda.httpclient.cookies.cookie import parse_set_cookie

        found = [parse_set_cookie(field, 0.0) for field in self.headers.get_list("Set-Cookie")]
        return {cookie.name: cookie.value for cookie in found if cookie is not None}

    def rethrow(self) -> None:
        """Raise the error of an unsuccessful request; do nothing for a successful one."""
        if self.error is not None:
            raise self.error

    def raise_for_status(self) -> HTTPResponse:
        """Raise the error of a response with a status from 400 on; else return the response.

        Unlike :meth:`rethrow` it lets redirects and 304 (Not Modified) pass.
        """
        if self.code >= 400:
            self.rethrow()
        return self

    def to_har(self, mask: bool = True) -> dict[str, Any]:
        """This exchange as HAR 1.2, the format of browsers' network tools.

        Args:
            mask: whether passwords, cookies and tokens are replaced by ``***``.
        """
        from zonda.httpclient.har import entry_of, har_of

        exchanges = (*self.history, self)
        return har_of([entry_of(each.request, each, None, mask) for each in exchanges])

    def __repr__(self) -> str:
        shown = ("code", "effective_url", "reason", "request_time", "error")
        from zonda.httpclient.masking import mask_url

        known = {name: getattr(self, name) for name in shown}
        known["effective_url"] = mask_url(self.effective_url)
        values: list[str] = [f"{name}={value!r}" for name, value in known.items()]
        return f"{type(self).__name__}({', '.join(values)})"


def response_of_head(
    request: HTTPRequest | str, head: ResponseHead, body: bytes, url: str | None, times: Times
) -> HTTPResponse:
    """A response as it came over the wire; what nobody asks for is not made.

    Args:
        request: what was asked for; its URL, if nothing else was said.
        head: the response's head.
        body: its content, unpacked.
        url: where it came from, if not from the request's.
        times: see :data:`Times`.
    """
    response = _new(HTTPResponse)
    if isinstance(request, str):
        response.effective_url = request
    else:
        response.request = request
        response.effective_url = url or request.url
    response.code = code = head.status
    response._head = head
    response._body = body
    response._times = times
    response.request_time = times[7] - times[1]
    if not 200 <= code < 300:
        response._error_is_response_code = True
        response.error = HTTPClientError(code, message=response.reason, response=response)
    return response


_new = HTTPResponse.__new__


def begun_at(moment: float) -> float:
    """What the clock said then, epoch seconds.

    Args:
        moment: as ``time.monotonic()`` tells it.
    """
    return time.time() - (time.monotonic() - moment)


def _unwrap(request: HTTPRequest | RequestProxy) -> HTTPRequest:
    inner: HTTPRequest | None = getattr(request, "request", None)
    return cast("HTTPRequest", request) if inner is None else inner
