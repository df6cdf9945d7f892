"""multipart/form-data as it arrives (RFC 7578, on RFC 2046 section 5.1), without I/O.

A body is a row of parts between delimiter lines::

    --boundary CRLF
    Content-Disposition: form-data; name="..." CRLF
    CRLF
    data CRLF
    --boundary CRLF                    ... more parts
    --boundary--                       what follows is ignored

The CRLF before a delimiter belongs to the delimiter, so one search for ``CRLF--boundary`` finds
the end of the data. Browsers put nothing before the first delimiter but perhaps empty lines, so
neither may others: a preamble (RFC 2046 section 5.1.1) is where parsers that differ about it let
fields hide.

A match that is not followed by a line end or ``--`` is data: another boundary may begin with
this one. Only what may still become a delimiter, or an unfinished part header, waits in the
buffer, so memory is bounded by the limits whatever the size of the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from zonda._kernel.rules import TCHAR
from zonda.protocol.errors import RemoteProtocolError
from zonda.protocol.parameters import parse_parameters

__all__ = [
    "MultipartError",
    "MultipartEvent",
    "MultipartParser",
    "PartBegin",
    "PartData",
    "PartEnd",
]

# RFC 2046 section 5.1.1 allows 1 to 70 characters of a shorter list; what matters is that a
# boundary is one line.
_is_boundary = re.compile(rb"[\x20-\x7e]{0,69}[\x21-\x7e]").fullmatch

# What turns a delimiter into a line: "--" at the end, or padding that transports may have added.
_after_delimiter = re.compile(rb"(--)|[ \t]{0,64}+\r\n").match
_begins_after_delimiter = re.compile(rb"-?|[ \t]{0,64}+\r?").fullmatch

_field_line = re.compile(rf"({TCHAR}++):(.*)", re.DOTALL).fullmatch
_has_control = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search


class MultipartError(RemoteProtocolError):
    """The body is malformed (``status`` 400) or goes over a limit (400 or 413)."""


class PartBegin(NamedTuple):
    """A part begins."""

    headers: list[tuple[str, str]]
    """Its header fields in order, names as received."""
    name: str
    """The field's name."""
    filename: str | None
    """The name that the client gives the file, never a path to be trusted. None for a plain field,
    empty for a file input in which no file was chosen."""
    content_type: str | None
    """Its Content-Type, None without one."""


class PartData(NamedTuple):
    """A piece of the part's data, never empty."""

    data: bytes


class PartEnd(NamedTuple):
    """The part is complete."""


MultipartEvent = PartBegin | PartData | PartEnd

_PART_END = PartEnd()


class MultipartParser:
    """Takes the body in pieces of any size and tells what is in it.

    >>> parser = MultipartParser(b"XX")
    >>> for event in parser.feed(
    ...     b'--XX\\r\\nContent-Disposition: form-data; name="a"\\r\\n\\r\\n1\\r\\n--XX--'
    ... ):
    ...     print(event)
    PartBegin(headers=[('Content-Disposition', 'form-data; name="a"')], name='a', \
filename=None, content_type=None)
    PartData(data=b'1')
    PartEnd()
    >>> parser.finish()
    """

    def __init__(
        self,
        boundary: bytes,
        *,
        max_parts: int = 100,
        max_part_header_size: int = 10 * 1024,
        max_field_size: int | None = None,
        max_total_size: int | None = None,
    ) -> None:
        """Make a parser for one body.

        Args:
            boundary: the parameter of Content-Type, unquoted.
            max_parts: parts in the body.
            max_part_header_size: bytes in the header of one part.
            max_field_size: bytes of data in a part without a file name; None for no limit.
            max_total_size: bytes in the whole body; None for no limit.

        Raises:
            MultipartError: the boundary is not 1 to 70 visible characters (RFC 2046 5.1.1).
        """
        if not _is_boundary(boundary):
            raise MultipartError(400, "multipart boundary is not 1 to 70 visible characters")
        self._delimiter = b"\r\n--" + boundary
        self._max_parts = max_parts
        self._max_part_header_size = max_part_header_size
        self._max_field_size = max_field_size
        self._total_room = max_total_size
        self._field_room: int | None = None
        self._parts = 0
        self._skip = 0
        self._buffer = b""
        self._pos = 0
        self._step: Callable[[list[MultipartEvent]], bool] = self._at_start

    def feed(self, data: bytes | bytearray | memoryview) -> list[MultipartEvent]:
        """Take the next piece of the body and return what became certain by it.

        Raises:
            MultipartError: the body is malformed or too large. The parser is of no more use.
        """
        room = self._total_room
        if room is not None and len(data) > room:
            self._advance(data[:room])  # what is wrong before the limit is told first
        self._total_room = _spend(room, len(data), "multipart body")
        return self._advance(data)

    def _advance(self, data: bytes | bytearray | memoryview) -> list[MultipartEvent]:
        """Go as far as ``data`` brings us."""
        self._buffer = self._buffer + data if self._buffer else bytes(data)
        events: list[MultipartEvent] = []
        while self._step(events):
            pass
        self._buffer = self._buffer[self._pos :]
        self._pos = 0
        return events

    def finish(self) -> None:
        """Say that the body has ended.

        Raises:
            MultipartError: it ended before its last delimiter.
        """
        if self._step != self._epilogue:
            raise MultipartError(400, "multipart body ends before its final boundary")

    # The steps: each consumes from the buffer and says whether the next one may go on.

    def _at_start(self, events: list[MultipartEvent]) -> bool:
        """The first delimiter line."""
        buffer, first = self._buffer, self._delimiter[2:]
        self._pos = start = len(buffer) - len(buffer.lstrip(b"\r\n"))
        after = start + len(first)
        if buffer.startswith(first, start):
            line = _after_delimiter(buffer, after)
            if line is not None:
                self._delimiter_found(events, line)
                return True
            unfinished = _begins_after_delimiter(buffer, after) is not None
        else:
            unfinished = first.startswith(buffer[start:after])
        if not unfinished:
            raise MultipartError(400, "multipart body does not begin with its boundary")
        return False

    def _to_delimiter(self, events: list[MultipartEvent]) -> bool:
        """The data of a part, up to the next delimiter line."""
        buffer, start, size = self._buffer, self._pos, len(self._delimiter)
        at = buffer.find(self._delimiter, start)
        while at >= 0:
            line = _after_delimiter(buffer, at + size)
            if line is not None:
                self._emit(events, start, at)
                events.append(_PART_END)
                self._delimiter_found(events, line)
                return True
            if _begins_after_delimiter(buffer, at + size):
                break
            at = buffer.find(self._delimiter, at + size)
        else:
            at = buffer.find(b"\r", max(start, len(buffer) - size + 1))
        self._pos = at if at >= 0 else len(buffer)
        self._emit(events, start, self._pos)
        return False

    def _delimiter_found(self, events: list[MultipartEvent], line: re.Match[bytes]) -> None:
        if line[1]:
            self._pos = line.end()
            self._step = self._epilogue
        else:
            self._pos = line.end() - 2  # the CRLF helps to find the end of an empty header
            self._step = self._to_header_end

    def _to_header_end(self, events: list[MultipartEvent]) -> bool:
        start = self._pos
        limit = start + 2 + self._max_part_header_size + 4
        end = self._buffer.find(b"\r\n\r\n", start, limit)
        if end < 0:
            if len(self._buffer) >= limit:
                raise MultipartError(
                    400, f"part header too large: the limit is {self._max_part_header_size} bytes"
                )
            return False
        self._parts += 1
        if self._parts > self._max_parts:
            raise MultipartError(400, f"too many parts: the limit is {self._max_parts}")
        part = _part_begin(self._buffer[start + 2 : end])
        events.append(part)
        self._field_room = self._max_field_size if part.filename is None else None
        self._pos = end + 2  # the last CRLF may belong to the delimiter of a part without data
        self._skip = 2
        self._step = self._to_delimiter
        return True

    def _epilogue(self, events: list[MultipartEvent]) -> bool:
        self._pos = len(self._buffer)
        return False

    def _emit(self, events: list[MultipartEvent], start: int, end: int) -> None:
        if end == start:
            return
        start += self._skip
        self._skip = 0
        if end > start:
            self._field_room = _spend(self._field_room, end - start, "form field")
            events.append(PartData(self._buffer[start:end]))


def _spend(room: int | None, size: int, what: str) -> int | None:
    if room is None:
        return None
    if size > room:
        raise MultipartError(413, f"{what} is larger than its limit")
    return room - size


def _part_begin(block: bytes) -> PartBegin:
    """Read the header of a part, without the empty line that ends it."""
    headers = _part_fields(block)
    disposition = content_type = None
    for name, value in headers:
        match name.lower():
            case "content-disposition" if disposition is not None:
                raise MultipartError(400, "part with several Content-Disposition fields")
            case "content-disposition":
                disposition = value
            case "content-type":
                content_type = value
    if disposition is None:
        raise MultipartError(400, "part without Content-Disposition")
    try:
        kind, parameters = parse_parameters(disposition, strict=True)
    except ValueError as error:
        raise MultipartError(400, f"Content-Disposition of a part: {error}") from error
    if kind.lower() != "form-data" or "name" not in parameters:
        raise MultipartError(400, "Content-Disposition of a part is not form-data with a name")
    return PartBegin(headers, parameters["name"], parameters.get("filename"), content_type)


def _part_fields(block: bytes) -> list[tuple[str, str]]:
    try:
        text = block.decode()  # RFC 7578 section 5.1: names of fields and files are UTF-8
    except UnicodeDecodeError as error:
        raise MultipartError(400, "part header is not UTF-8") from error
    fields = []
    for line in text.split("\r\n") if text else ():
        match = _field_line(line)
        if match is None:
            raise MultipartError(400, "part header with a line that is not name: value")
        if _has_control(match[2]):
            raise MultipartError(400, "Invalid header value in a part: control character")
        fields.append((match[1], match[2].strip(" \t")))
    return fields
