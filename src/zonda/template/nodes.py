"""The parts a template consists of, as the parser finds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Text(NamedTuple):
    """Output that is always the same."""

    value: str
    line: int


class Expression(NamedTuple):
    """``{{ code }}``, ``{% raw code %}`` and ``{% module code %}``."""

    code: str
    line: int
    raw: bool = False


class Statement(NamedTuple):
    """A line of Python: ``set``, ``import``, ``from``, ``break``, ``continue``."""

    code: str
    line: int


class Clause(NamedTuple):
    """One header of a compound statement, and what stands under it."""

    code: str
    line: int
    body: Sequence[Node]


class Control(NamedTuple):
    """``if``, ``for``, ``while`` or ``try``, with its ``elif``, ``else``, …"""

    keyword: str
    clauses: list[Clause]


class Apply(NamedTuple):
    """``{% apply function %}``."""

    function: str
    line: int
    body: Sequence[Node]


class Block(NamedTuple):
    """``{% block name %}``; *owner* is the file it is written in."""

    name: str
    line: int
    body: Sequence[Node]
    owner: File


class Include(NamedTuple):
    """``{% include "name" %}``; the name is relative to the file it is written in."""

    name: str
    line: int
    owner: File


class File:
    """The whole of one template."""

    def __init__(self, name: str, autoescape: str | None) -> None:
        self.name = name
        #: Name of the escaping function; there is one for a file, the last one it names.
        self.autoescape = autoescape
        self.body: Sequence[Node] = ()
        #: The template that this one extends, and the line that says so.
        self.extends: tuple[str, int] | None = None


Node = Text | Expression | Statement | Control | Apply | Block | Include
