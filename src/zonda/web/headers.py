"""Status and header fields of a handler's response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from zonda._version import __version__
from zonda.httputil import HTTPHeaders, format_timestamp, responses
from zonda.protocol.exchange import EMPTY_BLOCK, FieldBlock
from zonda.web.frame import HandlerFrame

if TYPE_CHECKING:
    import datetime
    import numbers

    HeaderValue = bytes | str | int | numbers.Integral | datetime.datetime

__all__ = ["HeadersMixin", "default_fields", "json_fields"]

SERVER: Final = f"Zonda/{__version__}"
DEFAULT_CONTENT_TYPE: Final = "text/html; charset=UTF-8"

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSAFE_REASON = re.compile(r"[\x00-\x08\x0a-\x1f\x7f<]|[^\x00-\xff]")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class DefaultFields:
    """The fields that every response starts out with, encoded once a second."""

    __slots__ = ("begins", "block", "content_type", "expires", "values")

    def __init__(self, content_type: str) -> None:
        self.content_type = content_type
        self.begins = self.expires = 0.0
        self.block = EMPTY_BLOCK
        self.values: dict[str, str] = {}

    def at(self, now: float) -> FieldBlock:
        """The fields for a request that came at ``now``, seconds since the epoch."""
        if not self.begins <= now < self.expires:
            self.begins = float(int(now))
            self.expires = self.begins + 1.0
            fields = (
                ("Server", SERVER),
                ("Content-Type", self.content_type),
                ("Date", format_timestamp(now)),
            )
            lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
            self.block = FieldBlock(fields, lines.encode("ascii"))
            self.values = dict(fields)
        return self.block

    def headers_at(self, now: float) -> HTTPHeaders:
        """The same as a mapping, to be changed at will."""
        self.at(now)
        return HTTPHeaders.of_values(self.values.copy())


default_fields = DefaultFields(DEFAULT_CONTENT_TYPE)
#: The same for what ``write`` makes of a dict.
json_fields = DefaultFields("application/json; charset=UTF-8")


class HeadersMixin(HandlerFrame):
    """Setting status, reason phrase and header fields."""

    _status_code = 200
    #: Reason phrase that was asked for; None for the registered one.
    _custom_reason: str | None = None
    #: The response's fields, once something differs from the defaults.
    _fields: HTTPHeaders | None = None
    _defaults = default_fields

    @property
    def _headers(self) -> HTTPHeaders:
        fields = self._fields
        if fields is None:
            fields = self._fields = self._defaults.headers_at(self.request._start_time)
        return fields

    @_headers.setter
    def _headers(self, headers: HTTPHeaders) -> None:
        self._fields = headers

    @property
    def _reason(self) -> str:
        return self._custom_reason or responses.get(self._status_code, "Unknown")

    @_reason.setter
    def _reason(self, reason: str) -> None:
        self._custom_reason = reason

    def clear(self) -> None:
        """Drop all headers and content written so far; start again from the defaults."""
        self._fields = None
        self._defaults = default_fields
        self._status_code = 200
        self._custom_reason = None
        self._write_buffer = []
        self.set_default_headers()

    def set_default_headers(self) -> None:
        """Override this to set header fields at the beginning of each request.

        It is also called before an error page is written, so its fields are on those too.
        """

    def set_status(self, status_code: int, reason: str | None = None) -> None:
        """Set the response's status.

        Args:
            reason: reason phrase; by default the registered one, or "Unknown". That is also
                what is sent for a phrase with control characters, with ``<``, or outside
                latin-1 (CVE-2025-67724): it may have come from a client.
        """
        if reason is not None:
            reason = _as_str(reason, "reason phrase")
            if _UNSAFE_REASON.search(reason):
                reason = "Unknown"
        self._status_code = status_code
        self._custom_reason = reason

    def get_status(self) -> int:
        """The status set so far."""
        return self._status_code

    def set_header(self, name: str, value: HeaderValue) -> None:
        """Set a header field, replacing any of that name.

        Numbers are written in decimal, datetimes as HTTP dates (naive ones are UTC).

        Raises:
            ValueError: name or value cannot be sent, for example for a line break.
            TypeError: ``value`` is of none of the types.
        """
        if name not in _checked_names:
            _check_name(name)
        self._headers[name] = self._convert_header_value(value)

    def add_header(self, name: str, value: HeaderValue) -> None:
        """Add a header field beside others of that name. See :meth:`set_header`."""
        if name not in _checked_names:
            _check_name(name)
        self._headers.add(name, self._convert_header_value(value))

    def clear_header(self, name: str) -> None:
        """Take back a header field. Fields added by ``add_header`` go too."""
        headers = self._headers
        if name in headers:
            del headers[name]

    def _convert_header_value(self, value: HeaderValue) -> str:
        if isinstance(value, str):
            text = value
        elif isinstance(value, bytes):
            text = value.decode("latin-1")
        elif isinstance(value, int):
            return str(value)
        else:
            return _rare_header_value(value)
        return _checked(text, "header value")


#: Field names that were looked at: a program uses the same few again and again.
_checked_names: set[str] = set()
_MAX_CHECKED_NAMES: Final = 1000


def _check_name(name: str) -> None:
    """Refuse what is no field name (RFC 9110 section 5.1).

    Raises:
        ValueError: ``name`` is not a token.
    """
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"Unsafe header name {name!r}: use letters, digits and !#$%&'*+-.^_`|~")
    if len(_checked_names) < _MAX_CHECKED_NAMES:
        _checked_names.add(name)


def _rare_header_value(value: Any) -> str:
    from datetime import datetime
    from numbers import Integral

    if isinstance(value, Integral):
        return str(value)
    if isinstance(value, datetime):
        return format_timestamp(value)
    raise TypeError(f"a header value must be str, bytes, int or datetime, not {value!r}")


def _as_str(value: str | bytes, what: str) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, str):
        return value
    raise TypeError(f"the {what} must be str or bytes, not {value!r}")


def _checked(text: str, what: str) -> str:
    """``text`` if it can stand in a header line.

    Raises:
        ValueError: it would end the line, or cannot be encoded. It is not shown: exceptions are
            logged, and it may be a secret.
    """
    if text.isascii() and text.isprintable():
        return text
    found = _CONTROL.search(text)
    if found is not None:
        raise ValueError(
            f"Unsafe {what}: {found.group()!r} at {found.start()} cannot be sent in a field"
        )
    if not text.isascii():
        try:
            text.encode("latin-1")
        except UnicodeEncodeError as error:
            raise ValueError(
                f"Unsafe {what}: {text[error.start]!r} at {error.start} cannot be sent; "
                "percent-encode what is not latin-1"
            ) from None
    return text
