"""The whitespace modes of templates."""

from __future__ import annotations

import re

#: Blanks inside a line, and blanks around and including line ends.
_BLANKS = re.compile(r"[\t ]+")
_LINE_ENDS = re.compile(r"\s*\n\s*")
_ALL_BLANKS = re.compile(r"\s+")

MODES = ("all", "single", "oneline")

#: Where extra blanks mean nothing, templates are compressed unless told otherwise.
_COMPRESSED_ENDINGS = (".html", ".js")


def filter_whitespace(mode: str, text: str) -> str:
    """Return *text* with its blanks treated in one of three ways.

    ``all``
        Everything stays.
    ``single``
        A run of blanks becomes one space, or one line end if there is one in it.
    ``oneline``
        A run of blanks and line ends becomes one space.

    Raises ``ValueError`` for any other mode.
    """
    if mode == "all":
        return text
    if mode == "single":
        return _LINE_ENDS.sub("\n", _BLANKS.sub(" ", text))
    if mode == "oneline":
        return _ALL_BLANKS.sub(" ", text)
    raise ValueError(f"unknown whitespace mode {mode!r}: use {', '.join(MODES)}")


def default_mode(name: str) -> str:
    """Return the mode for a template of that name: ``single`` for HTML and JavaScript."""
    return "single" if name.endswith(_COMPRESSED_ENDINGS) else "all"
