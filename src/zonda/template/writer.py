"""Nodes to Python source.

A template becomes one function, ``_tt_execute``, that appends text to a list.  Included
templates and replaced blocks are written out in place; only ``{% apply %}`` needs a
function inside.  Output that belongs together is collected and appended in one call::

    _tt_extend((  # list.html:3
        '<li>',  # list.html:3
        _tt_e((item.name)),  # list.html:3
        '</li>',  # list.html:3
    ))  # list.html:3

The comments are what tracebacks show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from zonda.template.nodes import (
    Apply,
    Block,
    Control,
    Expression,
    File,
    Include,
    Node,
    Statement,
    Text,
)
from zonda.template.source import Place, Source, place

#: The escaping function that :func:`zonda.template.runtime.escape_text` stands in for.
DEFAULT_AUTOESCAPE = "xhtml_escape"

#: A template to be written out: the file it begins with and what its blocks are.
Page = tuple[File, Mapping[str, Block]]
#: Finds what an include names; blocks are None if they belong to the page around it.
Finder = Callable[[Include], tuple[File, Mapping[str, Block] | None]]

#: Up to here CPython builds a tuple on its stack; longer ones go through a list.
_MOST_CHUNKS = 24

#: Texts that are longer are not joined with the next one: each time they would be copied.
_LONG_TEXT = 16384

_PROLOGUE = (
    "_tt_buffer = []",
    "_tt_append = _tt_buffer.append",
    "_tt_extend = _tt_buffer.extend",
    "_tt_e = _tt_escape",
    "_tt_t = _tt_text",
)


class Chunk(NamedTuple):
    """A piece of output: what it says if that is known, else the code that makes it."""

    text: str | None
    code: str
    at: Place

    def expression(self) -> str:
        """The code that makes it, in any case."""
        return self.code if self.text is None else repr(self.text)


class Writer:
    """Writes one page; use :func:`write`."""

    def __init__(self, page: Page, included: Finder) -> None:
        self.source = Source()
        self._file, self._blocks = page
        self._included = included
        self._via: list[tuple[str, int]] = []
        self._indent = 0
        self._functions = 0
        #: Open ``try`` bodies.  In them output is appended piece by piece, so that what
        #: came before an exception stays.
        self._tries = 0
        self._pending: list[Chunk] = []

    # --- lines and output ---------------------------------------------------------------

    def function(self, name: str, line: int, body: Sequence[Node]) -> None:
        """Write a function that returns the output of *body*."""
        self._line(f"def {name}():", line)
        self._indent += 1
        for code in _PROLOGUE:
            self._line(code, line)
        tries, self._tries = self._tries, 0
        self._nodes(body)
        self._line("return _tt_join(_tt_buffer)", line)
        self._tries = tries
        self._indent -= 1

    def _place(self, line: int) -> Place:
        return place(self._file.name, line, self._via)

    def _line(self, code: str, line: int) -> None:
        self._flush()
        self.source.write(code, self._place(line), self._indent)

    def _output(self, chunk: Chunk) -> None:
        last = self._pending[-1] if self._pending else None
        if (
            last is not None
            and last.text is not None
            and chunk.text is not None
            and len(last.text) < _LONG_TEXT
        ):
            self._pending[-1] = Chunk(last.text + chunk.text, "", last.at)
        else:
            self._pending.append(chunk)
        if self._tries or len(self._pending) >= _MOST_CHUNKS:
            self._flush()

    def _flush(self) -> None:
        chunks, self._pending = self._pending, []
        if not chunks:
            return
        write = self.source.write
        if len(chunks) == 1:
            write(f"_tt_append({chunks[0].expression()})", chunks[0].at, self._indent)
            return
        write("_tt_extend((", chunks[0].at, self._indent)
        for chunk in chunks:
            write(f"{chunk.expression()},", chunk.at, self._indent + 1)
        write("))", chunks[-1].at, self._indent)

    # --- nodes --------------------------------------------------------------------------

    def _nodes(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            _WRITERS[type(node)](self, node)

    def _text(self, node: Text) -> None:
        if node.value:
            self._output(Chunk(node.value, "", self._place(node.line)))

    def _expression(self, node: Expression) -> None:
        # The inner parentheses make "a, b" one value; a comment needs a line of its own.
        code = f"({node.code}\n)" if "#" in node.code else f"({node.code})"
        autoescape = None if node.raw else self._file.autoescape
        if autoescape is None:
            code = f"_tt_t({code})"
        elif autoescape == DEFAULT_AUTOESCAPE:
            code = f"_tt_e({code})"
        else:
            code = f"_tt_escape_by({autoescape}, {code})"
        at = self._place(node.line)
        self.source.expressions.append((node.code, at))
        self._output(Chunk(None, code, at))

    def _statement(self, node: Statement) -> None:
        self._line(node.code, node.line)

    def _control(self, node: Control) -> None:
        for clause in node.clauses:
            self._line(f"{clause.code}:", clause.line)
            self._indent += 1
            protected = node.keyword == "try" and clause is node.clauses[0]
            self._tries += protected
            self._nodes(clause.body)
            self._line("pass", clause.line)
            self._tries -= protected
            self._indent -= 1

    def _apply(self, node: Apply) -> None:
        name = f"_tt_apply{self._functions}"
        self._functions += 1
        self.function(name, node.line, node.body)
        code = f"_tt_applied(({node.function})({name}()))"
        self._output(Chunk(None, code, self._place(node.line)))

    def _block(self, node: Block) -> None:
        block = self._blocks[node.name]
        self._elsewhere(block.owner, block.body, node.line)

    def _include(self, node: Include) -> None:
        file, blocks = self._included(node)
        outer = self._blocks
        if blocks is not None:
            self._blocks = blocks
        self._elsewhere(file, file.body, node.line)
        self._blocks = outer

    def _elsewhere(self, file: File, body: Sequence[Node], line: int) -> None:
        """Write *body*, which is in *file*, for the given line of the present file."""
        outer, self._file = self._file, file
        self._via.append((outer.name, line))
        self._nodes(body)
        self._via.pop()
        self._file = outer


_WRITERS: dict[type, Callable[[Writer, Any], None]] = {
    Apply: Writer._apply,
    Block: Writer._block,
    Control: Writer._control,
    Expression: Writer._expression,
    Include: Writer._include,
    Statement: Writer._statement,
    Text: Writer._text,
}


def write(page: Page, included: Finder) -> Source:
    """Return Python source that defines ``_tt_execute`` for the *page*.

    *included* finds the page that an ``{% include %}`` names.
    """
    writer = Writer(page, included)
    writer.function("_tt_execute", 0, page[0].body)
    return writer.source
