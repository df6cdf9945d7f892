"""How a handler builds its response."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from zonda.escape import utf8
from zonda.legacy import past
from zonda.protocol.exchange import EMPTY_BLOCK
from zonda.protocol.status import has_no_body
from zonda.web.headers import HeadersMixin, json_fields

if TYPE_CHECKING:
    import asyncio

    from zonda.iostream import IOStream

__all__ = ["OutputMixin", "default_etag_hash", "dict_encoder"]

_ETAG = re.compile(r'\*|(?:W/)?"[^"]*"')
_FRAMING_FIELDS = frozenset(("Content-Length", "Transfer-Encoding", "Connection"))
_REPRESENTATION_FIELDS = ("Content-Encoding", "Content-Language", "Content-Type")


class OutputMixin(HeadersMixin):
    """Content, entity tags and the end of the response."""

    _headers_written = False
    _finished = False
    _auto_finish = True
    _transforms: Sequence[Any] | None = None
    #: Cookies to be set, by name; owned by ``CookiesMixin``.
    _new_cookie: dict[str, Any] | None = None
    #: What entity tags are hashed with, if the class leaves them to us, which
    #: ``prepare_class`` finds out; None if not.
    _etag_hash: ClassVar[Callable[..., Any] | None] = None

    # -------------------------------------------------------------------- content

    def write(self, chunk: str | bytes | dict[Any, Any]) -> None:
        """Add to the response's content.

        A str is sent as UTF-8. A dict is sent as JSON, and sets the Content-Type to
        ``application/json; charset=UTF-8``; set another one afterwards if you need to.
        Where msgspec or orjson is installed (``zonda[json]``) it writes plain values, to the
        same meaning: in UTF-8, without blanks. The setting ``json_encoder`` takes another
        function for that; with :func:`zonda.escape.json_encode` the bytes are Tornado's.
        Lists are refused: as JSON at the top level they were a way to steal data in
        old browsers; wrap them in a dict.

        Raises:
            RuntimeError: the response is finished.
            TypeError: ``chunk`` is of another type.
        """
        if self._finished:
            raise RuntimeError("Cannot write() after finish()")
        if type(chunk) is str:
            self._write_buffer.append(chunk.encode())
        elif isinstance(chunk, bytes):
            self._write_buffer.append(chunk)
        elif isinstance(chunk, dict):
            if self._fields is None:
                self._defaults = json_fields
            else:
                self._fields["Content-Type"] = json_fields.content_type
            encode = self.application.settings.get("json_encoder") or dict_encoder()
            self._write_buffer.append(utf8(encode(chunk)))
        elif isinstance(chunk, str):
            self._write_buffer.append(chunk.encode())
        else:
            raise _not_writable(chunk)

    def redirect(self, url: str, permanent: bool = False, status: int | None = None) -> None:
        """Send the client to another URL and end the request.

        Args:
            url: absolute, or relative to this request's.
            permanent: 301 instead of 302.
            status: any other 3xx status.

        Raises:
            ValueError: ``url`` holds characters that no header field may hold.
            RuntimeError: the response has been begun.
        """
        if self._headers_written:
            raise RuntimeError("Cannot redirect after headers have been written")
        if status is None:
            status = 301 if permanent else 302
        elif not 300 <= status <= 399:
            raise ValueError(f"a redirect needs a status from 300 to 399, not {status!r}")
        self.set_status(status)
        self.set_header("Location", utf8(url))
        self.finish()

    def flush(
        self, include_footers: bool = False, callback: Callable[[], object] | None = None
    ) -> asyncio.Future[None]:
        """Send what has been written so far.

        Returns:
            a future that is done when the client has taken enough for more to be sent:
            await it between the pieces of a large response. It fails with
            :exc:`~zonda.iostream.StreamClosedError` if the client has gone.
        """
        exchange = self._exchange
        chunk = b"".join(self._write_buffer)
        self._write_buffer = []
        if not self._headers_written:
            chunk = self._send_head(chunk, include_footers)
        else:
            for transform in self._transforms or ():
                chunk = transform.transform_chunk(chunk, include_footers)
        if chunk and self.request.method != "HEAD":
            exchange.send_data(chunk)
        future: asyncio.Future[None] = exchange.drained()
        if callback is not None:
            past("web").call_when_flushed(future, callback)
        return future

    def _send_head(self, chunk: bytes, finishing: bool) -> bytes:
        """Send the response's head; its first chunk as the transforms have made it."""
        chunk = self._transform_first(chunk, finishing)
        headers = self._headers
        declared = headers.get("Content-Length")
        length = None if declared is None else int(declared)
        if headers.get("Connection", "").lower() == "close":
            self._exchange.close_after_response()
        self._exchange.send_head(
            self._status_code, self._custom_reason, EMPTY_BLOCK, self._output_fields(), length
        )
        self._headers_written = True
        return chunk

    def _transform_first(self, chunk: bytes, finishing: bool) -> bytes:
        transforms = self._transforms
        if transforms is None:
            classes = self.application.transforms
            transforms = self._transforms = [t(self.request) for t in classes]
        for transform in transforms:
            self._status_code, self._headers, chunk = transform.transform_first_chunk(
                self._status_code, self._headers, chunk, finishing
            )
        return chunk

    def _output_fields(self) -> list[tuple[str, str]]:
        """The response's fields in order, without those that the connection decides."""
        fields = self._headers.wire_fields(_FRAMING_FIELDS)
        cookies = self._new_cookie
        if cookies:
            fields += [("Set-Cookie", cookie.OutputString(None)) for cookie in cookies.values()]
        return fields

    def finish(self, chunk: str | bytes | dict[Any, Any] | None = None) -> asyncio.Future[None]:
        """End the response, with ``chunk`` as its last piece if given.

        Returns:
            a future as that of :meth:`flush`.

        Raises:
            RuntimeError: it is already finished.
        """
        if self._finished:
            raise RuntimeError("finish() called twice")
        if chunk is not None:
            self.write(chunk)
        exchange = self._exchange
        if self._headers_written:
            future = self.flush(include_footers=True)
            exchange.end()
        elif (
            self._fields is None
            and self._status_code == 200
            and self._etag_hash is not None
            and self._new_cookie is None
            and not self.application.transforms
            and exchange.head is not None
            and (exchange.head.simple or self.request.method not in _SAFE_METHODS)
        ):
            future = self._respond_plainly(exchange)
        else:
            future = self._respond(exchange)
        self._finished = True
        self._log()
        self.on_finish()
        if self._has_ui:
            self._forget_ui()
        return future

    def _respond_plainly(self, exchange: Any) -> asyncio.Future[None]:
        """The commonest response: content with the default fields and, to GET, its entity tag."""
        buffer = self._write_buffer
        body = buffer[0] if len(buffer) == 1 else b"".join(buffer)
        now = exchange.start_time
        defaults = self._defaults
        block = defaults.block  # DefaultFields.at, inlined
        if not defaults.begins <= now < defaults.expires:
            block = defaults.at(now)
        fields: tuple[tuple[str, str], ...] = ()
        if exchange.head.simple:
            assert self._etag_hash is not None
            # _entity_tag, inlined too
            fields = (("Etag", f'"{self._etag_hash(body, usedforsecurity=False).hexdigest()}"'),)
        future: asyncio.Future[None] = exchange.respond(
            200, self._custom_reason, block, fields, body
        )
        self._headers_written = True
        return future

    def _respond(self, exchange: Any) -> asyncio.Future[None]:
        """Send the whole response in one piece."""
        buffer = self._write_buffer
        body = buffer[0] if len(buffer) == 1 else b"".join(buffer)
        status = self._status_code
        if status == 200 and self.request.method in _SAFE_METHODS:
            head = exchange.head
            etag_hash = self._etag_hash
            if etag_hash is not None and head is not None and not head.has("If-None-Match"):
                self._headers["Etag"] = _entity_tag(body, etag_hash)
            else:
                self.set_etag_header()
                if self.check_etag_header():
                    body = b""
                    self._write_buffer = []
                    self.set_status(304)
                    status = 304
        return self._respond_in_full(exchange, status, body)

    def _respond_in_full(self, exchange: Any, status: int, body: bytes) -> asyncio.Future[None]:
        """The general case: transforms, cookies, framing that the handler asked for."""
        if has_no_body(status):
            if body:
                raise RuntimeError(f"a response with status {status} cannot have a body")
            self._clear_representation_headers()
        if self._transforms is None and not self.application.transforms:
            headers = self._headers
        else:
            body = self._transform_first(body, True)
            headers = self._headers
            status = self._status_code
        fields = self._output_fields()
        length = len(body)
        if not _FRAMING_FIELDS.isdisjoint(headers._values):
            if headers.get("Connection", "").lower() == "close":
                exchange.close_after_response()
            # 304 may say how long the content is that it does not carry (RFC 9110 section 8.6).
            if status == 304 or not has_no_body(status):
                length = int(headers.get("Content-Length", length))
        future: asyncio.Future[None]
        if length == len(body):
            future = exchange.respond(status, self._custom_reason, EMPTY_BLOCK, fields, body)
            self._headers_written = True
            return future
        exchange.send_head(status, self._custom_reason, EMPTY_BLOCK, fields, length)
        self._headers_written = True
        if body and self.request.method != "HEAD":
            exchange.send_data(body)
        exchange.end()
        future = exchange.drained()
        return future

    def _clear_representation_headers(self) -> None:
        """Take back what describes content (RFC 9110 section 15.4.5): there is none."""
        headers = self._headers
        for name in _REPRESENTATION_FIELDS:
            if name in headers:
                del headers[name]

    # ------------------------------------------------------------------ validators

    def compute_etag(self) -> str | None:
        """The entity tag of the content written so far; None for no tag at all.

        By default a hash of it. Override this to use something cheaper, such as a
        version number, or to turn entity tags off.
        """
        return _entity_tag(b"".join(self._write_buffer), default_etag_hash())

    def set_etag_header(self) -> None:
        """Set the ``Etag`` field from :meth:`compute_etag`. Called when GETs finish."""
        etag = self.compute_etag()
        if etag is not None:
            self.set_header("Etag", etag)

    def check_etag_header(self) -> bool:
        """Whether the client has this very response already (``If-None-Match``).

        Compares weakly, as RFC 9110 section 13.1.2 asks. A handler that computes its
        tag early can call it to save work::

            self.set_etag_header()
            if self.check_etag_header():
                self.set_status(304)
                return
        """
        computed = self._headers.get("Etag", "")
        if not computed:
            return False
        candidates = _ETAG.findall(self.request.headers.get("If-None-Match", ""))
        if "*" in candidates:
            return True
        opaque = computed.removeprefix("W/")
        return any(candidate.removeprefix("W/") == opaque for candidate in candidates)

    # --------------------------------------------------------------------- endings

    def detach(self) -> IOStream:
        """Take the connection's stream; nothing is sent any more, and no more read.

        For protocols that begin as HTTP and go on as something else.
        """
        self._finished = True
        stream: IOStream = self._exchange.detach()
        return stream

    def _abandon(self) -> None:
        """Close the connection under a response that cannot be completed."""
        self._finished = True
        self._exchange.abandon()
        self._log()
        self.on_finish()

    def _give_up(self) -> None:
        """End a request whose error page failed as well."""
        self._finished = True
        self._exchange.give_up()
        self._log()
        self.on_finish()

    def _client_left(self) -> None:
        """End a request that was cancelled because its client has gone."""
        if not self._headers_written:
            self.set_status(499, "Client Closed Request")  # for the log, as nginx has it
        if not self._finished:
            self._abandon()

    def _log(self) -> None:
        """Write this request to the access log, through ``Application.log_request``."""
        self.application.log_request(self)  # type: ignore[arg-type]  # one part of it


_SAFE_METHODS = ("GET", "HEAD")


@cache
def default_etag_hash() -> Callable[..., Any]:
    """SHA-1, as for Tornado's tags: they tell versions apart, and protect nothing."""
    from hashlib import sha1  # loads OpenSSL: not at import

    return sha1


@cache
def dict_encoder() -> Callable[[dict[Any, Any]], bytes]:
    """What makes JSON of a dict, unless the setting ``json_encoder`` says otherwise."""
    from zonda.httputil.jsoncodec import dumps_for_html  # loads the kernel: not at import

    return dumps_for_html


def _entity_tag(content: bytes, etag_hash: Callable[..., Any]) -> str:
    return f'"{etag_hash(content, usedforsecurity=False).hexdigest()}"'


def _not_writable(chunk: object) -> TypeError:
    message = f"write() only accepts bytes, str and dict objects, not {type(chunk).__name__}"
    if isinstance(chunk, list):
        message += "; lists are not accepted for security reasons: wrap the list in a dict"
    return TypeError(message)
