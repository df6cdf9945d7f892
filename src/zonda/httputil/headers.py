"""A case-insensitive mapping of header fields that remembers repeated ones.

Layout: one dict from normalised name to its value, or to a `_Repeated` list when a field came
more than once. Nearly every field is single, so nearly every field costs one dict entry and no
list; repeated ones append, so any number of them stays linear (CVE-2025-67725).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any, Self, TypeVar, overload

from zonda.httputil.abnf import _ABNF
from zonda.httputil.errors import HTTPInputError

__all__ = ["HTTP_WHITESPACE", "HTTPHeaders", "_normalize_header"]

_T = TypeVar("_T")

HTTP_WHITESPACE = " \t"
"""Optional whitespace around field values, RFC 9110 section 5.6.3."""

# RFC 9110 section 5.6.2: a field name is a token.
_is_token = _ABNF.token.fullmatch

# RFC 9110 section 5.5: no control characters except a tab inside. What came off the wire was
# decoded from latin-1, so anything above U+00FF never was a byte there.
_has_control = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
_has_control_or_wide = re.compile(r"[^\t\x20-\x7e\x80-\xff]").search

_MISSING: Any = object()


def _normalize_header(name: str) -> str:
    """A field name in the spelling under which `HTTPHeaders` keeps it.

    >>> _normalize_header("sec-websocket-KEY")
    'Sec-Websocket-Key'
    """
    return "-".join([word.capitalize() for word in name.split("-")])


class _NameCache(dict[str, str]):
    """Field name as written -> Http-Header-Case. Bounded, because names come from strangers."""

    MAX_NAMES = 2048
    MAX_NAME_LENGTH = 64

    def __missing__(self, name: str) -> str:
        normalized = _normalize_header(name)
        if len(name) <= self.MAX_NAME_LENGTH:
            if len(self) >= self.MAX_NAMES:
                self.clear()
            self[name] = normalized
        return normalized


_normalized = _NameCache()


class _Repeated(list[str]):
    """The values of a field that came more than once, in order.

    A type of its own, so that a list that somebody stored as a value is not mistaken for it.
    """

    __slots__ = ()


def _joined(value: str | _Repeated) -> str:
    """Combine repeated fields as RFC 9110 section 5.3 allows."""
    return ",".join(value) if isinstance(value, _Repeated) else value


class HTTPHeaders(MutableMapping[str, str]):
    """Header fields of a message: a mapping with case-insensitive names.

    Takes what `dict` takes: a mapping or pairs, and keywords. Reading a name that came more than
    once gives its values joined by commas; `get_list` and `get_all` give them one by one. Names
    iterate as ``Http-Header-Case``.

    >>> h = HTTPHeaders({"content-type": "text/html"})
    >>> list(h.keys())
    ['Content-Type']
    >>> h["Content-Type"]
    'text/html'
    >>> h.add("Set-Cookie", "A=B")
    >>> h.add("Set-Cookie", "C=D")
    >>> h["set-cookie"]
    'A=B,C=D'
    >>> h.get_list("set-cookie")
    ['A=B', 'C=D']
    >>> sorted(h.get_all())
    [('Content-Type', 'text/html'), ('Set-Cookie', 'A=B'), ('Set-Cookie', 'C=D')]
    """

    _values: dict[str, str | _Repeated]
    #: Whether a field has ever come more than once.
    _repeats = False

    def __init__(self, *args: Any, **kwargs: str) -> None:
        self._values = {}
        if not args and not kwargs:
            return
        source = args[0] if len(args) == 1 and not kwargs else None
        if isinstance(source, HTTPHeaders):  # as a mere mapping it would lose repeated fields
            self._copy_from(source)
        elif type(source) is dict and type(self) is HTTPHeaders:  # as update() would, at a third
            for name, value in source.items():
                self._values[_normalized[name]] = value
        else:
            self.update(*args, **kwargs)

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Build from name and value pairs that are already checked, as a head parser gives them.

        Nothing is validated here. Repeated names keep all their values.
        """
        self = cls.__new__(cls)
        self._values = values = {}
        for name, value in pairs:
            key = _normalized[name]
            if key in values:
                self._append(key, value)
            else:
                values[key] = value
        return self

    @classmethod
    def of_values(cls, values: dict[str, str]) -> Self:
        """Build on a dict of single values under normalised names, which is taken over."""
        self = cls.__new__(cls)
        self._values = values  # type: ignore[assignment]
        return self

    def wire_fields(self, without: frozenset[str]) -> list[tuple[str, str]]:
        """All fields as pairs, in order, but those named in `without` (normalised names)."""
        values = self._values
        if self._repeats or not without.isdisjoint(values):
            return [pair for pair in self.get_all() if pair[0] not in without]
        return list(values.items())  # type: ignore[arg-type]

    def _copy_from(self, other: HTTPHeaders) -> None:
        self._repeats = other._repeats
        self._values = {
            name: _Repeated(value) if isinstance(value, _Repeated) else value
            for name, value in other._values.items()
        }

    def _append(self, key: str, value: str) -> None:
        self._repeats = True
        old = self._values[key]
        if isinstance(old, _Repeated):
            old.append(value)
        else:
            self._values[key] = _Repeated((old, value))

    # Repeated fields

    def add(self, name: str, value: str, *, _chars_are_bytes: bool = True) -> None:
        """Add a field, keeping the ones of the same name that are there.

        Raises `HTTPInputError` if the name is no token or the value holds control characters
        (RFC 9110 section 5.5), or surrounding blanks or characters that are no latin-1 bytes
        unless `_chars_are_bytes` is false.
        """
        if not _is_token(name):
            raise HTTPInputError(
                f"Invalid header name {name!r}: use only RFC 9110 token characters"
            )
        bad = _has_control_or_wide if _chars_are_bytes else _has_control
        if bad(value) or (_chars_are_bytes and value != value.strip(HTTP_WHITESPACE)):
            raise HTTPInputError(f"Invalid header value {value!r} in field {name}")
        key = _normalized[name]
        if key in self._values:
            self._append(key, value)
        else:
            self[key] = value

    def get_list(self, name: str) -> list[str]:
        """All values of the field, in order; an empty list if there is none."""
        value = self._values.get(_normalized[name], _MISSING)
        if value is _MISSING:
            return []
        return list(value) if isinstance(value, _Repeated) else [value]

    def get_all(self) -> Iterable[tuple[str, str]]:
        """Name and value of every field; a repeated field gives a pair for each value."""
        for name, value in self._values.items():
            if isinstance(value, _Repeated):
                for single in value:
                    yield name, single
            else:
                yield name, value

    # Parsing

    def parse_line(self, line: str, *, _chars_are_bytes: bool = True) -> None:
        """Add the field of one ``Name: value`` line. An empty line changes nothing.

        Raises `HTTPInputError` if the line is malformed. Folded lines are malformed
        (RFC 9112 section 5.2).

        >>> h = HTTPHeaders()
        >>> h.parse_line("Content-Type: text/html")
        >>> h.get("content-type")
        'text/html'
        """
        if line.endswith("\n"):
            line = line[:-2] if line.endswith("\r\n") else line[:-1]
        if not line:
            return
        if line[0] in HTTP_WHITESPACE:
            raise HTTPInputError("header line starts with whitespace: folding not supported")
        name, colon, value = line.partition(":")
        if not colon:
            raise HTTPInputError(f"no colon in header line {line!r}")
        self.add(name, value.strip(HTTP_WHITESPACE), _chars_are_bytes=_chars_are_bytes)

    @classmethod
    def parse(cls, headers: str, *, _chars_are_bytes: bool = True) -> Self:
        """Parse a block of header lines ended by CRLF or LF.

        Raises `HTTPInputError` if a line is malformed.

        >>> h = HTTPHeaders.parse("Content-Type: text/html\\r\\nContent-Length: 42\\r\\n")
        >>> sorted(h.items())
        [('Content-Length', '42'), ('Content-Type', 'text/html')]
        """
        parsed = cls()
        for line in headers.split("\n"):
            parsed.parse_line(line.removesuffix("\r"), _chars_are_bytes=_chars_are_bytes)
        return parsed

    # Mapping

    def __setitem__(self, name: str, value: str) -> None:
        self._values[_normalized[name]] = value

    def __getitem__(self, name: str) -> str:
        return _joined(self._values[_normalized[name]])

    def __delitem__(self, name: str) -> None:
        del self._values[_normalized[name]]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _normalized[name] in self._values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    @overload
    def get(self, key: str) -> str | None: ...
    @overload
    def get(self, key: str, default: str) -> str: ...
    @overload
    def get(self, key: str, default: _T) -> str | _T: ...
    def get(self, key: str, default: Any = None) -> Any:
        """The value of the field, or `default`."""
        value = self._values.get(_normalized[key], _MISSING)
        return default if value is _MISSING else _joined(value)

    def copy(self) -> HTTPHeaders:
        """A copy that shares nothing with the original."""
        twin = HTTPHeaders()
        twin._copy_from(self)
        return twin

    __copy__ = copy

    def __str__(self) -> str:
        return "".join([f"{name}: {value}\n" for name, value in self.get_all()])

    __unicode__ = __str__
