"""Template source to tokens: text, ``{{ expressions }}`` and ``{% tags %}``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from zonda.template.errors import ParseError

#: Of more than two braces the innermost count (LaTeX is full of them); an exclamation
#: mark behind takes the meaning away.
_OPENING = re.compile(r"\{*(?P<braces>\{[{%#])(?P<literal>!?)")

_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_KIND = {"{{": "expression", "{%": "tag"}
_NAME = {**_KIND, "{#": "comment"}


class Token(NamedTuple):
    """A piece of template source."""

    #: ``text``, ``expression`` or ``tag``.
    kind: str
    #: Text as it is; what stands between the braces without blanks around it.
    value: str
    #: The line on which the value begins, counted from 1.
    line: int


def tokenize(source: str, name: str) -> Iterator[Token]:
    """Yield the tokens of a template; comments are left out.

    Raises :class:`ParseError` for braces that are not closed.
    """
    position, line = 0, 1
    while (opening := _OPENING.search(source, position)) is not None:
        start, inside = opening.span("braces")
        braces = opening["braces"]
        if opening["literal"]:
            yield Token("text", source[position:inside], line)
            line += source.count("\n", position, inside)
            position = inside + 1
            continue
        if start > position:
            yield Token("text", source[position:start], line)
            line += source.count("\n", position, start)
        end = source.find(_CLOSING[braces], inside)
        if end < 0:
            raise ParseError(f"Missing end {_NAME[braces]} {_CLOSING[braces]}", name, line)
        if braces in _KIND:
            value = source[inside:end]
            first = line + value[: len(value) - len(value.lstrip())].count("\n")
            yield Token(_KIND[braces], value.strip(), first)
        line += source.count("\n", start, end)
        position = end + len(_CLOSING[braces])
    if position < len(source):
        yield Token("text", source[position:], line)
