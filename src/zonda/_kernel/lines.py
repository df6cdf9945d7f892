"""Lines of RFC 9112: where they end, and what may stand in them. All text is latin-1.

The pure twin reads heads with these functions. The native one accepts what is good by
itself and comes here with every other line, so both judge alike.
"""

import re
from typing import NamedTuple

from zonda._kernel.errors import (
    BAD_CHUNK_EXTENSION,
    BAD_CHUNK_SIZE,
    BAD_METHOD,
    BAD_NAME,
    BAD_REQUEST_LINE,
    BAD_STATUS_LINE,
    BAD_TARGET_BYTE,
    BAD_VALUE,
    BAD_VERSION,
    BARE_CR,
    BARE_LF,
    FOLDED,
    HEAD_TOO_LARGE,
    LINE_TOO_LONG,
    NO_COLON,
    UNKNOWN_VERSION,
    fail,
)
from zonda._kernel.rules import QUOTED, TCHAR, locate

_LF = 10
LINE_BREAK = re.compile(rb"[\r\n]")
_TOKEN = re.compile(rf"{TCHAR}++")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*+")
_USUAL_LINE = re.compile(rf"({TCHAR}++) (/[^\x00-\x20\x7f]*+) HTTP/1\.([0-9])")
_TARGET = re.compile(r"[^\x00-\x20\x7f]++")
_VERSION = re.compile(r"HTTP/([0-9])\.([0-9])")
_STATUS_LINE = re.compile(r"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*+))?")

_CHUNK_SIZE = re.compile(r"[0-9A-Fa-f]{1,16}")
_EXTENSION = rf"[ \t]*+;[ \t]*+{TCHAR}++(?:[ \t]*+=[ \t]*+(?:{TCHAR}++|{QUOTED}))?+"
_EXTENSIONS = re.compile(rf"(?:{_EXTENSION})*+")
_AFTER_SIZE = re.compile(r"[ \t;]|$")

METHODS = {
    method: method
    for method in [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ]
}  # fmt: skip
"""The same object for every request: a dispatch by method becomes a look-up by identity."""

TCHARS = frozenset(byte for byte in range(128) if _TOKEN.match(chr(byte)))
"""The bytes of a token (RFC 9110 5.6.2)."""


class RequestLine(NamedTuple):
    """The parts of a request line; the spans are offsets in ``target``."""

    method: str
    target: str
    minor: int
    authority: int
    authority_end: int
    path: int
    path_end: int


class StatusLine(NamedTuple):
    """The parts of a status line."""

    status: int
    reason: str
    minor: int


def check_room(full: bool, *, at_start_line: bool) -> None:
    """An incomplete head may wait for more, unless its room is used up."""
    if full:
        fail(LINE_TOO_LONG if at_start_line else HEAD_TOO_LARGE)


def line_end(data: bytes, pos: int, stop: int) -> int:
    """Offset of the CRLF that ends the line at ``pos``; -1 while it has not arrived.

    Raises:
        BadHead: a CR or an LF on its own comes first (RFC 9112 2.2).
    """
    match = LINE_BREAK.search(data, pos, stop)
    if match is None:
        return -1
    at = match.start()
    if data[at] == _LF:
        fail(BARE_LF)
    if at + 1 == stop:
        return -1
    if data[at + 1] != _LF:
        fail(BARE_CR)
    return at


def split_field(line: str) -> tuple[str, str]:
    """Name and trimmed value of a field line without its CRLF (RFC 9112 5).

    Raises:
        BadHead: the line is no field line.
    """
    if line[:1] in (" ", "\t"):
        fail(FOLDED)
    name, colon, value = line.partition(":")
    if not colon:
        fail(NO_COLON)
    if not _TOKEN.fullmatch(name):
        fail(BAD_NAME)
    if not _VALUE.fullmatch(value):
        fail(BAD_VALUE)
    return name, value.strip(" \t")


def split_request_line(line: str) -> RequestLine:
    """The parts of a request line without its CRLF (RFC 9112 3).

    Raises:
        BadHead: the line is no request line of HTTP/1.
    """
    match = _USUAL_LINE.fullmatch(line)
    method, target, minor = _split_odd_line(line) if match is None else match.groups()
    return RequestLine(METHODS.get(method, method), target, int(minor), *locate(method, target))


def _split_odd_line(line: str) -> tuple[str, str, str]:
    """Method, target and minor version of a line in another form than the origin form."""
    parts = line.split(" ")
    if len(parts) != 3 or not parts[1]:
        fail(BAD_REQUEST_LINE)
    method, target, word = parts
    if not _TOKEN.fullmatch(method):
        fail(BAD_METHOD)
    version = _VERSION.fullmatch(word)
    if version is None:
        fail(BAD_VERSION)
    if version[1] != "1":
        fail(UNKNOWN_VERSION)
    if not _TARGET.fullmatch(target):
        fail(BAD_TARGET_BYTE)
    return method, target, version[2]


def split_status_line(line: str) -> StatusLine:
    """The parts of a status line without its CRLF (RFC 9112 4).

    Raises:
        BadHead: the line is no status line of HTTP/1.
    """
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        fail(BAD_STATUS_LINE)
    return StatusLine(int(match[2]), match[3] or "", int(match[1]))


def read_chunk_size(line: str) -> int:
    """The size that a chunk's size line without its CRLF gives (RFC 9112 7.1).

    Extensions are checked and dropped.

    Raises:
        BadHead: the line is no size line.
    """
    size = _CHUNK_SIZE.match(line)
    if size is None or not _AFTER_SIZE.match(line, size.end()):
        fail(BAD_CHUNK_SIZE)
    if not _EXTENSIONS.fullmatch(line, size.end()):
        fail(BAD_CHUNK_EXTENSION)
    return int(size[0], 16)
