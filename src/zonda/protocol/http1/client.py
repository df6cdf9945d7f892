"""The client's end of an HTTP/1 connection."""

from __future__ import annotations

from typing import Final

from zonda._kernel import ResponseHead, encode_head, parse_response_head
from zonda.protocol.errors import LocalProtocolError, RemoteProtocolError, Truncated
from zonda.protocol.http1.machine import (
    LOOKED_AT,
    NO_PART,
    PART,
    Fields,
    Framing,
    Machine,
    with_field,
)
from zonda.protocol.limits import Limits
from zonda.protocol.status import has_no_body

__all__ = ["HTTP1Client"]

_HEAD: Final = Framing.HEAD
_DONE: Final = Framing.DONE
_NOTHING: Final = Framing.NOTHING


class HTTP1Client(Machine):
    """Requests out, responses in (RFC 9112), one exchange at a time.

    For each exchange: :meth:`send_request`, then ``send_data`` … ``end`` if its body was
    not given at once; :meth:`next_head` until it returns a final head, then
    ``next_data`` until ``END``. Afterwards :attr:`reusable` says whether the connection
    may carry another one.
    """

    __slots__ = ("_informational", "_method", "head")

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.outgoing = _HEAD
        self._method = ""
        self._informational = 0
        #: The final response head of this exchange, once it is here.
        self.head: ResponseHead | None = None

    def send_request(
        self,
        method: str,
        start_line: bytes,
        block: bytes,
        fields: Fields,
        length: int | None,
        body: bytes | None,
    ) -> bytes:
        """The request head, with the whole body behind it unless ``body`` is None.

        Args:
            method: the request method, which decides how the response is framed.
            start_line: the request line, CRLF included.
            block: encoded header lines that are known to be well-formed.
            fields: further fields, without any that frame the message.
            length: size of the body in bytes; -1: no body and no Content-Length;
                None: not known, the body is sent chunked.
            body: the content, or None when ``send_data`` and ``end`` follow.

        Raises:
            LocalProtocolError: an exchange is under way.
            ValueError: a field cannot be sent.
        """
        if self.outgoing is not _HEAD:
            raise LocalProtocolError("another exchange is under way on this connection")
        if length is None:
            fields = with_field(fields, "Transfer-Encoding", "chunked")
        declared = -1 if length is None else length
        data = encode_head(start_line, block, fields, declared, body or b"")
        self.request_sent(method)
        if body is None and length is None:
            self._open_body(Framing.CHUNKED)
        elif body is None and length != -1:
            self._open_body(Framing.LENGTH, declared)
        return data

    def request_sent(self, method: str) -> None:
        """A whole request has gone out that was encoded elsewhere: its response is due."""
        self._method = method
        self._informational = 0
        self.head = None
        self.outgoing = _DONE

    def receive(self, data: bytes) -> None:
        """Take bytes from the server."""
        if self._partial_head == LOOKED_AT and b"\n" in data:
            self._partial_head = PART
        super().receive(data)

    def next_head(self) -> ResponseHead | None:
        """The next response head, interim ones (1xx) included, or None: more bytes are due.

        Raises:
            RemoteProtocolError: the bytes are no acceptable response head, too many
                interim responses came, or the connection ended.
        """
        limits = self.limits
        looked_at = self._partial_head == LOOKED_AT
        if looked_at and self.unread <= limits.max_header_size and not self._eof:
            return None
        head = parse_response_head(
            self._buffer, self._position, limits.max_header_size, limits.max_header_fields
        )
        if head is None:
            if self._eof:
                raise Truncated(502, "the connection ended before the response head")
            self._partial_head = LOOKED_AT if self.unread else NO_PART
            return None
        self._partial_head = NO_PART
        self._position = head.end
        status = head.status
        if status < 200 and status != 101:
            self._informational += 1
            if self._informational > limits.max_informational:
                raise RemoteProtocolError(
                    502, f"Too many 1xx responses: more than {limits.max_informational}"
                )
            return head
        self.head = head
        self.keep_alive = head.keep_alive
        self._frame(head, status)
        return head

    def _frame(self, head: ResponseHead, status: int) -> None:
        """How this response's body ends (RFC 9112 section 6.3)."""
        if status == 101 or (self._method == "CONNECT" and 200 <= status < 300):
            self.keep_alive = False  # the bytes that follow are another protocol's
        elif self._method == "HEAD" or has_no_body(status):
            announced = head.content_length > 0 or head.chunked
            if announced and self._method != "HEAD" and status != 304:
                # RFC 9110 section 8.6: one of the two is a mistake, so do not guess.
                raise self._doubt(f"Response with code {status} should not have body")
        elif head.chunked:
            if head.content_length >= 0 or head.has("Content-Length"):
                # RFC 9112 section 6.1: whoever sends both may want to be misunderstood.
                raise self._doubt("Message with both Transfer-Encoding and Content-Length")
            self._expect_body(Framing.CHUNKED)
        elif head.content_length >= 0:
            self._expect_body(Framing.LENGTH, head.content_length)
        else:
            self.keep_alive = False
            self._expect_body(Framing.UNTIL_CLOSE)

    def _doubt(self, message: str) -> RemoteProtocolError:
        """Where the response ends is in doubt, and so is what would come behind it."""
        self.keep_alive = False
        return RemoteProtocolError(502, message)

    @property
    def request_complete(self) -> bool:
        """Whether the request has been given out as a whole."""
        return self.outgoing is _DONE

    @property
    def silent(self) -> bool:
        """Whether nothing of the response has come, interim responses included."""
        return self.head is None and not self._informational and not self.unread

    @property
    def reusable(self) -> bool:
        """Whether the exchange is over and the connection fit for another.

        Bytes behind the end of a response were not asked for: they would be taken for
        the answer to the next request, so they make a connection unfit.
        """
        return (
            self.keep_alive
            and self.head is not None
            and self.outgoing is _DONE
            and self._incoming is _NOTHING
            and not self.unread
            and not self._eof
        )

    def next_exchange(self) -> None:
        """Make a reusable connection ready for another request."""
        if not self.renew():
            raise LocalProtocolError("this connection cannot carry another exchange")

    def renew(self) -> bool:
        """``next_exchange`` if the connection is reusable; False if it is not."""
        if not self.reusable:
            return False
        self.outgoing = _HEAD
        self._buffer = b""  # an idle connection keeps no bytes alive
        self._position = 0
        return True
