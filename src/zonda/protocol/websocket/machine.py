"""A WebSocket connection without its I/O: bytes in, events out (RFC 6455 5 to 8)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from zonda._kernel import FrameEncoder, FrameParser
from zonda._kernel.errors import Fault
from zonda._kernel.frame_faults import MESSAGE_TOO_BIG, NOT_UTF8
from zonda.protocol.errors import LocalProtocolError
from zonda.protocol.websocket.closing import Close, close_payload, parse_close
from zonda.protocol.websocket.deflate import Deflate, InflatedTooLarge
from zonda.protocol.websocket.sharing import SharedMessage

__all__ = ["BINARY", "BROKEN", "CLOSE", "PING", "PONG", "TEXT", "Event", "WebSocket"]

#: Kinds of events; those of frames are the opcodes (RFC 6455 11.8).
BROKEN: Final = 0
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10

_FIN: Final = 0x80
_RSV1: Final = 0x40
_LARGE_HEADER: Final = struct.Struct("!BBQ")
_NOT_DEFLATED: Final = Fault(1007, "the message is not deflated data")

#: A kind and what belongs to it: a str, bytes, a ``Close`` or a ``Fault``.
Event = tuple[int, Any]


class WebSocket:
    """One end of a connection whose handshake is done.

    Args:
        server: whether this is the server's end.
        max_message_size: bytes that a message may have, inflated.
        deflate: compression, if it was agreed on.

    Attributes:
        close_sent: our close frame has been built; nothing may follow it.
        close_received: the peer's has been read, or something that broke the protocol.
    """

    __slots__ = (
        "_deflate",
        "_deflated_by",
        "_encoder",
        "_inflated_by",
        "_limit",
        "_parser",
        "close_received",
        "close_sent",
        "server",
    )

    def __init__(self, server: bool, max_message_size: int, deflate: Deflate | None = None) -> None:
        # Incompressible data grows by some bytes in each block: that is no reason to refuse it.
        compressed = -1 if deflate is None else max_message_size + (max_message_size >> 10) + 64
        self._parser = FrameParser(server, max_message_size, compressed)
        self._encoder = FrameEncoder(not server)
        self._deflate = deflate
        self._limit = max_message_size
        self.server = server
        self._inflated_by = 0
        self._deflated_by = 0
        self.close_sent = False
        self.close_received = False

    # ------------------------------------------------------------------- incoming

    def receive(self, data: bytes) -> list[Event]:
        """What the peer's bytes mean, in order.

        Returns:
            pairs: ``(TEXT, str)``, ``(BINARY, bytes)``, ``(PING, bytes)``,
            ``(PONG, bytes)``, and last ``(CLOSE, Close)`` or ``(BROKEN, Fault)``. A fault's
            status is the close code to send.
        """
        if self.close_received:
            return []
        events: list[Event] = self._parser.feed(data)
        for kind, _ in events:
            if kind != TEXT and kind != BINARY:
                return self._interpret(events)
        return events

    def _interpret(self, events: list[Event]) -> list[Event]:
        """Read close frames and inflate messages."""
        read: list[Event] = []
        for kind, payload in events:
            if kind & _RSV1:
                event = self._inflate(kind & ~_RSV1, payload)
            elif kind == CLOSE:
                close = parse_close(payload)
                event = (CLOSE, close) if isinstance(close, Close) else (BROKEN, close)
            else:
                event = (kind, payload)
            read.append(event)
            if event[0] == CLOSE or event[0] == BROKEN:
                self.close_received = True
                break
        return read

    def _inflate(self, kind: int, payload: bytes) -> Event:
        assert self._deflate is not None
        try:
            data = self._deflate.inflate(payload, self._limit)
            self._inflated_by += len(data) - len(payload)
            return kind, (data.decode() if kind == TEXT else data)
        except InflatedTooLarge:
            return BROKEN, MESSAGE_TOO_BIG
        except UnicodeDecodeError:
            return BROKEN, NOT_UTF8
        except ValueError:
            return BROKEN, _NOT_DEFLATED

    @property
    def partial(self) -> bool:
        """Whether the peer has begun a message and not ended it."""
        return self._parser.partial

    # ------------------------------------------------------------------- outgoing

    def message(self, payload: str | bytes, binary: bool) -> bytes:
        """A message, to be sent to this peer.

        Args:
            payload: the content; bytes that are sent as text are taken for UTF-8.

        Raises:
            LocalProtocolError: the close frame has been sent.
            UnicodeError: bytes are sent as text and are not UTF-8.
        """
        if self.close_sent:
            raise LocalProtocolError("nothing may be sent behind a close frame")
        if not binary and not isinstance(payload, str):
            payload.decode()
        opcode = BINARY if binary else TEXT
        deflate = self._deflate
        if deflate is None or not payload or not deflate.can_deflate:
            return self._encoder.build(_FIN | opcode, payload)
        data = payload.encode() if isinstance(payload, str) else payload
        deflated = deflate.deflate(data)
        self._deflated_by += len(data) - len(deflated)
        return self._encoder.build(_FIN | _RSV1 | opcode, deflated)

    @property
    def sends_plain(self) -> bool:
        """Whether messages go out as they are: without masks and compression."""
        return self.server and self._deflate is None

    def large_header(self, size: int) -> bytes:
        """What goes before a plain binary message of so many bytes, more than 65535.

        Raises:
            LocalProtocolError: the close frame has been sent.
        """
        if self.close_sent:
            raise LocalProtocolError("nothing may be sent behind a close frame")
        header = _LARGE_HEADER.pack(_FIN | BINARY, 127, size)
        self._encoder.count(len(header) + size, size)
        return header

    def share(self, message: SharedMessage) -> bytes:
        """The frame of a message that others get, too.

        Raises:
            LocalProtocolError: the close frame has been sent.
        """
        if self.close_sent or not self.server:  # a client's frame has a mask of its own
            return self.message(message.payload, message.binary)
        frame = message.plain
        deflate = self._deflate
        if deflate is not None and message.payload and deflate.can_deflate:
            frame = message.deflated(deflate)
            deflate.note_alone()
        self._encoder.count(len(frame), len(message.payload))
        return frame

    @property
    def plain_counter(self) -> Callable[[int, int], None] | None:
        """Takes a frame into account that was sent without :meth:`share`: its size and payload's.

        None where the peer gets another frame than the plain one of a shared message.
        """
        return self._encoder.count if self.sends_plain else None

    def ping(self, payload: bytes = b"") -> bytes:
        """A ping frame.

        Raises:
            ValueError: the payload has more than 125 bytes (RFC 6455 section 5.5).
        """
        return self._control(PING, payload)

    def pong(self, payload: bytes = b"") -> bytes:
        """A pong frame. Raises: as :meth:`ping`."""
        return self._control(PONG, payload)

    def _control(self, opcode: int, payload: bytes) -> bytes:
        if self.close_sent:
            raise LocalProtocolError("nothing may be sent behind a close frame")
        if len(payload) > 125:
            raise ValueError(
                f"control frames carry at most 125 bytes, not {len(payload)} (RFC 6455 5.5)"
            )
        return self._encoder.build(_FIN | opcode, payload)

    def close(self, code: int | None = None, reason: str | None = None) -> bytes:
        """The close frame; b"" if it has been sent.

        Raises:
            ValueError: code or reason cannot be sent.
        """
        if self.close_sent:
            return b""
        payload = close_payload(code, reason)
        self.close_sent = True
        return self._encoder.build(_FIN | CLOSE, payload)

    def frame(self, first: int, payload: bytes) -> bytes:
        """Any frame at all, for tests of peers."""
        return self._encoder.build(first, payload)

    # -------------------------------------------------------------------- figures

    @property
    def wire_bytes_in(self) -> int:
        """Bytes received, frame headers included."""
        return self._parser.wire_bytes

    @property
    def wire_bytes_out(self) -> int:
        """Bytes sent, frame headers included."""
        return self._encoder.wire_bytes

    @property
    def message_bytes_in(self) -> int:
        """Bytes of the messages received, after decompression."""
        return self._parser.message_bytes + self._inflated_by

    @property
    def message_bytes_out(self) -> int:
        """Bytes of the messages sent, before compression."""
        return self._encoder.message_bytes + self._deflated_by
