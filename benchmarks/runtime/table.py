"""The runtime's figures as Markdown: a line per operation, a column per implementation."""

from benchmarks.results import Cell, Section
from benchmarks.runtime.rows import ASYNCIO, TORNADO, ZONDA

SAYS = """\
Each cell: **CPU µs per operation** (user + system time of a process that does nothing else; of
streams both ends) · operations per second. Zonda and Tornado run the same source; rounds are
interleaved, figures are medians. `×` is how many times Zonda's CPU the other one needs."""

REFERENCES = {TORNADO: "Tornado needs", ASYNCIO: "asyncio needs"}


def overview(section: Section) -> str:
    """All rows, with the ratios to the references that were measured."""
    named = {entry.name: f"{entry.title} {entry.version}".strip() for entry in section.entries}
    ratios = {name: title for name, title in REFERENCES.items() if {name, ZONDA} <= named.keys()}
    lines = [["", *named.values(), *ratios.values()]]
    lines.append(["---", *["--:"] * (len(lines[0]) - 1)])
    for row, title in section.rows.items():
        cells = [_both(_cell(section, name, row)) for name in named]
        lines.append([title, *cells, *(_ratio(section, name, row) for name in ratios)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def details(section: Section) -> str:
    """The spread of every cell, and how much of its core it kept busy."""
    lines = [["", "", "CPU µs", "± half IQR", "core busy"], ["---", "---", "--:", "--:", "--:"]]
    for row, title in section.rows.items():
        for entry in section.entries:
            cell = section.cell(entry.name, row)
            if cell is not None:
                figures = [f"{cell.cpu:.2f}", f"{cell.spread:.2f}", f"{cell.busy:.0%}"]
                lines.append([title, entry.title, *figures])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(section: Section, peer: str, row: str) -> Cell | None:
    return next(entry.cells.get(row) for entry in section.entries if entry.name == peer)


def _both(cell: Cell | None) -> str:
    """CPU and rate; a dash where the implementation has no such operation."""
    if cell is None:
        return "–"
    if not cell.measured:
        return f"not run: {cell.not_run or 'no round ended'}".replace("|", "\\|")
    return f"**{cell.cpu:.2f}** · {cell.rate:,.0f}/s"


def _ratio(section: Section, reference: str, row: str) -> str:
    ours, theirs = section.cell(ZONDA, row), section.cell(reference, row)
    return f"{theirs.cpu / ours.cpu:.1f}×" if ours and theirs else "–"
