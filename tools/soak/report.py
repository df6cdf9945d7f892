"""What became of each scenario, and the table of it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Outcome", "write"]

BEGIN, END = "<!-- soak: begin -->", "<!-- soak: end -->"
WORDS = {True: "holds", False: "**fails**", None: "not run"}


@dataclass(frozen=True)
class Outcome:
    """Of one scenario on one server; ``ok`` is None if it could not be run."""

    name: str
    promise: str
    ok: bool | None
    figures: str

    def __str__(self) -> str:
        word = {True: "ok", False: "FAILED", None: "skipped"}[self.ok]
        return f"{word:8}{self.name:28}{self.figures}"

    def cell(self) -> str:
        """For the table."""
        return f"{WORDS[self.ok]}{': ' if self.figures else ''}{self.figures}"


def write(page: Path, outcomes: dict[str, list[Outcome]]) -> None:
    """Put the table between its marks in a page."""
    lines = [
        f"CPython {platform.python_version()} on {platform.system()}, {platform.machine()}.",
        "",
        "| what happens | " + " | ".join(name.capitalize() for name in outcomes) + " |",
        "|---" * (1 + len(outcomes)) + "|",
    ]
    lines += [
        f"| {rows[0].promise} | " + " | ".join(row.cell() for row in rows) + " |"
        for rows in zip(*outcomes.values(), strict=True)
    ]
    text = page.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}")
