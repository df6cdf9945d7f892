"""Forms in request bodies: application/x-www-form-urlencoded and multipart/form-data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zonda.escape import parse_qs_bytes
from zonda.httputil.bodyconfig import (
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
)
from zonda.httputil.errors import HTTPInputError
from zonda.httputil.parameters import _parse_header
from zonda.util import ObjectDict

if TYPE_CHECKING:
    from zonda.protocol.multipart import MultipartEvent, PartBegin

__all__ = [
    "HTTPFile",
    "parse_body_arguments",
    "parse_multipart_form_data",
    "parse_query",
    "set_parse_body_config",
]

_Arguments = dict[str, list[bytes]]


class HTTPFile(ObjectDict):
    """An uploaded file, its fields readable as attributes and as items."""

    filename: str
    body: bytes
    content_type: str


_Files = dict[str, list[HTTPFile]]


_DEFAULT_PARSE_BODY_CONFIG = ParseBodyConfig()
_config = _DEFAULT_PARSE_BODY_CONFIG


def set_parse_body_config(config: ParseBodyConfig) -> None:
    """Set how request bodies are parsed in this process when nobody says otherwise.

    Here by a program that has forms without uploads only:

    >>> no_uploads = ParseMultipartConfig(enabled=False)
    >>> set_parse_body_config(ParseBodyConfig(multipart=no_uploads))

    And as it is at first:

    >>> set_parse_body_config(ParseBodyConfig())
    """
    global _config
    _config = config


def parse_body_arguments(
    content_type: str,
    body: bytes,
    arguments: _Arguments,
    files: _Files,
    headers: Mapping[str, str] | None = None,
    *,
    config: ParseBodyConfig | None = None,
) -> None:
    """Parse a form body, adding its fields to `arguments` and its uploads to `files`.

    Bodies of any other `content_type` are left alone. Raises `HTTPInputError` if the form is
    malformed, goes over a limit of `config`, or is compressed (a Content-Encoding in `headers`;
    let the server decompress it, ``HTTPServer(decompress_request=True)``).
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/x-www-form-urlencoded":
        _refuse_encoded(headers)
        _parse_urlencoded(body, arguments, (config or _config).urlencoded)
    elif media_type == "multipart/form-data":
        _refuse_encoded(headers)
        boundary = multipart_boundary(content_type)
        assert boundary is not None
        config = config or _config
        parse_multipart_form_data(boundary, body, arguments, files, config=config.multipart)


def multipart_boundary(content_type: str) -> bytes | None:
    """The boundary of a multipart/form-data body; None if the `content_type` is another.

    Raises `HTTPInputError` if it names no boundary.
    """
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        return None
    boundary = _parse_header(content_type)[1].get("boundary")
    if not boundary:
        raise HTTPInputError("Invalid multipart/form-data: Content-Type names no boundary")
    return boundary.encode()


def multipart_config() -> ParseMultipartConfig:
    """How such bodies are parsed in this process, see `set_parse_body_config`.

    Raises `HTTPInputError` if they are not.
    """
    return _enabled(_config.multipart)


def _enabled(config: ParseMultipartConfig) -> ParseMultipartConfig:
    if not config.enabled:
        raise HTTPInputError(
            "multipart/form-data parsing is disabled: see ParseMultipartConfig.enabled"
        )
    return config


def _refuse_encoded(headers: Mapping[str, str] | None) -> None:
    coding = headers.get("Content-Encoding") if headers is not None else None
    if coding:
        raise HTTPInputError(f"Unsupported Content-Encoding: {coding}")


def _parse_urlencoded(body: bytes, arguments: _Arguments, config: ParseUrlEncodedConfig) -> None:
    fields = _fields(body, config, "x-www-form-urlencoded body")
    for name, values in fields.items():
        arguments.setdefault(name, []).extend(values)


def parse_query(query: str) -> _Arguments:
    """Parse the query of a URL, in which as many arguments may be as in a form.

    Raises `HTTPInputError` if there are more, and `UnicodeEncodeError` for what is not latin-1.
    """
    data = query.encode("latin-1")
    config = _config.urlencoded
    if data and b"&" not in data and b"%" not in data and config.max_arguments:
        # The commonest query: one argument, and nothing to decode in it.
        name, _, value = data.replace(b"+", b" ").partition(b"=")
        return {name.decode("latin-1"): [value]}
    return _fields(data, config, "query string")


def _fields(data: bytes, config: ParseUrlEncodedConfig, what: str) -> _Arguments:
    limit = config.max_arguments
    try:
        return parse_qs_bytes(data, keep_blank_values=True, max_num_fields=limit)
    except ValueError as error:
        raise HTTPInputError(
            f"Invalid {what}: Max number of fields exceeded ({limit}, "
            "see ParseUrlEncodedConfig.max_arguments)"
        ) from error


def parse_multipart_form_data(
    boundary: bytes,
    data: bytes,
    arguments: _Arguments,
    files: _Files,
    *,
    config: ParseMultipartConfig | None = None,
) -> None:
    """Parse a multipart/form-data body (RFC 7578), adding fields and uploads to the dicts.

    `boundary` is the parameter of the Content-Type field, with or without its quotes. A body that
    lacks its first delimiter line is taken as if it were there. Raises `HTTPInputError` if the
    body is malformed or goes over a limit of `config`; then nothing is added.
    """
    # The parser comes with the kernel: not at import, for those who need neither.
    from zonda.protocol.multipart import MultipartError, MultipartParser

    config = _enabled(config or _config.multipart)
    if len(boundary) >= 2 and boundary.startswith(b'"') and boundary.endswith(b'"'):
        boundary = boundary[1:-1]
    try:
        parser = MultipartParser(
            boundary,
            max_parts=config.max_parts,
            max_part_header_size=config.max_part_header_size,
        )
        delimiter = b"--" + boundary
        events = []
        if not data.lstrip(b"\r\n").startswith(delimiter):
            events = parser.feed(delimiter + b"\r\n")
        events += parser.feed(data)
        parser.finish()
    except MultipartError as error:
        raise HTTPInputError(f"Invalid multipart/form-data: {error}") from error
    _collect(events, arguments, files)


def _collect(events: list[MultipartEvent], arguments: _Arguments, files: _Files) -> None:
    from zonda.protocol.multipart import PartBegin, PartData

    chunks: list[bytes] = []
    for event in events:
        if isinstance(event, PartBegin):
            part = event
            chunks = []
        elif isinstance(event, PartData):
            chunks.append(event.data)
        else:
            _add_part(part, b"".join(chunks), arguments, files)


def _add_part(part: PartBegin, data: bytes, arguments: _Arguments, files: _Files) -> None:
    if part.filename:  # browsers send an empty one for a file input without a file
        content_type = part.content_type or "application/unknown"
        file = HTTPFile(filename=part.filename, body=data, content_type=content_type)
        files.setdefault(part.name, []).append(file)
    else:
        arguments.setdefault(part.name, []).append(data)
