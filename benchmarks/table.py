"""The figures as Markdown: a summary for the README, then every row with its spread."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.peers import FLOOR, TORNADO_CLIENT, TORNADO_SERVER
from benchmarks.results import Cell, Entry, Results, Section
from benchmarks.runtime import table as runtime
from benchmarks.runtime.rows import TORNADO as TORNADO_RUNTIME
from benchmarks.websocket import table as websocket

SERVERS_SAY = """\
Each cell: **CPU µs per request** (user + system time of the server's whole process tree,
divided by the requests it answered) · requests per second. One worker on one core, `wrk` with 64
keep-alive connections and seven browser headers on another, whose own speed bounds the requests
per second of the fastest; medians of rounds interleaved over all servers. Tornado's and Zonda's
handlers are full `RequestHandler`s with ETag and Date; "raw" has no framework."""

CLIENTS_SAY = """\
Each cell: **CPU µs per fetch** (user + system time of the client process) · fetches per second,
over HTTP/1.1 from a C server on another core, with so many fetches in flight: of 13 bytes over kept
connections unless the heading says otherwise. Large bodies go piece by piece; no certificate is
checked."""

_UNDISTURBED = 0.95
#: Rows in which a client waits for its only fetch, or a server for the last member of a room.
_ALONE = ("one", "down", "up", "ws-room", "ws-idle")
_DISTURBED = "other programs took a part of the measured core; measure again on a quiet machine"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a detail table: its heading and what it shows of a cell."""

    title: str
    show: Callable[[Cell], str]


def summary(results: Results) -> str:
    """What goes into the README: a table for servers, one for clients, one for the runtime."""
    parts = []
    for title, says, section, floor, tornado in (
        ("Servers", SERVERS_SAY, results.servers, FLOOR, TORNADO_SERVER),
        ("Clients", CLIENTS_SAY, results.clients, None, TORNADO_CLIENT),
    ):
        if section:
            parts += [f"### {title}", says, _overview(section, floor, tornado)]
            parts.append(f"<sub>{provenance(section)}</sub>")
    if results.runtime:
        parts += ["### Runtime", runtime.SAYS, runtime.overview(results.runtime)]
        parts.append(f"<sub>{provenance(results.runtime)}</sub>")
    if results.websocket:
        parts += ["### WebSocket", websocket.SAYS, websocket.overview(results.websocket)]
        parts.append(f"<sub>{provenance(results.websocket)}</sub>")
    return "\n\n".join(parts)


def document(results: Results) -> str:
    """The whole of ``table.md``: the summary, then each row on its own."""
    parts = ["# Zonda and its peers", summary(results)]
    if results.servers:
        parts.append(_details(results.servers, "Servers", FLOOR, TORNADO_SERVER))
    if results.clients:
        parts.append(_details(results.clients, "Clients", None, TORNADO_CLIENT))
    if results.runtime:
        parts += ["## Runtime, row by row", runtime.details(results.runtime)]
    if results.websocket:
        parts += ["## WebSocket, row by row", websocket.details(results.websocket)]
    return "\n\n".join(parts) + "\n"


def provenance(section: Section) -> str:
    """Where and when a section was measured, in one line."""
    machine = section.machine
    rounds = max((len(c.rounds) for e in section.entries for c in e.cells.values()), default=0)
    alone = machine["cores"] == "1"
    cores = "1 core, shared with the load" if alone else f"{machine['cores']} cores"
    where = (
        f"{section.when}, CPython {section.python}, {machine['cpu']}, {cores}, "
        f"{machine['system']}; {rounds} rounds; load average at the start {machine['load']}"
    )
    return f"{where}. **Disturbed: {_DISTURBED}**" if disturbed(section) else where


def disturbed(section: Section) -> bool:
    """Whether other programs had a part of the measured core.

    Tornado is told by it: with many requests under way it keeps a core busy throughout.
    """
    rows = [row for row in section.rows if row not in _ALONE]
    names = (TORNADO_SERVER, TORNADO_CLIENT, TORNADO_RUNTIME)
    references = [section.cell(name, row) for name in names for row in rows]
    return any(cell is not None and cell.busy < _UNDISTURBED for cell in references)


def ordered(section: Section, row: str) -> list[Entry]:
    """Cheapest first by one row; what was not measured comes last."""

    def place(entry: Entry) -> tuple[bool, float]:
        cell = entry.cells.get(row)
        measured = cell is not None and cell.measured
        return (not measured, cell.cpu if cell is not None and measured else 0.0)

    return sorted(section.entries, key=place)


def named(entry: Entry) -> str:
    """Title and version; ours in bold."""
    name = f"{entry.title} {entry.version}".strip()
    return f"**{name}**" if entry.name.startswith("zonda") else name


def microseconds(value: float) -> str:
    """Three significant figures, never an exponent."""
    return f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def per_second(value: float) -> str:
    """A rate; the slow ones with a decimal."""
    return f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def _table(head: list[str], body: list[list[str]]) -> str:
    align = ["---"] + ["--:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, align, *body))


def _ratios(section: Section, floor: str | None, tornado: str, row: str) -> list[Column]:
    """How many times the floor's CPU it needs, and how many times less than Tornado."""
    columns = []
    if floor and (least := section.cell(floor, row)):
        columns.append(Column("vs C", lambda cell: f"{cell.cpu / least.cpu:.1f}×"))
    if most := section.cell(tornado, row):
        columns.append(Column("Tornado needs", lambda cell: f"{most.cpu / cell.cpu:.1f}×"))
    return columns


def _overview(section: Section, floor: str | None, tornado: str) -> str:
    rows = list(section.rows)
    lead = _leading(section)
    ratios = _ratios(section, floor, tornado, lead)
    head = ["", section.rows[lead], *(column.title for column in ratios)]
    head += [section.rows[row] for row in rows if row != lead]
    body = []
    for entry in ordered(section, lead):
        first = entry.cells.get(lead)
        line = [named(entry), _both(first)]
        measured = first is not None and first.measured
        line += [column.show(first) if measured and first else "" for column in ratios]
        line += [_both(entry.cells.get(row)) for row in rows if row != lead]
        body.append(line)
    return _table(head, body)


def _leading(section: Section) -> str:
    """The row that ratios and order go by: plaintext; for clients 50 in flight."""
    for row in ("plaintext", "fifty"):
        if row in section.rows:
            return row
    return next(iter(section.rows))


def _both(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if not cell.measured:
        return f"not run: {_escaped(cell.not_run)}"
    return f"**{microseconds(cell.cpu)}** · {per_second(cell.rate)}/s"


def _escaped(reason: str | None) -> str:
    return (reason or "no round ended").replace("|", "\\|").replace("<", "&lt;")


def _details(section: Section, title: str, floor: str | None, tornado: str) -> str:
    parts = [f"## {title}, row by row", provenance(section)]
    for row, name in section.rows.items():
        columns = _columns(section, floor, tornado, row)
        head = ["", *(column.title for column in columns)]
        body = [_detail(entry, row, columns) for entry in ordered(section, row)]
        parts += [f"### {name}", _table(head, body)]
    return "\n\n".join(parts)


def _columns(section: Section, floor: str | None, tornado: str, row: str) -> list[Column]:
    """The columns of one row's table; those that no peer has a figure for are left out."""
    cells = [cell for entry in section.entries if (cell := entry.cells.get(row)) and cell.measured]
    columns = [
        Column("CPU µs", lambda cell: microseconds(cell.cpu)),
        Column("± half IQR", lambda cell: f"{cell.spread:.1f}"),
        *_ratios(section, floor, tornado, row),
        Column("requests/s", lambda cell: per_second(cell.rate)),
        Column("core busy", lambda cell: f"{cell.busy:.0%}"),
    ]
    figures = (
        ("user µs", operator.attrgetter("user")),
        ("p50 µs", operator.methodcaller("latency", "p50")),
        ("p99 µs", operator.methodcaller("latency", "p99")),
    )
    for title, read in figures:
        if any(read(cell) is not None for cell in cells):
            columns.append(Column(title, partial(_optional, read)))
    return columns


def _detail(entry: Entry, row: str, columns: list[Column]) -> list[str]:
    cell = entry.cells.get(row)
    if cell is None or not cell.measured:
        reason = _escaped(cell.not_run) if cell else "not measured"
        return [named(entry), f"not run: {reason}", *[""] * (len(columns) - 1)]
    return [named(entry), *(column.show(cell) for column in columns)]


def _optional(read: Callable[[Cell], float | None], cell: Cell) -> str:
    value = read(cell)
    return "–" if value is None else microseconds(value)
