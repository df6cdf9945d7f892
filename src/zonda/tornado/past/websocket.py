"""Compressors of messages by the private names that Tornado has for them.

Some programs and tests compress by hand, or measure it.  `zonda.protocol.websocket.deflate` does
the work, for one direction here.
"""

from __future__ import annotations

from typing import Any

from zonda.protocol.websocket.deflate import Deflate, InflatedTooLarge
from zonda.protocol.websocket.extensions import DeflateParameters
from zonda.websocket.settings import CompressionOptions

__all__ = [
    "_DecompressTooLargeError",
    "_PerMessageDeflateCompressor",
    "_PerMessageDeflateDecompressor",
]

_DecompressTooLargeError = InflatedTooLarge


class _PerMessageDeflate:
    """One direction of a connection.

    :param persistent: whether a message may refer to those before it.
    :param max_wbits: how far back, as a power of two: 9 to 15, or 8 for decompressing; None is 15.
    :param options: what a handler's ``get_compression_options`` may return.
    :raises ValueError: *max_wbits* is something else, or an option out of its range.
    """

    _LEAST_WBITS: int

    def __init__(
        self, persistent: bool, max_wbits: int | None, options: dict[str, Any] | None
    ) -> None:
        wbits = 15 if max_wbits is None else max_wbits
        if not self._LEAST_WBITS <= wbits <= 15:
            raise ValueError(f"max_wbits must be {self._LEAST_WBITS} to 15, not {max_wbits!r}")
        alone = not persistent
        parameters = DeflateParameters(alone, alone, wbits, wbits)
        level, mem_level, *_ = CompressionOptions.of(options or {})
        self._deflate = Deflate(parameters, True, level, mem_level)


class _PerMessageDeflateCompressor(_PerMessageDeflate):
    """Compresses messages for permessage-deflate (RFC 7692 section 7.2.1)."""

    _LEAST_WBITS = 9  # zlib cannot compress for less

    def __init__(
        self,
        persistent: bool,
        max_wbits: int | None,
        compression_options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(persistent, max_wbits, compression_options)

    def compress(self, data: bytes) -> bytes:
        """The payload for a message."""
        return self._deflate.deflate(data)


class _PerMessageDeflateDecompressor(_PerMessageDeflate):
    """Decompresses messages of permessage-deflate (RFC 7692 section 7.2.2)."""

    _LEAST_WBITS = 8

    def __init__(
        self,
        persistent: bool,
        max_wbits: int | None,
        max_message_size: int,
        compression_options: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(persistent, max_wbits, compression_options)
        self._max_message_size = max_message_size

    def decompress(self, data: bytes) -> bytes:
        """The message in a payload.

        :raises _DecompressTooLargeError: it has more than ``max_message_size`` bytes.
        :raises ValueError: the payload is not deflated data.
        """
        return self._deflate.inflate(data, self._max_message_size)
