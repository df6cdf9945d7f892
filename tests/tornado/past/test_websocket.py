"""Compressors of messages, used by hand."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from zonda import websocket

# Not attributes that a type checker knows: they are served on demand.
old: Any = websocket
MESSAGES = [b"", b"hello " * 50, b"hello " * 50, bytes(range(256)) * 300]


@pytest.mark.parametrize("persistent", [True, False])
@pytest.mark.parametrize("wbits", [9, 12, 15, None])
def test_messages_come_through(persistent: bool, wbits: int | None) -> None:
    compressor = old._PerMessageDeflateCompressor(persistent, wbits, {"mem_level": 3})
    decompressor = old._PerMessageDeflateDecompressor(persistent, wbits, 100_000)
    payloads = [compressor.compress(message) for message in MESSAGES]
    assert [decompressor.decompress(payload) for payload in payloads] == MESSAGES
    # The same text again is a mere reference, if it may be one.
    assert (len(payloads[2]) < len(payloads[1])) is persistent


def test_the_level_is_used() -> None:
    message = MESSAGES[1]
    stored = old._PerMessageDeflateCompressor(True, 15, {"compression_level": 0}).compress(message)
    assert len(stored) > len(message)
    assert zlib.decompressobj(-15).decompress(stored + b"\0\0\xff\xff") == message


def test_what_is_too_large_or_no_data_is_refused() -> None:
    payload = old._PerMessageDeflateCompressor(False, 15).compress(b"a" * 11)
    decompressor = old._PerMessageDeflateDecompressor(False, 15, 10)
    with pytest.raises(old._DecompressTooLargeError):
        decompressor.decompress(payload)
    with pytest.raises(ValueError, match="not deflated data"):
        decompressor.decompress(b"\xff" * 8)


@pytest.mark.parametrize("wbits", [8, 16, -1])
def test_windows_are_as_large_as_zlib_can_make_them(wbits: int) -> None:
    with pytest.raises(ValueError, match="max_wbits must be 9 to 15"):
        old._PerMessageDeflateCompressor(True, wbits)


def test_options_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="mem_level must be 1 to 9, not 10"):
        old._PerMessageDeflateDecompressor(True, 15, 10, {"mem_level": 10})
