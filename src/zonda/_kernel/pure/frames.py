"""WebSocket frames, read and built (RFC 6455 5), one frame or any piece of one at a time."""

from __future__ import annotations

import os
from codecs import getincrementaldecoder
from typing import Any, Final

from zonda._kernel.errors import Fault
from zonda._kernel.frame_faults import (
    CONTROL_FRAGMENTED,
    CONTROL_TOO_LONG,
    LENGTH_NOT_MINIMAL,
    LENGTH_TOO_LARGE,
    MASKED,
    MESSAGE_NOT_COMPLETE,
    MESSAGE_TOO_BIG,
    NOT_MASKED,
    NOT_UTF8,
    NOTHING_TO_CONTINUE,
    RESERVED_BITS,
    RESERVED_OPCODE,
)

__all__ = ["FrameEncoder", "FrameParser", "mask_bytes"]

_CONTINUATION: Final = 0x0
_TEXT: Final = 0x1
_BINARY: Final = 0x2
_CLOSE: Final = 0x8
_PONG: Final = 0xA
_CONTROL: Final = 0x8
_RSV1: Final = 0x40
_FIN: Final = 0x80

#: Bytes of randomness fetched at a time, for masking keys.
_KEY_POOL: Final = 256

_utf8_decoder = getincrementaldecoder("utf-8")


def mask_bytes(key: bytes, data: bytes) -> bytes:
    """``data`` with a masking key of four bytes laid over it, or taken off (RFC 6455 5.3).

    Raises:
        ValueError: the key has not four bytes.
    """
    if len(key) != 4:
        raise ValueError("a masking key has four bytes")
    size = len(data)
    pad = (key * (size // 4 + 1))[:size]
    masked = int.from_bytes(data, "little") ^ int.from_bytes(pad, "little")
    return masked.to_bytes(size, "little")


class FrameParser:
    """Turns bytes into messages and control frames, however they are split.

    Args:
        masked: frames must be masked (a server's parser), or must not be (a client's).
        limit: bytes that a message may have; decided from the header, before the
            payload arrives.
        compressed_limit: the same for messages with RSV1 set (RFC 7692); -1: no extension
            gives that bit a meaning.

    Attributes:
        finished: a close frame or something wrong was read; what follows is not looked at.
        partial: a frame or a message has begun and not ended.
        wire_bytes: bytes used so far.
        message_bytes: bytes of payload of the data messages that were complete so far.
    """

    __slots__ = (
        "_buffer",
        "_compressed_limit",
        "_control",
        "_decoder",
        "_fin",
        "_header",
        "_key",
        "_kind",
        "_left",
        "_limit",
        "_masked",
        "_opcode",
        "_size",
        "finished",
        "message_bytes",
        "wire_bytes",
    )

    def __init__(self, masked: bool, limit: int, compressed_limit: int = -1) -> None:
        self.finished = False
        self.wire_bytes = 0
        self.message_bytes = 0
        self._masked = masked
        self._limit = limit
        self._compressed_limit = compressed_limit
        self._header = b""  # what has arrived of the next frame's header
        self._opcode = -1  # of the frame whose payload is being read; -1: none
        self._fin = False
        self._left = 0  # bytes of that payload still to come
        self._key = b""
        self._control = b""  # payload of a control frame, so far
        self._kind = 0  # of the message being put together; 0: none
        self._size = 0  # bytes it has so far
        self._buffer: list[Any] = []  # its pieces: str for text, else bytes
        self._decoder: Any = None

    @property
    def partial(self) -> bool:
        """See the class."""
        return bool(self._header or self._opcode >= 0 or self._kind)

    def feed(self, data: bytes) -> list[tuple[int, Any]]:
        """What is complete with ``data``, in order.

        Returns:
            pairs: ``(1, str)`` a text message, ``(2, bytes)`` a binary one, ``(8, bytes)``
            close, ``(9, bytes)`` ping, ``(10, bytes)`` pong; ``(0x41, bytes)`` and
            ``(0x42, bytes)`` a text and a binary message still compressed; and last of all
            ``(0, Fault)`` what was wrong, with the close code for it.
        """
        events: list[tuple[int, Any]] = []
        position = 0
        while not self.finished and (position < len(data) or self._ready()):
            try:
                if self._opcode < 0:
                    position = self._read_header(data, position)
                else:
                    position = self._read_payload(data, position, events)
            except _Broken as broken:
                self.finished = True
                self._buffer = []
                events.append((0, broken.fault))
        self.wire_bytes += position
        return events

    def _ready(self) -> bool:
        """Whether the frame under way is complete without another byte."""
        return self._opcode >= 0 and not self._left

    def _read_header(self, data: bytes, position: int) -> int:
        had = len(self._header)
        header = self._header + data[position : position + 14 - had]
        size = 2
        if len(header) >= 2:
            self._check_start(header[0], header[1])
            size = 2 + {126: 2, 127: 8}.get(header[1] & 127, 0) + (4 if self._masked else 0)
        if len(header) < size:
            self._header = header
            return len(data)
        self._header = b""
        self._begin(header, size)
        return position + size - had

    def _check_start(self, first: int, second: int) -> None:
        opcode = first & 15
        if opcode > _PONG or _BINARY < opcode < _CONTROL:
            raise _Broken(RESERVED_OPCODE)
        if first & 0x30:
            raise _Broken(RESERVED_BITS)
        if first & _RSV1 and (self._compressed_limit < 0 or opcode not in (_TEXT, _BINARY)):
            raise _Broken(RESERVED_BITS)
        if bool(second & 0x80) != self._masked:
            raise _Broken(NOT_MASKED if self._masked else MASKED)
        if opcode >= _CONTROL:
            if not first & _FIN:
                raise _Broken(CONTROL_FRAGMENTED)
            if second & 127 > 125:
                raise _Broken(CONTROL_TOO_LONG)
        elif opcode == _CONTINUATION:
            if not self._kind:
                raise _Broken(NOTHING_TO_CONTINUE)
        elif self._kind:
            raise _Broken(MESSAGE_NOT_COMPLETE)

    def _begin(self, header: bytes, size: int) -> None:
        """A whole, acceptable header is here."""
        key_at = size - 4 if self._masked else size
        length = header[1] & 127
        if length > 125:
            shortest = 126 if length == 126 else 65536
            length = int.from_bytes(header[2:key_at], "big")
            if length < shortest:
                raise _Broken(LENGTH_NOT_MINIMAL)
            if length >> 63:
                raise _Broken(LENGTH_TOO_LARGE)
        opcode = header[0] & 15
        if opcode < _CONTROL:
            if opcode:
                self._kind = header[0] & (_RSV1 | 15)
                self._size = 0
                self._decoder = _utf8_decoder() if self._kind == _TEXT else None
            limit = self._compressed_limit if self._kind & _RSV1 else self._limit
            if length > limit - self._size:
                raise _Broken(MESSAGE_TOO_BIG)
        self._opcode = opcode
        self._fin = bool(header[0] & _FIN)
        self._left = length
        self._key = header[key_at:size]

    def _read_payload(self, data: bytes, position: int, events: list[tuple[int, Any]]) -> int:
        piece = data[position : position + self._left]
        size = len(piece)
        self._left -= size
        if self._masked:
            piece = mask_bytes(self._key, piece)
            turn = size % 4
            self._key = self._key[turn:] + self._key[:turn]
        done = not self._left
        if self._opcode >= _CONTROL:
            self._control += piece
            if done:
                events.append((self._opcode, self._control))
                self.finished = self._opcode == _CLOSE
                self._control = b""
        else:
            self._add(piece, done and self._fin, events)
        if done:
            self._opcode = -1
        return position + size

    def _decode(self, piece: bytes, last: bool) -> str:
        try:
            text: str = self._decoder.decode(piece, last)
        except UnicodeDecodeError:
            raise _Broken(NOT_UTF8) from None
        # The first half of a surrogate is no UTF-8 either (RFC 3629 3), but the codec waits
        # for the rest, which some of its error handlers want to see.
        open_bytes = self._decoder.getstate()[0]
        if len(open_bytes) == 2 and open_bytes[0] == 0xED and open_bytes[1] > 0x9F:
            raise _Broken(NOT_UTF8)
        return text

    def _add(self, piece: bytes, last: bool, events: list[tuple[int, Any]]) -> None:
        """Add to the message that is being put together."""
        self._size += len(piece)
        if self._decoder is not None:
            self._buffer.append(self._decode(piece, last))
        elif piece:
            self._buffer.append(piece)
        if last:
            empty: str | bytes = "" if self._kind == _TEXT else b""
            events.append((self._kind, empty.join(self._buffer)))
            self.message_bytes += self._size
            self._kind = 0
            self._buffer = []
            self._decoder = None


class FrameEncoder:
    """Builds frames.

    Args:
        masked: mask them, each with a fresh random key: a client's frames (RFC 6455 5.3).

    Attributes:
        wire_bytes: bytes built so far.
        message_bytes: bytes of payload in the data frames among them.
    """

    __slots__ = ("_keys", "_masked", "_used", "message_bytes", "wire_bytes")

    def __init__(self, masked: bool) -> None:
        self.wire_bytes = 0
        self.message_bytes = 0
        self._masked = masked
        self._keys = b""
        self._used = 0

    def build(self, first: int, payload: str | bytes) -> bytes:
        """One frame; a str goes out as UTF-8.

        Args:
            first: the first byte: FIN, the reserved bits and the opcode.

        Raises:
            UnicodeEncodeError: a str holds a lone surrogate.
        """
        body = payload.encode() if isinstance(payload, str) else payload
        length = len(body)
        mask_bit = 0x80 if self._masked else 0
        if length < 126:
            header = bytes((first, mask_bit | length))
        elif length < 65536:
            header = bytes((first, mask_bit | 126)) + length.to_bytes(2, "big")
        else:
            header = bytes((first, mask_bit | 127)) + length.to_bytes(8, "big")
        if self._masked:
            key = self._next_key()
            frame = header + key + mask_bytes(key, body)
        else:
            frame = header + body
        self.wire_bytes += len(frame)
        if not first & _CONTROL:
            self.message_bytes += length
        return frame

    def count(self, wire_bytes: int, message_bytes: int) -> None:
        """Take a frame into account that was built elsewhere."""
        self.wire_bytes += wire_bytes
        self.message_bytes += message_bytes

    def _next_key(self) -> bytes:
        if self._used == len(self._keys):
            self._keys = os.urandom(_KEY_POOL)
            self._used = 0
        self._used += 4
        return self._keys[self._used - 4 : self._used]


class _Broken(Exception):
    """What was wrong; only within this file."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
