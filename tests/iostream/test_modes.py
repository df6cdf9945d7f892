"""What each kind of read takes, however its bytes are split."""

import re

import pytest

from zonda.iostream import UnsatisfiableReadError
from zonda.iostream.buffer import ReadBuffer
from zonda.iostream.modes import (
    ReadBytes,
    ReadInto,
    ReadMode,
    ReadUntil,
    ReadUntilClose,
    ReadUntilRegex,
    Result,
)

TEXT = b"one\r\ntwo\r\nthree"


def fed(mode: ReadMode, size: int, text: bytes = TEXT) -> tuple[Result | None, bytes]:
    """What `mode` takes when `text` comes in pieces of `size`, and what it leaves."""
    buffer = ReadBuffer()
    result = None
    for at in range(0, len(text), size):
        buffer.append(text[at : at + size])
        if result is None and buffer.size >= mode.need:
            result = mode.take(buffer)
    return result, buffer.take(buffer.size)


every_size = pytest.mark.parametrize("size", range(1, len(TEXT) + 1))


@every_size
def test_read_bytes(size: int) -> None:
    assert fed(ReadBytes(7, False), size) == (TEXT[:7], TEXT[7:])


@every_size
def test_read_bytes_partial_takes_what_comes_first(size: int) -> None:
    n = min(size, 7)
    assert fed(ReadBytes(7, True), size) == (TEXT[:n], TEXT[n:])


def test_read_no_bytes() -> None:
    assert ReadBytes(0, False).need == 0
    assert ReadBytes(0, False).take(ReadBuffer()) == b""


@every_size
def test_read_until(size: int) -> None:
    assert fed(ReadUntil(b"\r\n", None), size) == (b"one\r\n", b"two\r\nthree")


@every_size
def test_read_until_regex(size: int) -> None:
    mode = ReadUntilRegex(re.compile(b"t[wh]"), None)
    buffer = ReadBuffer()
    result = None
    for at in range(0, len(TEXT), size):
        buffer.append(TEXT[at : at + size])
        result = result or mode.take(buffer)
    assert result == b"one\r\ntw"
    assert buffer.take(buffer.size) == TEXT[7:]


def test_an_unmatched_pattern_is_not_searched_again_before_there_is_twice_as_much() -> None:
    mode = ReadUntilRegex(re.compile(b"nowhere"), None)
    buffer = ReadBuffer()
    buffer.append(bytes(1000))
    assert mode.take(buffer) is None
    assert mode.need == 2000


@every_size
def test_read_into(size: int) -> None:
    target = bytearray(7)
    assert fed(ReadInto(memoryview(target), False), size) == (7, TEXT[7:])
    assert target == TEXT[:7]
    target.append(0)  # released


@every_size
def test_read_into_partial(size: int) -> None:
    n = min(size, 7)
    target = bytearray(7)
    assert fed(ReadInto(memoryview(target), True), size) == (n, TEXT[n:])
    assert target[:n] == TEXT[:n]


def test_read_into_counts_what_was_read_past_the_buffer() -> None:
    target = bytearray(7)
    mode = ReadInto(memoryview(target), False)
    with mode.room() as room:
        room[:3] = b"abc"
    mode.filled(3)
    buffer = ReadBuffer()
    assert mode.take(buffer) is None
    buffer.append(b"defghi")
    assert mode.take(buffer) == 7
    assert target == b"abcdefg"


def test_read_until_close_takes_only_at_the_end() -> None:
    buffer = ReadBuffer()
    buffer.append(TEXT)
    mode = ReadUntilClose()
    assert mode.take(buffer) is None
    assert mode.take_at_end(buffer) == TEXT
    assert mode.take_at_end(buffer) == b""


@pytest.mark.parametrize("mode", [ReadUntil(b"\r\n", 4), ReadUntilRegex(re.compile(b"\r\n"), 4)])
@pytest.mark.parametrize("text", [b"one\r\n", b"oneandmore"])
def test_a_delimiter_beyond_the_limit_is_an_error(mode: ReadMode, text: bytes) -> None:
    buffer = ReadBuffer()
    buffer.append(text)
    with pytest.raises(UnsatisfiableReadError, match=r"not found within 4 bytes"):
        mode.take(buffer)


def test_the_limit_counts_the_delimiter() -> None:
    buffer = ReadBuffer()
    buffer.append(b"one\r\nand more")
    assert ReadUntil(b"\r\n", 5).take(buffer) == b"one\r\n"


def test_an_empty_delimiter_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        ReadUntil(b"", None)
