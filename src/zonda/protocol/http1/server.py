"""The server's end of an HTTP/1 connection."""

from __future__ import annotations

from typing import Final

from zonda._kernel import RequestHead, encode_head, parse_request_head
from zonda.protocol.errors import LocalProtocolError, RemoteProtocolError
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
from zonda.protocol.status import REASONS, has_no_body, reason_phrase

__all__ = ["STATUS_LINES", "HTTP1Server", "status_line"]

_IDLE: Final = Framing.IDLE
_HEAD: Final = Framing.HEAD
_DONE: Final = Framing.DONE
_NOTHING: Final = Framing.NOTHING

#: Status lines with the registered reason phrases, CRLF included.
STATUS_LINES: dict[int, bytes] = {
    status: b"HTTP/1.1 %d %s\r\n" % (status, phrase.encode("ascii"))
    for status, phrase in REASONS.items()
}


def status_line(status: int, reason: str | None = None) -> bytes:
    """The status line (RFC 9112 section 4), CRLF included.

    Raises:
        ValueError: ``reason`` holds a control character or one outside latin-1,
            or ``status`` is not a three-digit number.
    """
    if reason is None:
        known = STATUS_LINES.get(status)
        if known is not None:
            return known
        reason = "Unknown"
    if not 100 <= status <= 999:
        raise ValueError(f"status code {status} is not a number from 100 to 999")
    if not reason.isprintable() and any((c < " " and c != "\t") or c == "\x7f" for c in reason):
        raise ValueError(f"reason phrase {reason!r} holds a control character")
    try:
        return b"HTTP/1.1 %d %s\r\n" % (status, reason.encode("latin-1"))
    except UnicodeEncodeError:
        raise ValueError(f"reason phrase {reason!r} cannot be sent as latin-1") from None


class HTTP1Server(Machine):
    """Requests in, responses out (RFC 9112), one exchange at a time.

    The order of calls for an exchange: :meth:`next_head`; :meth:`next_data` until ``END``
    if ``body_open``; and, at any time after the head, :meth:`respond` or :meth:`send_head`,
    ``send_data`` …, ``end``. The next head comes when both directions are done.

    A connection may parse the head itself when nothing else waits, and hand it to
    :meth:`take_head`; if it is *simple* (see ``RequestHead``) and answered in one piece,
    setting ``head`` and ``outgoing`` is all that there is to do.
    """

    __slots__ = (
        "has_body",
        "has_input",
        "head",
        "max_head_fields",
        "max_head_size",
        "persistent",
    )

    def __init__(self, limits: Limits, *, persistent: bool = True) -> None:
        super().__init__(limits)
        self.max_head_size = limits.max_header_size
        self.max_head_fields = limits.max_header_fields
        #: Whether the connection may carry more than one exchange at all.
        self.persistent = persistent
        #: The request being answered.
        self.head: RequestHead | None = None
        #: Whether the request has a body.
        self.has_body = False
        #: Whether ``next_head`` may find something in what was received.
        self.has_input = False

    # ------------------------------------------------------------------ requests

    def receive(self, data: bytes) -> None:
        """Take bytes from the client. They are interpreted when asked for."""
        if self._buffer:
            if self._partial_head == LOOKED_AT and b"\n" in data:
                self._partial_head = PART
            data = self._buffer[self._position :] + data
        self._buffer = data
        self._position = 0
        self.has_input = True

    def next_head(self, data: bytes = b"") -> RequestHead | None:
        """The next request, or None while more bytes, or the end of this exchange, are due.

        Args:
            data: bytes that have just come from the client: a shorter and faster way to
                give them to :meth:`receive` first.

        Raises:
            RemoteProtocolError: the bytes are no acceptable request head.
        """
        if (
            not data
            or self._buffer
            or self.outgoing is not _DONE
            or self._incoming is not _NOTHING
            or not self.keep_alive
        ):
            head = self._next_buffered_head(data)
            if head is None:
                return None
            self._begin(head)
        else:
            head = parse_request_head(data, 0, self.max_head_size, self.max_head_fields)
            self.take_head(head, data)
        return head

    def take_head(self, head: RequestHead | None, data: bytes) -> None:
        """Begin with what was found at the beginning of ``data``, when nothing else waits."""
        if head is None:
            self._buffer = data
            self._note_partial_head()
            return
        if head.end != len(data):
            self._buffer = data
            self._position = head.end
            self.has_input = True
        self._begin(head)

    def _begin(self, head: RequestHead) -> None:
        self.head = head
        self.keep_alive = head.keep_alive and self.persistent
        self.outgoing = _HEAD
        if head.content_length > 0:
            self._expect_request_body(Framing.LENGTH, head.content_length)
        elif head.chunked:
            self._expect_request_body(Framing.CHUNKED, 0)
        else:
            self.has_body = False

    def _next_buffered_head(self, data: bytes) -> RequestHead | None:
        """The general case: bytes wait, or the time has not come."""
        if data:
            self.receive(data)
        if not self._buffer or not self.keep_alive or self._incoming is not _NOTHING:
            return None
        if self.outgoing is not _DONE and self.outgoing is not _IDLE:
            return None
        if self._partial_head:
            if self._partial_head == LOOKED_AT and self.unread <= self.max_head_size:
                return None
            self._partial_head = NO_PART
        head = parse_request_head(
            self._buffer, self._position, self.max_head_size, self.max_head_fields
        )
        if head is None:
            self._note_partial_head()
        elif head.end == len(self._buffer):
            self._buffer = b""  # the head keeps its bytes as long as it lives itself
            self._position = 0
            self.has_input = False
        else:
            self._position = head.end
        return head

    def _expect_request_body(self, framing: Framing, length: int) -> None:
        self.has_body = True
        self.body_limit = self.limits.max_body_size
        self._expect_body(framing, length)

    def whole_body(self) -> bytes | None:
        """The request's body, if all of it has come with its head; else it is to be read."""
        length, position = self._remaining_in, self._position
        if self._incoming is not Framing.LENGTH or length > self.body_limit:
            return None
        end = position + length
        buffer = self._buffer
        if end > len(buffer):
            return None
        body = buffer[position:end]
        self._incoming = _NOTHING
        self._remaining_in = 0
        self.has_input = end < len(buffer)
        self._position = end
        if not self.has_input:
            self._buffer = b""
            self._position = 0
        return body

    def _note_partial_head(self) -> None:
        self.has_input = False
        if self.unread:
            self._partial_head = LOOKED_AT
        else:  # behind the end of a body: keep its bytes no longer
            self._partial_head = NO_PART
            self._buffer = b""
            self._position = 0

    @property
    def partial_head(self) -> bool:
        """Whether the beginning of a request head is here and its end is not."""
        return self._partial_head != NO_PART

    # ----------------------------------------------------------------- responses

    def respond(
        self, status: int, reason: str | None, block: bytes, fields: Fields, body: bytes
    ) -> bytes:
        """A whole response as one piece of bytes.

        Args:
            status: final status code, 200 to 999.
            reason: reason phrase; None for the registered one.
            block: encoded header lines that are known to be well-formed.
            fields: further header fields, without any that frame the message.
            body: the content; left out, though counted, in the answer to HEAD.

        Raises:
            LocalProtocolError: no response is due, or the status forbids a body.
            ValueError: a field or the reason cannot be sent.
        """
        if self.outgoing is not _HEAD:
            raise LocalProtocolError("no request is waiting for a response")
        head = self.head
        assert head is not None
        length = len(body)
        if status != 200 and has_no_body(status):
            if status < 200:
                raise LocalProtocolError(f"{status} is no status of a final response")
            if body:
                raise LocalProtocolError(f"a {status} response cannot have a body")
            length = -1
        elif head.method == "HEAD":
            body = b""
        if self._incoming is not _NOTHING:
            self.keep_alive = False
        if not self.keep_alive or head.minor == 0:
            fields = self._with_connection(head, fields)
        line = STATUS_LINES.get(status) if reason is None else None
        data = encode_head(line or status_line(status, reason), block, fields, length, body)
        self.outgoing = _DONE
        return data

    def send_head(
        self, status: int, reason: str | None, block: bytes, fields: Fields, length: int | None
    ) -> bytes:
        """The head of a response whose body follows with ``send_data`` and ``end``.

        Args:
            length: bytes of the body, or None: then the body is chunked, or ends with
                the connection for a client that speaks HTTP/1.0.

        Raises: as :meth:`respond`.
        """
        if self.outgoing is not _HEAD:
            raise LocalProtocolError("no request is waiting for a response")
        head = self.head
        assert head is not None
        if status == 101:
            return self._switch_protocols(reason, block, fields)
        framing, framed = self._frame(status, length)
        if framing is Framing.UNTIL_CLOSE or self._incoming is not _NOTHING:
            self.keep_alive = False
        if framing is Framing.CHUNKED or (framing is _NOTHING and framed):
            fields = with_field(fields, "Transfer-Encoding", "chunked")
        if not self.keep_alive or head.minor == 0:
            fields = self._with_connection(head, fields)
        # 304 says what a 200 would have had (RFC 9110 section 8.6); others without a body may not.
        silent = length is None or (status != 304 and has_no_body(status))
        declared = -1 if length is None or silent else length
        data = encode_head(status_line(status, reason), block, fields, declared, b"")
        self._open_body(framing, length or 0)
        return data

    def send_unframed(self) -> None:
        """The application writes status line, fields and content by itself, unchecked."""
        if self.outgoing is not _HEAD:
            raise LocalProtocolError("no request is waiting for a response")
        self.keep_alive = False
        self._open_body(Framing.UNTIL_CLOSE)

    def _frame(self, status: int, length: int | None) -> tuple[Framing, bool]:
        """How the body will end, and whether a body that HEAD leaves out would be chunked."""
        head = self.head
        assert head is not None
        if has_no_body(status):
            return _NOTHING, False
        chunkable = length is None and head.minor > 0
        if head.method == "HEAD":
            return _NOTHING, chunkable
        if length is not None:
            return Framing.LENGTH, False
        return (Framing.CHUNKED if chunkable else Framing.UNTIL_CLOSE), False

    def _switch_protocols(self, reason: str | None, block: bytes, fields: Fields) -> bytes:
        """A 101 response: the bytes behind the request belong to the new protocol."""
        data = encode_head(status_line(101, reason), block, fields, -1, b"")
        self.keep_alive = False
        self._open_body(_NOTHING)
        return data

    def send_informational(self, status: int, fields: Fields = ()) -> bytes:
        """An interim response (RFC 9110 section 15.2), such as 100 or 103.

        Returns no bytes for HTTP/1.0 clients, to whom none may be sent.
        """
        if self.outgoing is not _HEAD:
            raise LocalProtocolError("an interim response can only precede the final one")
        if not 100 <= status < 200 or status == 101:
            raise LocalProtocolError(f"{status} is not an interim status")
        assert self.head is not None
        if self.head.minor == 0:
            return b""
        return encode_head(status_line(status), b"", fields, -1, b"")

    def refuse(self, error: RemoteProtocolError) -> bytes:
        """The answer to broken input, or nothing if a response has been begun.

        The connection cannot be used afterwards: where a message ends is in doubt.
        """
        in_body = self._incoming is not _NOTHING
        answered = self.sending or (in_body and self.outgoing is _DONE)
        head = self.head if in_body else None
        self.keep_alive = False
        self._incoming = _NOTHING
        if answered:
            return b""
        self.outgoing = _DONE
        body = f"{error.status} {reason_phrase(error.status)}: {error}\n".encode()
        fields = (("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close"))
        shown = b"" if head is not None and head.method == "HEAD" else body
        return encode_head(status_line(error.status), b"", fields, len(body), shown)

    def _with_connection(self, head: RequestHead, fields: Fields) -> Fields:
        """Say what becomes of the connection, unless it is what the version stands for."""
        if self.keep_alive:
            return with_field(fields, "Connection", "Keep-Alive")
        return fields if head.minor == 0 else with_field(fields, "Connection", "close")
