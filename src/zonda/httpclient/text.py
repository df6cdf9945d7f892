"""Text and lines out of pieces that end anywhere."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zonda.httputil import HTTPHeaders

__all__ = ["LineSplitter", "TextDecoder", "charset_of"]


def charset_of(headers: HTTPHeaders) -> str:
    """The charset that ``Content-Type`` names; UTF-8 if it names none that Python knows."""
    from zonda.protocol.parameters import parse_parameters

    _, parameters = parse_parameters(headers.get("Content-Type", ""))
    name = parameters.get("charset", "utf-8")
    try:
        # Not every codec of Python's is a charset: "zlib" is none, and "idna" cannot replace.
        b"\xff".decode(name, "replace")
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError):
        return "utf-8"
    return name


class TextDecoder:
    """Decodes text piece by piece; octets that the charset does not have become U+FFFD."""

    def __init__(self, charset: str) -> None:
        self._decoder = codecs.getincrementaldecoder(charset)("replace")

    def feed(self, chunk: bytes) -> str:
        """What can be decoded by now."""
        return self._decoder.decode(chunk)

    def end(self) -> str:
        """What is left."""
        return self._decoder.decode(b"", final=True)


class LineSplitter:
    r"""Splits text at ``\n``, ``\r\n`` and ``\r``, wherever its pieces end.

    ``str.splitlines`` would also split at form feeds and other separators, which are content.
    Linear in the length of the text, however small the pieces are.

    Args:
        limit: characters that a line may have.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[str] = []
        self._size = 0
        self._after_cr = False

    def feed(self, text: str) -> Iterator[str]:
        """The lines that are complete by now. Raises ValueError for a line over the limit."""
        if self._after_cr and text.startswith("\n"):
            text = text[1:]
            self._after_cr = False
        if not text:
            return
        self._after_cr = text.endswith("\r")
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in lines:
            yield self._complete(line)
        self._add(rest)

    def end(self) -> Iterator[str]:
        """A last line that has no end."""
        if self._size:
            yield self._complete("")

    def _add(self, part: str) -> None:
        if part:
            self._size += len(part)
            if self._size > self._limit:
                raise ValueError(f"a line is longer than {self._limit} characters")
            self._parts.append(part)

    def _complete(self, line: str) -> str:
        self._add(line)
        whole = "".join(self._parts)
        self._parts.clear()
        self._size = 0
        return whole
