"""Templates that extend and include others, brought together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from zonda.template.errors import ParseError
from zonda.template.nodes import Apply, Block, Control, File, Include, Node

if TYPE_CHECKING:
    from zonda.template.loaders import BaseLoader


def _blocks_and_includes(nodes: Sequence[Node]) -> Iterator[Block | Include]:
    """Yield all blocks and includes, outer ones before those inside them."""
    for node in nodes:
        if isinstance(node, (Block, Include)):
            yield node
        if isinstance(node, (Apply, Block)):
            yield from _blocks_and_includes(node.body)
        elif isinstance(node, Control):
            for clause in node.clauses:
                yield from _blocks_and_includes(clause.body)


class Library:
    """Finds the files that a template refers to, with its loader."""

    def __init__(self, loader: BaseLoader | None) -> None:
        self._loader = loader

    def page(self, file: File) -> tuple[File, Mapping[str, Block]]:
        """Return the file that *file* extends in the end, and what its blocks are.

        The block that stands nearest to *file* wins; of two in one file, the last.
        """
        chain = [file]
        while (parent := chain[-1].extends) is not None:
            chain.append(self._file("extends", parent[0], chain[-1], parent[1]))
        blocks: dict[str, Block] = {}
        for ancestor in reversed(chain):
            self._collect(ancestor.body, blocks)
        return chain[-1], blocks

    def included(self, node: Include) -> tuple[File, Mapping[str, Block] | None]:
        """Return what an include names.

        A file that extends another is included as the page that it makes, with blocks of
        its own; blocks of any other file belong to the page that includes it (None).
        """
        file = self._file("include", node.name, node.owner, node.line)
        return (file, None) if file.extends is None else self.page(file)

    def _collect(self, nodes: Sequence[Node], blocks: dict[str, Block]) -> None:
        for part in _blocks_and_includes(nodes):
            if isinstance(part, Block):
                blocks[part.name] = part
            else:
                file, own_blocks = self.included(part)
                if own_blocks is None:
                    self._collect(file.body, blocks)

    def _file(self, tag: str, name: str, owner: File, line: int) -> File:
        if self._loader is None:
            message = f"{{% {tag} %}} in a template without a loader: pass one to Template()"
            raise ParseError(message, owner.name, line)
        try:
            return self._loader.load(name, owner.name).file
        except Exception as error:
            error.add_note(f'{{% {tag} "{name}" %}} is in template {owner.name}, line {line}')
            raise
