"""What the two ends of an HTTP/1 connection share: body framing, in and out.

One machine serves one connection and one exchange at a time (RFC 9112 section 9.3.2:
pipelined requests are answered in order). Each direction is a small automaton:

===========  ==============================================================
direction    states
===========  ==============================================================
incoming     NOTHING (no body is due) · LENGTH · CHUNKED · UNTIL_CLOSE
outgoing     IDLE (no head may be sent yet) · HEAD (one is due) · NOTHING ·
             LENGTH · CHUNKED · UNTIL_CLOSE · DONE
===========  ==============================================================

Bytes come in through :meth:`Machine.receive`; what they mean is asked for with
``next_head`` (in the subclasses) and :meth:`Machine.next_data`. Bytes to send are
returned, never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final, Literal

from zonda._kernel import ChunkDecoder, encode_chunk, encode_head
from zonda.protocol.errors import BodyTooLarge, LocalProtocolError, Truncated
from zonda.protocol.limits import Limits

__all__ = ["END", "LOOKED_AT", "NEED_DATA", "NO_PART", "PART", "Fields", "Framing", "Machine"]

#: Header or trailer fields in wire order.
Fields = Sequence[tuple[str, str]]


class Signal(Enum):
    """What :meth:`Machine.next_data` answers when it has no bytes to hand out."""

    NEED_DATA = auto()
    END = auto()


NEED_DATA: Final = Signal.NEED_DATA
END: Final = Signal.END


class Framing(Enum):
    """How the end of a message body is found (RFC 9112 section 6.3)."""

    NOTHING = auto()
    LENGTH = auto()
    CHUNKED = auto()
    UNTIL_CLOSE = auto()
    IDLE = auto()
    HEAD = auto()
    DONE = auto()


#: What is known of an incoming head: nothing of it is here; its beginning is; its beginning
#: is, and was looked at without finding an end. Only a line end can complete a head or show
#: another fault in it, so one that trickles in is looked at once a line, not once a byte.
NO_PART: Final = 0
PART: Final = 1
LOOKED_AT: Final = 2

# Module globals: an attribute of an Enum class costs a descriptor call on every use.
_NOTHING: Final = Framing.NOTHING
_LENGTH: Final = Framing.LENGTH
_CHUNKED: Final = Framing.CHUNKED
_UNTIL_CLOSE: Final = Framing.UNTIL_CLOSE
_DONE: Final = Framing.DONE


class Machine:
    """Body framing of both directions, and the buffer of unread bytes."""

    __slots__ = (
        "_buffer",
        "_decoder",
        "_eof",
        "_incoming",
        "_partial_head",
        "_pieces",
        "_position",
        "_received",
        "_remaining_in",
        "_remaining_out",
        "body_limit",
        "keep_alive",
        "limits",
        "outgoing",
        "trailers",
    )

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        #: Limit of the body being read; a message may get another one before it is read.
        self.body_limit = limits.max_body_size
        #: Whether the connection may carry another exchange after this one.
        self.keep_alive = True
        #: Trailer fields of the chunked message that was read last.
        self.trailers: Fields = ()
        self._buffer = b""
        self._position = 0
        self._pieces: list[bytes] = []  # content that is still to be handed out, last piece first
        self._eof = False
        self._partial_head = NO_PART
        self._incoming = _NOTHING
        #: State of the outgoing direction.
        self.outgoing = Framing.IDLE
        self._remaining_in = 0
        self._remaining_out = 0
        self._received = 0
        self._decoder: ChunkDecoder | None = None

    # ------------------------------------------------------------------ incoming

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer. They are interpreted when asked for."""
        if self._position < len(self._buffer):
            data = self._buffer[self._position :] + data
        self._buffer = data
        self._position = 0

    def receive_eof(self) -> None:
        """Note that the peer will send nothing more."""
        self._eof = True

    @property
    def unread(self) -> int:
        """Bytes received and not yet interpreted."""
        return len(self._buffer) - self._position

    @property
    def body_open(self) -> bool:
        """Whether the body of the current incoming message is still being read."""
        return self._incoming is not _NOTHING

    def take_unread(self) -> bytes:
        """Hand over the uninterpreted bytes: the connection changes its protocol."""
        rest = self._buffer[self._position :]
        self._buffer = b""
        self._position = 0
        return rest

    def next_data(self) -> bytes | Literal[Signal.NEED_DATA, Signal.END]:
        """The next piece of the incoming body, ``END`` behind the last, or ``NEED_DATA``.

        Raises:
            RemoteProtocolError: broken framing, a body over ``body_limit``, or a
                connection that ended inside the body.
        """
        incoming = self._incoming
        if incoming is _LENGTH:
            return self._next_of_length()
        if incoming is _CHUNKED:
            return self._next_chunked()
        if incoming is _UNTIL_CLOSE:
            return self._next_until_close()
        return END

    def _next_of_length(self) -> bytes | Literal[Signal.NEED_DATA, Signal.END]:
        remaining = self._remaining_in
        if not remaining:
            self._incoming = _NOTHING
            return END
        data, position = self._buffer, self._position
        available = len(data) - position
        if not available:
            return self._starved()
        size = min(remaining, self.limits.piece_size)
        if position or available > size:
            data = data[position : position + size]
        self._position = position + len(data)
        self._remaining_in = remaining - len(data)
        return data

    def _next_chunked(self) -> bytes | Literal[Signal.NEED_DATA, Signal.END]:
        pieces = self._pieces
        if pieces:
            return pieces.pop()
        decoder = self._decoder
        assert decoder is not None
        while not decoder.done:
            if self._position >= len(self._buffer):
                return self._starved()
            data = decoder.feed(self._buffer, self._position)
            self._position = decoder.position
            if data:
                self._count(len(data))
                return self._first_piece(data)
        self.trailers = decoder.trailers
        self._decoder = None
        self._incoming = _NOTHING
        return END

    def _first_piece(self, data: bytes) -> bytes:
        """The beginning of ``data``, no larger than it may be; the rest is kept."""
        size = self.limits.piece_size
        if len(data) <= size:
            return data
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        pieces.reverse()
        self._pieces = pieces
        return pieces.pop()

    def _next_until_close(self) -> bytes | Literal[Signal.NEED_DATA, Signal.END]:
        data, position, size = self._buffer, self._position, self.limits.piece_size
        available = len(data) - position
        if available:
            if position or available > size:
                data = data[position : position + size]
            self._position = position + len(data)
            self._count(len(data))
            return data
        if not self._eof:
            return NEED_DATA
        self._incoming = _NOTHING
        return END

    def _starved(self) -> Literal[Signal.NEED_DATA]:
        if self._eof:
            raise Truncated(400, "the connection ended inside a message body")
        return NEED_DATA

    def _count(self, size: int) -> None:
        self._received += size
        if self._received > self.body_limit:
            raise BodyTooLarge(self.body_limit, "chunked body too large")

    def check_body_limit(self) -> None:
        """Refuse a declared length over ``body_limit`` before any of the body is read."""
        if self._incoming is _LENGTH and self._remaining_in > self.body_limit:
            raise BodyTooLarge(self.body_limit, "Content-Length too long")

    def _expect_body(self, framing: Framing, length: int = 0) -> None:
        """Begin to read a body framed so."""
        self._incoming = framing
        self._remaining_in = length
        self._received = 0
        self.trailers = ()
        if framing is _CHUNKED:
            limits = self.limits
            self._decoder = ChunkDecoder(
                limits.max_chunk_line, limits.max_trailer_size, limits.max_trailer_fields
            )

    # ------------------------------------------------------------------ outgoing

    @property
    def sending(self) -> bool:
        """Whether an outgoing message has been begun and not ended."""
        return self.outgoing in (_NOTHING, _LENGTH, _CHUNKED, _UNTIL_CLOSE)

    @property
    def ended(self) -> bool:
        """Whether the peer has said that it sends nothing more."""
        return self._eof

    @property
    def exchange_over(self) -> bool:
        """Whether both messages of the exchange are complete."""
        return self.outgoing is _DONE and self._incoming is _NOTHING

    @property
    def ends_with_connection(self) -> bool:
        """Whether only the end of the connection ends the outgoing message."""
        return self.outgoing is _UNTIL_CLOSE

    @property
    def head_due(self) -> bool:
        """Whether the head of an outgoing message may be sent now."""
        return self.outgoing is Framing.HEAD

    def send_data(self, data: bytes) -> bytes:
        """Frame a piece of the outgoing body.

        Raises:
            LocalProtocolError: no message is open, or it would outgrow its declared length.
        """
        outgoing = self.outgoing
        if outgoing is _CHUNKED:
            return encode_chunk(data) if data else b""
        if outgoing is _LENGTH:
            if len(data) > self._remaining_out:
                raise LocalProtocolError("Tried to write more data than Content-Length")
            self._remaining_out -= len(data)
            return data
        if outgoing is _NOTHING:
            return b""
        if outgoing is _UNTIL_CLOSE:
            return data
        raise LocalProtocolError("body data written outside a message")

    def send_elsewhere(self, size: int) -> None:
        """Count a piece of the outgoing body that does not pass through here, as it is.

        Raises:
            LocalProtocolError: the message has no declared length, or would outgrow it.
        """
        if self.outgoing is not _LENGTH or size > self._remaining_out:
            raise LocalProtocolError("only content with a declared length can be sent elsewhere")
        self._remaining_out -= size

    def end(self, trailers: Fields = ()) -> bytes:
        """End the outgoing message; ``trailers`` go out where the framing can carry them.

        Raises:
            LocalProtocolError: no message is open, or fewer bytes were written than declared.
            ValueError: a trailer field cannot be sent; the message is still open.
        """
        outgoing = self.outgoing
        data = b""
        if outgoing is _CHUNKED:
            data = encode_head(b"0\r\n", b"", trailers, -1, b"")
        elif outgoing is _LENGTH and self._remaining_out:
            self.outgoing = _DONE
            self.keep_alive = False
            raise LocalProtocolError(
                f"Tried to write {self._remaining_out} bytes less than Content-Length"
            )
        elif not self.sending:
            raise LocalProtocolError("no message is open that could be ended")
        elif outgoing is _UNTIL_CLOSE:
            self.keep_alive = False
        self.outgoing = _DONE
        return data

    def _open_body(self, framing: Framing, length: int = 0) -> None:
        self.outgoing = framing
        self._remaining_out = length


def with_field(fields: Fields, name: str, value: str) -> list[tuple[str, str]]:
    """``fields`` and one more, as a new list."""
    return [*fields, (name, value)]
