"""The WebSocket figures as Markdown: a line per server, a column per row."""

from benchmarks.results import Cell, Section
from benchmarks.websocket.peers import TORNADO

SAYS = """\
Each cell: **CPU µs per message** (user + system time of the server's whole process tree, divided
by the messages that came back or reached a member of the room) · messages per second. One worker on
one core, a load generator in C on another; medians of rounds interleaved over all servers. Idle
connections: **KiB** each one keeps · CPU µs to open it. `×` is how many times less than Tornado.
picows and Granian do not compress."""


def overview(section: Section) -> str:
    """All servers, the cheapest echo first, and how many times ours Tornado needs."""
    lead = next(iter(section.rows))
    ratio = section.cell(TORNADO, lead) is not None
    lines = [["", *section.rows.values()], ["---", *["--:"] * len(section.rows)]]

    def place(name: str) -> float:
        cell = section.cell(name, lead)
        return float("inf") if cell is None else cell.cpu

    for entry in sorted(section.entries, key=lambda entry: place(entry.name)):
        title = f"{entry.title} {entry.version}".strip()
        cells = [
            _both(entry.cells.get(row), section.cell(TORNADO, row) if ratio else None)
            for row in section.rows
        ]
        lines.append([f"**{title}**" if entry.name.startswith("zonda") else title, *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def details(section: Section) -> str:
    """The spread of every cell, how busy the server's core was, and latencies."""
    head = ["", "", "CPU µs", "± half IQR", "core busy", "p50 µs", "p99 µs"]
    lines = [head, ["---", "---", *["--:"] * 5]]
    for row, title in section.rows.items():
        for entry in section.entries:
            cell = section.cell(entry.name, row)
            if cell is not None:
                latencies = [cell.latency("p50"), cell.latency("p99")]
                shown = ["–" if value is None else f"{value:,.0f}" for value in latencies]
                figures = [f"{cell.cpu:.2f}", f"{cell.spread:.2f}", f"{cell.busy:.0%}", *shown]
                lines.append([title, entry.title, *figures])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _both(cell: Cell | None, tornado: Cell | None) -> str:
    if cell is None:
        return "–"
    if not cell.measured:
        return f"not run: {cell.not_run or 'no round ended'}".replace("|", "\\|")
    if cell.kib is not None:
        return f"**{cell.kib:.1f}** KiB · {cell.cpu:.0f}"
    shown = f"**{cell.cpu:.1f}** · {cell.rate:,.0f}/s"
    return f"{shown} · {tornado.cpu / cell.cpu:.1f}×" if tornado else shown
