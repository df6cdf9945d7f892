"""What ``params=``, ``data=``, ``json=``, ``files=`` and ``cookies=`` become in a request."""

from __future__ import annotations

import asyncio
import io
import os
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple, cast
from urllib.parse import urlencode

from zonda.escape import utf8

__all__ = ["Content", "add_params", "cookie_field", "encode_content"]

Pairs = Mapping[str, Any] | Sequence[tuple[str, Any]]
Producer = Callable[[Callable[[bytes], Awaitable[None]]], Awaitable[None]]

#: Bytes of a file that are read at a time.
_PIECE = 256 * 1024
# RFC 9110 section 5.5; no more is asked of it, for there are types that are none.
_CONTENT_TYPE = re.compile(r"[\t\x20-\x7e\x80-\xff]+").fullmatch
# RFC 6265 section 4.1.1
_COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*").fullmatch


class Content(NamedTuple):
    """A request's content: bytes, or how to produce them."""

    body: bytes | None
    producer: Producer | None
    #: Bytes that the producer will write; None: not known.
    length: int | None
    content_type: str | None


def add_params(url: str, params: Pairs) -> str:
    """Add arguments to the query of ``url``; what it holds already stays as it is.

    Args:
        url: any URL.
        params: names and values. A list or tuple repeats the name, None leaves it out.
    """
    query = urlencode(list(_pairs(params)))
    if not query:
        return url
    rest, hash_sign, fragment = url.partition("#")
    joint = "" if rest.endswith(("?", "&")) else "&" if "?" in rest else "?"
    return f"{rest}{joint}{query}{hash_sign}{fragment}"


def cookie_field(cookies: Mapping[str, str], given: str | None) -> str:
    """The value of the ``Cookie`` field (RFC 6265 section 4.2), behind ``given``.

    Raises:
        ValueError: a name or a value holds what cookies cannot.
    """
    pieces = [given] if given else []
    for name, value in cookies.items():
        if not _COOKIE_NAME(name) or not _COOKIE_VALUE(value):
            raise ValueError(
                f"the cookie {name!r} cannot be sent as it is: "
                "encode the value, for example with url_escape"
            )
        pieces.append(f"{name}={value}")
    return "; ".join(pieces)


def encode_content(
    data: Pairs | bytes | str | None, json: Any, files: Pairs | None
) -> Content | None:
    """The content that the arguments of a request describe; None: there is none.

    Raises:
        ValueError: the arguments do not go together.
        TypeError: something cannot be encoded.
    """
    if json is not None:
        if data is not None or files is not None:
            raise ValueError("give json alone, or data and files")
        from zonda.httputil.jsoncodec import dumps

        body = dumps(json)
        return Content(body, None, len(body), "application/json")
    if files is not None:
        if isinstance(data, bytes | str):
            raise ValueError("with files, data must be a mapping or pairs: the form's other fields")
        return _multipart(data or (), files)
    if data is None:
        return None
    if isinstance(data, bytes | str):
        body = utf8(data)
        return Content(body, None, len(body), None)
    body = urlencode(list(_pairs(data))).encode("ascii")
    return Content(body, None, len(body), "application/x-www-form-urlencoded")


def _pairs(values: Pairs) -> Iterator[tuple[str, Any]]:
    for name, value in values.items() if isinstance(values, Mapping) else values:
        for one in value if isinstance(value, list | tuple) else (value,):
            if one is not None:
                yield name, one


# ------------------------------------------------------------------ multipart/form-data


class _File:
    """A file that is read when it is sent, perhaps more than once.

    Args:
        source: a path, or a file opened for reading bytes. It is sent from where it stands.
    """

    def __init__(self, source: os.PathLike[str] | IO[bytes]) -> None:
        self._path: os.PathLike[str] | None = None
        self._file: IO[bytes] | None = None
        self._start = 0
        #: Bytes; None: not known.
        self.size: int | None = None
        if isinstance(source, os.PathLike):
            self._path = source
            self.size = os.stat(source).st_size
            self.name = os.path.basename(os.fspath(source))
        else:
            if isinstance(cast(object, source), io.TextIOBase):
                raise TypeError(f"{source!r} gives text: open it in binary mode")
            self._file = source
            self.name = os.path.basename(str(getattr(source, "name", "file")))
            if source.seekable():
                self._start = source.tell()
                self.size = source.seek(0, os.SEEK_END) - self._start
                source.seek(self._start)

    async def send(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        """Read the file in a thread, piece by piece."""
        loop = asyncio.get_running_loop()
        if self._path is not None:
            file: IO[bytes] = await loop.run_in_executor(None, open, self._path, "rb")
        else:
            assert self._file is not None
            file = self._file
            if self.size is not None:
                file.seek(self._start)
        try:
            while piece := await loop.run_in_executor(None, file.read, _PIECE):
                await write(piece)
        finally:
            if self._path is not None:
                file.close()


def _multipart(data: Pairs, files: Pairs) -> Content:
    """A form with files (RFC 7578)."""
    boundary = os.urandom(16).hex()
    pieces: list[bytes | _File] = []
    for name, value in _pairs(data):
        pieces += [_part_head(boundary, name, None, None), _field_value(value), b"\r\n"]
    for name, value in files.items() if isinstance(files, Mapping) else files:
        filename, content, content_type = _file_of(value)
        pieces += [_part_head(boundary, name, filename, content_type), content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    kind = f"multipart/form-data; boundary={boundary}"
    static = [piece for piece in pieces if isinstance(piece, bytes)]
    if len(static) == len(pieces):
        body = b"".join(static)
        return Content(body, None, len(body), kind)
    sizes = [piece.size if isinstance(piece, _File) else len(piece) for piece in pieces]
    known = [size for size in sizes if size is not None]

    async def produce(write: Callable[[bytes], Awaitable[None]]) -> None:
        for piece in pieces:
            if isinstance(piece, _File):
                await piece.send(write)
            else:
                await write(piece)

    # A retry asks: a path, or a file that can seek, is read again from where it stood.
    produce.replayable = len(known) == len(sizes)  # type: ignore[attr-defined]
    return Content(None, produce, sum(known) if len(known) == len(sizes) else None, kind)


def _field_value(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")


def _file_of(value: Any) -> tuple[str, bytes | _File, str]:
    """File name, content and type of what ``files`` holds."""
    filename = content_type = None
    if isinstance(value, tuple):
        filename, value, *rest = value
        content_type = rest[0] if rest else None
    if isinstance(value, bytes | str):
        content: bytes | _File = utf8(value)
    elif isinstance(value, os.PathLike) or hasattr(value, "read"):
        content = _File(value)
        filename = filename or content.name
    else:
        raise TypeError(
            f"a file is bytes, str, a path, a file object or (filename, file), not {value!r}"
        )
    filename = filename or "file"
    if content_type is None:
        from mimetypes import guess_type

        content_type = guess_type(filename)[0] or "application/octet-stream"
    return filename, content, content_type


def _part_head(boundary: str, name: str, filename: str | None, content_type: str | None) -> bytes:
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{_escape(name)}"']
    if filename is not None:
        lines[1] += f'; filename="{_escape(filename)}"'
        if not content_type or not _CONTENT_TYPE(content_type):
            raise ValueError(f"{content_type!r} is no content type")
        lines.append(f"Content-Type: {content_type}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def _escape(text: str) -> str:
    """As browsers do it: https://html.spec.whatwg.org/#multipart-form-data."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
