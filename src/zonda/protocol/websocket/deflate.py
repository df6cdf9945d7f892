"""Compressed messages: permessage-deflate at work (RFC 7692 7.2)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from zonda.protocol.websocket.extensions import DeflateParameters

__all__ = ["Deflate", "InflatedTooLarge"]

#: An empty stored block: what a flush ends with, and what is left out on the wire.
_TAIL: Final = b"\x00\x00\xff\xff"
#: How far back a deflate stream may refer.
_WINDOW: Final = 32768


class InflatedTooLarge(ValueError):
    """A message is larger than the limit once it is inflated."""


class Deflate:
    """Both directions of one connection. Contexts are made when they are first needed.

    Args:
        parameters: what was agreed on.
        server: whether this is the server's end.
        level: 0 (none) to 9 (smallest), as in :mod:`zlib`.
        mem_level: memory for compressing, 1 to 9, as in :mod:`zlib`.
    """

    __slots__ = ("_deflater", "_inflater", "_level", "_mem_level", "_parameters", "_server")

    def __init__(
        self, parameters: DeflateParameters, server: bool, level: int = 6, mem_level: int = 8
    ) -> None:
        self._parameters = parameters
        self._server = server
        self._level = level
        self._mem_level = mem_level
        self._deflater: Any = None
        self._inflater: Any = None

    @property
    def can_deflate(self) -> bool:
        """zlib cannot compress for a window of 256 bytes; messages then go uncompressed."""
        return self._own_bits > 8

    @property
    def _own_bits(self) -> int:
        parameters = self._parameters
        return (
            parameters.server_max_window_bits if self._server else parameters.client_max_window_bits
        )

    def deflate(self, data: bytes) -> bytes:
        """The payload for a message (RFC 7692 7.2.1)."""
        parameters = self._parameters
        deflater = self._deflater
        if deflater is None:
            deflater = self._new_deflater()
            alone = (
                parameters.server_no_context_takeover
                if self._server
                else parameters.client_no_context_takeover
            )
            if not alone:
                self._deflater = deflater
        return _payload(deflater, data)

    @property
    def way(self) -> tuple[int, int, int]:
        """How outgoing messages are compressed: window bits, level, memory."""
        return self._own_bits, self._level, self._mem_level

    def deflate_alone(self, data: bytes) -> bytes:
        """The payload for a message that refers to none before it, for any number of peers."""
        return _payload(self._new_deflater(), data)

    def note_alone(self) -> None:
        """A message from :meth:`deflate_alone` has been sent.

        It is in the peer's window and not in ours: what we refer to would lie elsewhere.
        """
        self._deflater = None

    def _new_deflater(self) -> Any:
        return zlib.compressobj(self._level, zlib.DEFLATED, -self._own_bits, self._mem_level)

    def inflate(self, payload: bytes, limit: int) -> bytes:
        """The message in a payload (RFC 7692 7.2.2).

        Raises:
            InflatedTooLarge: it has more than ``limit`` bytes; not much more was inflated.
            ValueError: the payload is not deflated data.
        """
        parameters = self._parameters
        inflater = self._inflater or self._new_inflater(b"")
        alone = (
            parameters.client_no_context_takeover
            if self._server
            else parameters.server_no_context_takeover
        )
        self._inflater = None
        try:
            data: bytes = inflater.decompress(payload + _TAIL, limit + 1)
            # A block may be marked as the last of its stream: another stream follows it.
            while inflater.eof and len(inflater.unused_data) > len(_TAIL):
                rest = inflater.unused_data
                inflater = self._new_inflater(data[-_WINDOW:])
                data += inflater.decompress(rest, limit + 1 - min(len(data), limit))
        except zlib.error:
            raise ValueError("the message is not deflated data") from None
        if len(data) > limit:
            raise InflatedTooLarge
        if not alone and not inflater.eof:
            self._inflater = inflater
        return data

    def _new_inflater(self, window: bytes) -> Any:
        parameters = self._parameters
        bits = (
            parameters.client_max_window_bits if self._server else parameters.server_max_window_bits
        )
        return zlib.decompressobj(-bits, zdict=window) if window else zlib.decompressobj(-bits)


def _payload(deflater: Any, data: bytes) -> bytes:
    compressed: bytes = deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return compressed[:-4]
