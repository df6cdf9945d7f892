"""Finds the placeholders of a query, and leaves its strings, names and comments alone.

Three forms are placeholders: ``%s``, ``%(name)s`` and ``:name``. Inside quotes and comments they
are text. ``%%`` stands for one per cent sign everywhere, as it always did with MySQLdb; any
other per cent sign stands for itself. So do ``::`` (PostgreSQL's casts) and ``:=`` (MySQL's
assignments).

No value is ever put into the text, whatever is found here. A database whose settings make it
see other quotes than we do (MySQL's ``NO_BACKSLASH_ESCAPES``) gets a query whose count does
not fit, and that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Token", "tokens"]


class Token(NamedTuple):
    """A piece of a query."""

    kind: str
    """``text``, ``word``, ``comment``, ``quoted``, ``positional`` or ``named``."""
    text: str
    """As written; of a named placeholder, the name."""


_SHARED = r"""
    (?P<percent>%%)
  | (?P<positional>%s(?!\w))
  | %\((?P<pyformat>\w+)\)s
  | (?P<cast>::|:=)
  | :(?P<colon>[A-Za-z_]\w*)
  | (?P<word>[^\W\d]\w*)
  | (?P<number>\d\w*)
"""
_PLAIN_STRING = r"'(?:[^']|'')*'"
_DOUBLE_QUOTED = r'"(?:[^"]|"")*"'
_BACKTICKS = r"`(?:[^`]|``)*`"
_DASHES = r"--[^\n]*"
_BLOCK = r"/\*.*?\*/"

# What each database takes for quoted, and for a comment.
_QUOTES = {
    "sqlite": (rf"{_PLAIN_STRING}|{_DOUBLE_QUOTED}|{_BACKTICKS}", rf"{_DASHES}|{_BLOCK}"),
    "mysql": (
        rf"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|{_BACKTICKS}",
        rf"--(?=\s|$)[^\n]*|\#[^\n]*|{_BLOCK}",
    ),
    "postgresql": (
        rf"(?<!\w)[eE]'(?:[^'\\]|\\.|'')*'|{_PLAIN_STRING}|{_DOUBLE_QUOTED}"
        r"|(?<!\w)\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$",
        rf"{_DASHES}|{_BLOCK}",
    ),
}


@lru_cache
def _pattern(dialect: str) -> re.Pattern[str]:
    quoted, comment = _QUOTES.get(dialect, _QUOTES["sqlite"])
    pattern = f"(?P<quoted>{quoted})|(?P<comment>{comment})|{_SHARED}|(?P<other>.)"
    return re.compile(pattern, re.X | re.S)


def tokens(query: str, dialect: str) -> Iterator[Token]:
    """Split a query, written for ``dialect`` (SQLAlchemy's name), into its pieces."""
    for match in _pattern(dialect).finditer(query):
        kind = match.lastgroup or "other"
        if kind == "positional":
            yield Token("positional", "%s")
        elif kind in {"pyformat", "colon"}:
            yield Token("named", match[kind])
        elif kind == "percent":
            yield Token("text", "%")
        elif kind in {"quoted", "comment"}:
            yield Token(kind, match[0].replace("%%", "%"))
        else:
            yield Token("word" if kind == "word" else "text", match[0])
