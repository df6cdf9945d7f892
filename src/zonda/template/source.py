"""Generated Python that remembers which template line each of its lines comes from."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A line of a template."""

    name: str
    line: int
    #: Name and line again and, for templates written out within others, the lines that
    #: named them: what the comments in the generated code say.
    comment: str


def place(name: str, line: int, via: list[tuple[str, int]]) -> Place:
    """Return a place; *via* lists the including lines, outermost first."""
    comment = f"{name}:{line}"
    if via:
        comment += f" (via {', '.join(f'{other}:{at}' for other, at in reversed(via))})"
    # A name may be anything, but a Python comment ends with its line.
    return Place(name, line, comment if comment.isprintable() else ascii(comment))


class Source:
    """Collects generated lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._places: list[Place] = []
        #: The expressions in it, as the templates have them.
        self.expressions: list[tuple[str, Place]] = []

    @property
    def text(self) -> str:
        """The Python source so far."""
        return "".join(self._lines)

    def write(self, code: str, at: Place, indent: int) -> None:
        """Add a line of Python, or several if *code* spans them."""
        self._lines.append(f"{'    ' * indent}{code}  # {at.comment}\n")
        self._places += [at._replace(line=at.line + i) for i in range(code.count("\n") + 1)]

    def place_of(self, line: int) -> Place:
        """Return where the *line* of :attr:`text`, counted from 1, comes from."""
        return self._places[min(line, len(self._places)) - 1]
