"""Request and response heads in pure Python (RFC 9112 2 to 6).

A complete head of well-formed lines is taken by one pattern, and only the fields that frame
the message are looked at; the others are split when somebody asks for one. Everything else
(an incomplete head, a bad line) is walked line by line to find out which it is.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar, overload

from zonda._kernel.errors import NOT_HTTP, TOO_MANY_FIELDS, BadHead, fail
from zonda._kernel.lines import (
    METHODS,
    TCHARS,
    RequestLine,
    StatusLine,
    check_room,
    line_end,
    split_field,
    split_request_line,
    split_status_line,
)
from zonda._kernel.pure.framing import REQUEST_RULES, RESPONSE_RULES, Framing, Rules
from zonda._kernel.rules import HEAD_LIMIT, TCHAR, locate

_T = TypeVar("_T")

_CR, _LF = 13, 10
_METHODS = {method.encode(): method for method in METHODS}
_VERSIONS = tuple(f"HTTP/1.{minor}" for minor in range(10))

# The last group of both patterns is the field lines, between the CRLF of the start line and
# their own last one. Bytes of a value: RFC 9110 5.5; possessive, so linear on any input.
_VALUE = r"[\t\x20-\x7e\x80-\xff]*+"
_FIELD_LINES = rf"(\r\n(?:{TCHAR}++:{_VALUE}\r\n)*+)\r\n"
_match_request = re.compile(
    rf"(?:\r\n)*+({TCHAR}++) ([^\x00-\x20\x7f]++) HTTP/1\.([0-9]){_FIELD_LINES}".encode()
).match
_match_response = re.compile(
    rf"HTTP/1\.([0-9]) ([1-9][0-9]{{2}})(?: ({_VALUE}))?{_FIELD_LINES}".encode()
).match


def _fields_called(names: Rules) -> Callable[[str], list[tuple[str, str]]]:
    """Finds, in well-formed field lines, name and value of those that have one of the names."""
    first, second = ("".join({n[i] + n[i].upper() for n in names}) for i in (0, 1))
    begins_alike = rf"(?=[{first}][{second}])"  # two letters tell most other lines apart
    pattern = rf"\n{begins_alike}((?i:{'|'.join(names)})):([^\r]*+)"
    return re.compile(pattern, re.ASCII).findall


_framing_of_request = _fields_called(REQUEST_RULES)
_framing_of_response = _fields_called(RESPONSE_RULES)


class _Head:
    """Fields and framing facts: what requests and responses share."""

    __slots__ = ("_framing", "_lines", "_lower", "end", "minor", "start")

    def __init__(self, framing: Framing, lines: str, start: int, end: int) -> None:
        self._framing = framing
        self._lines = lines  # CRLF, then the field lines with theirs
        self._lower: str | None = None  # the same in lower case, as soon as a name is looked up
        self.minor: Final = framing.minor
        self.start: Final = start
        self.end: Final = end

    @property
    def version(self) -> str:
        return _VERSIONS[self.minor]

    @property
    def content_length(self) -> int:
        return self._framing.content_length

    @property
    def chunked(self) -> bool:
        return self._framing.chunked

    @property
    def keep_alive(self) -> bool:
        return self._framing.keep_alive

    @property
    def upgrade(self) -> bool:
        return self._framing.upgrade

    def get_all(self, name: str) -> list[str]:
        """The values of all fields called ``name`` in any case, in order."""
        values: list[str] = []
        # lower() maps the Kelvin sign to k, and what follows a colon is no name any more
        if not name.isascii() or ":" in name:
            return values
        lines, lower = self._lines, self._lower
        if lower is None:
            lower = self._lower = lines.lower()
        begins = f"\n{name.lower()}:"
        at = lower.find(begins)
        while at >= 0:
            end = lines.index("\r", at)
            values.append(lines[at + len(begins) : end].strip(" \t"))
            at = lower.find(begins, end)
        return values

    @overload
    def get(self, name: str, default: None = None) -> str | None: ...
    @overload
    def get(self, name: str, default: _T) -> str | _T: ...
    def get(self, name: str, default: _T | None = None) -> str | _T | None:
        """The value of the field called ``name`` in any case, several joined with ","."""
        values = self.get_all(name)
        return ",".join(values) if values else default

    def has(self, name: str) -> bool:
        """Whether a field is called ``name`` in any case."""
        return bool(self.get_all(name))

    def items(self) -> list[tuple[str, str]]:
        """All fields as received, in order."""
        parts = [line.partition(":") for line in self._lines.split("\r\n")[1:-1]]
        return [(name, value.strip(" \t")) for name, _, value in parts]

    def __len__(self) -> int:
        return self._lines.count("\n") - 1

    def __bool__(self) -> bool:
        return True


class RequestHead(_Head):
    """The head of a request; made by `parse_request_head`, not to be changed.

    Attributes:
        method: as received; case-sensitive.
        target: the request target as received (latin-1).
        path: the raw path, up to the first ``?``; ``*`` or the authority for those forms.
        query: what follows the first ``?``, or "".
        authority: from a target in absolute or authority form, else "".
        host: ``authority`` if there is one, else the Host field, else "".
        version: ``HTTP/1.x`` as received; ``minor`` is x.
        content_length: bytes of the body; -1 when absent.
        chunked: the body comes in chunks.
        keep_alive: the connection may be used again (RFC 9112 9.3).
        upgrade: ``Connection: upgrade`` with an Upgrade field (RFC 9110 7.8).
        expect_continue: the client waits for 100 (Continue).
        simple: a GET over HTTP/1.1 that ends where the data does, and says nothing by which
            its answer would have to be framed in a special way: no body, no condition
            (If-None-Match), no upgrade, and the connection goes on.
        start: offset in the data at which parsing began.
        end: offset just past the blank line.
    """

    __slots__ = (
        "_whole",
        "authority",
        "expect_continue",
        "host",
        "method",
        "path",
        "query",
        "target",
    )

    def __init__(
        self,
        method: str,
        target: str,
        spans: tuple[int, int, int, int] | None,
        framing: Framing,
        lines: str,
        start: int,
        end: int,
        whole: bool,
    ) -> None:
        _Head.__init__(self, framing, lines, start, end)  # quicker than super()
        self._whole: Final = whole
        self.method: Final = method
        self.target: Final = target
        self.expect_continue: Final = framing.expect_continue
        if spans is None:  # origin form
            self.path, _, self.query = target.partition("?")
            self.authority = ""
        else:
            authority, authority_end, path, path_end = spans
            self.authority = target[authority:authority_end]
            self.path = target[path:path_end] or "/"
            self.query = target[path_end + 1 :]
        self.host: Final = self.authority or framing.host or ""

    @property
    def simple(self) -> bool:
        return self._whole and self.method == "GET" and self._framing.is_simple


class ResponseHead(_Head):
    """The head of a response; made by `parse_response_head`, not to be changed.

    Attributes:
        status: 100 to 999.
        reason: the reason phrase (latin-1), often "".
        version, minor, content_length, chunked, keep_alive, upgrade, start, end: as in
            `RequestHead`. With both Transfer-Encoding and Content-Length, chunked wins:
            ``content_length`` is -1 and ``keep_alive`` False (RFC 9112 6.3).
        content: that of a *simple* response, else None. Simple is a success (2xx, but not 204)
            whose content, of a length that it tells and in no coding, ends where the data does;
            and the connection goes on. Of answers to HEAD and CONNECT this says nothing: they
            are framed in another way.
    """

    __slots__ = ("_data", "reason", "status")

    def __init__(
        self,
        status: int,
        reason: str,
        framing: Framing,
        lines: str,
        start: int,
        end: int,
        data: bytes,
    ) -> None:
        _Head.__init__(self, framing, lines, start, end)  # quicker than super()
        self._data: Final = data
        self.status: Final = status
        self.reason: Final = reason

    @property
    def content(self) -> bytes | None:
        framing = self._framing
        simple = (
            200 <= self.status < 300
            and self.status != 204
            and framing.length is not None
            and self.end + framing.content_length == len(self._data)
            and framing.keep_alive
            and not framing.coded
        )
        return self._data[self.end :] if simple else None


def parse_request_head(
    data: bytes, start: int, max_size: int, max_fields: int
) -> RequestHead | None:
    """The request head that begins at ``data[start]``; None while it is not complete.

    Empty lines before the request line are skipped. Each line is judged when its end has
    arrived, so the outcome does not depend on how the bytes were split.

    Args:
        data: what has been received.
        start: offset of the first byte.
        max_size: bytes that the head may have, empty lines before it included.
        max_fields: field lines that it may have.

    Raises:
        BadHead: the bytes are no request head (RFC 9112 2 to 6).
    """
    stop = _view(data, start, max_size, max_fields)
    match = _match_request(data, start, stop)
    if match is None or (lines := match[4].decode("latin-1")).count("\n") > max_fields + 1:
        _judge_request(data, start, stop, stop - start >= max_size, max_fields)
        return None
    method = _METHODS.get(match[1]) or match[1].decode("latin-1")
    target = match[2].decode("latin-1")
    origin_form = target[0] == "/" and method != "CONNECT"
    spans = None if origin_form else locate(method, target)
    framing = Framing(int(match[3]))
    for name, value in _framing_of_request(lines):
        REQUEST_RULES[name.lower()](framing, value.strip(" \t"))
    framing.check_request()
    end = match.end()
    return RequestHead(method, target, spans, framing, lines, start, end, end == len(data))


def parse_response_head(
    data: bytes, start: int, max_size: int, max_fields: int
) -> ResponseHead | None:
    """The response head that begins at ``data[start]``; None while it is not complete.

    Arguments as in `parse_request_head`; nothing is skipped before the status line.

    Raises:
        BadHead: the bytes are no response head; its status is always 502.
    """
    try:
        return _response_head(data, start, max_size, max_fields)
    except BadHead as error:
        raise BadHead(502, str(error)) from None


def _response_head(data: bytes, start: int, max_size: int, max_fields: int) -> ResponseHead | None:
    stop = _view(data, start, max_size, max_fields)
    match = _match_response(data, start, stop)
    if match is None or (lines := match[4].decode("latin-1")).count("\n") > max_fields + 1:
        full = stop - start >= max_size
        _judge(data, start, stop, full, split_status_line, RESPONSE_RULES, max_fields)
        return None
    reason = match[3].decode("latin-1") if match[3] else ""
    framing = Framing(int(match[1]))
    for name, value in _framing_of_response(lines):
        RESPONSE_RULES[name.lower()](framing, value.strip(" \t"))
    return ResponseHead(int(match[2]), reason, framing, lines, start, match.end(), data)


def _view(data: bytes, start: int, max_size: int, max_fields: int) -> int:
    """End of the bytes that may belong to the head."""
    if not 0 <= start <= len(data) or max_size < 0 or max_fields < 0:
        raise ValueError("start must lie within data, and no limit may be negative")
    return min(len(data), start + min(max_size, HEAD_LIMIT))


def _judge_request(data: bytes, start: int, stop: int, full: bool, max_fields: int) -> None:
    """Find out whether a request head is wrong (`BadHead`) or only incomplete."""
    begin = start
    while data.startswith(b"\r\n", begin, stop):  # RFC 9112 2.2
        begin += 2
    if begin < stop and data[begin] not in TCHARS and data[begin] not in (_CR, _LF):
        fail(NOT_HTTP)
    _judge(data, begin, stop, full, split_request_line, REQUEST_RULES, max_fields)


def _judge(
    data: bytes,
    pos: int,
    stop: int,
    full: bool,
    split_start_line: Callable[[str], RequestLine | StatusLine],
    rules: Rules,
    max_fields: int,
) -> None:
    """Find out, line by line, whether a head is wrong or only incomplete.

    Raises:
        BadHead: for the first line that is wrong, or because the room is used up.
    """
    at = line_end(data, pos, stop)
    if at < 0:
        check_room(full, at_start_line=True)
        return
    framing = Framing(split_start_line(data[pos:at].decode("latin-1")).minor)
    count = 0
    pos = at + 2
    while (at := line_end(data, pos, stop)) >= 0:
        count += 1
        if count > max_fields:
            fail(TOO_MANY_FIELDS)
        name, value = split_field(data[pos:at].decode("latin-1"))
        if name.lower() in rules:
            rules[name.lower()](framing, value)
        pos = at + 2
    check_room(full, at_start_line=False)
