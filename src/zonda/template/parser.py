"""Tokens to nodes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from zonda.template.errors import ParseError
from zonda.template.lexer import Token, tokenize
from zonda.template.nodes import (
    Apply,
    Block,
    Clause,
    Control,
    Expression,
    File,
    Include,
    Node,
    Statement,
    Text,
)
from zonda.template.whitespace import MODES, filter_whitespace

_WORD = re.compile(r"(\w*)\s*(.*)", re.DOTALL)

#: The clauses that may follow within each compound statement.
_CLAUSES = {
    "if": ("elif", "else"),
    "for": ("else",),
    "while": ("else",),
    "try": ("except", "else", "finally"),
}
_LOOPS = ("for", "while")
_HANDLERS = ("except", "finally")
_CLAUSE_WORDS = {
    word: [k for k, v in _CLAUSES.items() if word in v]
    for word in ("elif", "else", "except", "finally")
}


class Tag(NamedTuple):
    """``{% word rest %}``."""

    word: str
    rest: str
    code: str
    line: int


class Parser:
    """Reads one template; use :func:`parse`."""

    def __init__(self, source: str, file: File, whitespace: str) -> None:
        self.file = file
        self.whitespace = whitespace
        self._tokens = tokenize(source, file.name)
        #: Words of the blocks that are open, outermost first.
        self._open: list[str] = []
        self._last_line = 1

    def error(self, message: str, line: int) -> ParseError:
        return ParseError(message, self.file.name, line)

    # --- blocks -------------------------------------------------------------------------

    def body(self, opened_at: Tag | None = None) -> tuple[list[Node], Tag | None]:
        """Read up to the tag that ends the open block, or the next clause of it."""
        nodes: list[Node] = []
        for token in self._tokens:
            if token.kind == "tag":
                tag = self._tag(token)
                if tag.word == "end" or tag.word in _CLAUSE_WORDS:
                    self._check_ends_block(tag)
                    return nodes, tag
                node = self._tag_node(tag)
                if node is not None:
                    nodes.append(node)
            else:
                nodes.append(self._text_or_expression(token))
        if opened_at is not None:
            raise self.error(f"{{% {opened_at.word} %}} without {{% end %}}", opened_at.line)
        return nodes, None

    def _check_ends_block(self, tag: Tag) -> None:
        block = self._open[-1] if self._open else None
        if tag.word == "end":
            if block is None:
                raise self.error("{% end %} without a block that it ends", tag.line)
        elif block not in _CLAUSE_WORDS[tag.word]:
            allowed = " or ".join(_CLAUSE_WORDS[tag.word])
            where = f"directly inside {{% {block} %}}" if block else "outside of every block"
            raise self.error(
                f"{{% {tag.word} %}} belongs to {allowed}, here it is {where}", tag.line
            )

    def _whole_body(self, tag: Tag) -> list[Node]:
        """Read the body of a block that has no clauses."""
        self._open.append(tag.word)
        nodes, _ = self.body(tag)
        self._open.pop()
        return nodes

    # --- single tokens ------------------------------------------------------------------

    def _text_or_expression(self, token: Token) -> Node:
        if token.kind == "text":
            text = token.value
            if "<pre>" not in text:
                text = filter_whitespace(self.whitespace, text)
            return Text(text, token.line)
        if not token.value:
            raise self.error("{{ }} without an expression", token.line)
        self._check_code(token)
        return Expression(token.value, token.line)

    def _check_code(self, token: Token) -> None:
        if "\0" in token.value:  # Python's compiler would refuse it without a line
            raise self.error("there is a NUL character in the code", token.line)

    def _tag(self, token: Token) -> Tag:
        match = _WORD.fullmatch(token.value)
        word, rest = match.groups() if match else ("", "")
        if not token.value:
            raise self.error("{% %} without a word", token.line)
        self._check_code(token)
        return Tag(word, rest, token.value, token.line)

    def _tag_node(self, tag: Tag) -> Node | None:
        read = _READERS.get(tag.word)
        if read is None:
            raise self.error(f"there is no tag {{% {tag.word or tag.code} %}}", tag.line)
        return read(self, tag)

    def _argument(self, tag: Tag, what: str) -> str:
        if not tag.rest:
            raise self.error(f"{{% {tag.word} %}} lacks its {what}", tag.line)
        return tag.rest

    # --- tags ---------------------------------------------------------------------------

    def _control(self, tag: Tag) -> Node:
        clauses: list[Clause] = []
        self._open.append(tag.word)
        clause: Tag | None = tag
        while clause is not None and clause.word != "end":
            nodes, following = self.body(tag)
            clauses.append(Clause(clause.code, clause.line, nodes))
            clause = following
        self._open.pop()
        if tag.word == "try" and not any(c.code.startswith(_HANDLERS) for c in clauses):
            raise self.error("{% try %} without {% except %} and {% finally %}", tag.line)
        return Control(tag.word, clauses)

    def _jump(self, tag: Tag) -> Node:
        for word in reversed(self._open):
            if word in _LOOPS:
                return Statement(tag.code, tag.line)
            if word == "apply":  # becomes a function of its own
                break
        raise self.error(f"{{% {tag.word} %}} outside of {{% for %}} and {{% while %}}", tag.line)

    def _apply(self, tag: Tag) -> Node:
        return Apply(self._argument(tag, "function"), tag.line, self._whole_body(tag))

    def _block(self, tag: Tag) -> Node:
        name = self._argument(tag, "name")
        return Block(name, tag.line, self._whole_body(tag), self.file)

    def _include(self, tag: Tag) -> Node:
        return Include(self._template_name(tag), tag.line, self.file)

    def _extends(self, tag: Tag) -> None:
        if self._open:
            raise self.error(f"{{% extends %}} inside of {{% {self._open[-1]} %}}", tag.line)
        if self.file.extends is not None:
            raise self.error("a second {% extends %}", tag.line)
        self.file.extends = self._template_name(tag), tag.line

    def _template_name(self, tag: Tag) -> str:
        name = self._argument(tag, "template name").strip("\"'")
        if not name:
            raise self.error(f"{{% {tag.word} %}} lacks its template name", tag.line)
        return name

    def _set(self, tag: Tag) -> Node:
        return Statement(self._argument(tag, "assignment"), tag.line)

    def _import(self, tag: Tag) -> Node:
        self._argument(tag, "module")
        return Statement(tag.code, tag.line)

    def _raw(self, tag: Tag) -> Node:
        return Expression(self._argument(tag, "expression"), tag.line, raw=True)

    def _module(self, tag: Tag) -> Node:
        return Expression("_tt_modules." + self._argument(tag, "call"), tag.line, raw=True)

    def _autoescape(self, tag: Tag) -> None:
        self.file.autoescape = tag.rest if tag.rest not in ("", "None") else None

    def _whitespace(self, tag: Tag) -> None:
        if tag.rest not in MODES:
            known = ", ".join(MODES)
            raise self.error(f"unknown whitespace mode {tag.rest!r}: use {known}", tag.line)
        self.whitespace = tag.rest

    def _comment(self, tag: Tag) -> None:
        pass


_READERS: dict[str, Callable[[Parser, Tag], Node | None]] = {
    **dict.fromkeys(_CLAUSES, Parser._control),
    **dict.fromkeys(("break", "continue"), Parser._jump),
    **dict.fromkeys(("import", "from"), Parser._import),
    "apply": Parser._apply,
    "autoescape": Parser._autoescape,
    "block": Parser._block,
    "comment": Parser._comment,
    "extends": Parser._extends,
    "include": Parser._include,
    "module": Parser._module,
    "raw": Parser._raw,
    "set": Parser._set,
    "whitespace": Parser._whitespace,
}


def parse(source: str, name: str, autoescape: str | None, whitespace: str) -> File:
    """Return the template *source* as a tree.

    *autoescape* and *whitespace* hold until the template says otherwise.  Raises
    :class:`ParseError` for what is not a template.
    """
    file = File(name, autoescape)
    file.body, _ = Parser(source, file, whitespace).body()
    return file
