"""``python -m benchmarks``: measure peers side by side, write table, chart and raw figures."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from benchmarks import chart, client_rounds, readme, server_rounds, table
from benchmarks.client_rounds import FLIGHTS
from benchmarks.environment import BENCHMARKS, Environment, machine, prepare
from benchmarks.load import missing_tools
from benchmarks.peers import CLIENTS, SERVERS, Peer, matching
from benchmarks.processes import ROOT
from benchmarks.results import Results, Section
from benchmarks.rows import ROWS
from benchmarks.runtime import rounds as runtime_rounds
from benchmarks.runtime import rows as runtime
from benchmarks.server_rounds import Plan
from benchmarks.websocket import peers as websocket
from benchmarks.websocket import rounds as websocket_rounds
from benchmarks.websocket.rows import ROWS as WEBSOCKET

OUT = BENCHMARKS / "out"
FULL = Plan(rounds=5, seconds=2)
QUICK = Plan(rounds=3, seconds=1)
QUICK_ROWS = ["plaintext", "fifty"]
ONLY = {
    "server": "servers",
    "client": "clients",
    "runtime": "streams, loop, coroutines, queues and locks",
    "websocket": "WebSocket servers",
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    names = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = names.add_argument
    add("--quick", action="store_true", help="plaintext and 50 in flight only, three short rounds")
    side = names.add_mutually_exclusive_group()
    for only, what in ONLY.items():
        side.add_argument(f"--{only}-only", action="store_true", help=f"measure {what} alone")
    add("--rows", type=_words, help=f"of {', '.join([*ROWS, *FLIGHTS, *runtime.ROWS, *WEBSOCKET])}")
    add("--peers", type=_words, help="names, or the first words of them (zonda, tornado)")
    add("--rounds", type=int, help="rounds per row and peer")
    add("--seconds", type=int, help="seconds per round")
    add("--out", type=Path, default=OUT, help="where results go (default: benchmarks/out)")
    add("--venv", type=Path, default=OUT / "venv", help="environment of the peers, made on demand")
    add("--readme", action="store_true", help="also write the table into README.md")
    add("--render", action="store_true", help="measure nothing, draw the stored results again")
    add("--list", action="store_true", help="print the names of rows and peers and stop")
    return names


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _check_names(rows: list[str] | None, peers: list[str] | None) -> None:
    known = {*ROWS, *FLIGHTS, *runtime.ROWS, *WEBSOCKET}
    unknown = [row for row in rows or [] if row not in known]
    every = (*SERVERS, *CLIENTS, *runtime.PEERS, *websocket.PEERS)
    unknown += [name for name in peers or [] if not matching(every, [name])]
    if unknown:
        raise SystemExit(f"unknown: {', '.join(unknown)}; --list prints every name")


def _list() -> None:
    for title, names in (
        ("server rows", list(ROWS)),
        ("client rows", list(FLIGHTS)),
        ("runtime rows", list(runtime.ROWS)),
        ("WebSocket rows", list(WEBSOCKET)),
        ("servers", [peer.name for peer in SERVERS]),
        ("clients", [peer.name for peer in CLIENTS]),
        ("runtime", [peer.name for peer in runtime.PEERS]),
        ("WebSocket servers", [peer.name for peer in websocket.PEERS]),
    ):
        print(f"{title}: {', '.join(names)}")


def _plan(options: argparse.Namespace) -> Plan:
    base = QUICK if options.quick else FULL
    return Plan(options.rounds or base.rounds, options.seconds or base.seconds)


def _section(environment: Environment, rows: dict[str, str]) -> Section:
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Section(when, machine(), environment.versions["python"], rows)


def measure(options: argparse.Namespace, results: Results) -> None:
    """Run what was asked for and put it into the results; keep each side once it is measured."""
    kept = options.out / "results.json"
    wanted = _wanted_rows(options)
    rows = [ROWS[name] for name in ROWS if name in wanted]
    flights = [FLIGHTS[name] for name in FLIGHTS if name in wanted]
    operations = [runtime.ROWS[name] for name in runtime.ROWS if name in wanted]
    servers = matching(SERVERS, options.peers) if rows else []
    clients = matching(CLIENTS, options.peers) if flights else []
    implementations = matching(runtime.PEERS, options.peers) if operations else []
    loads = [WEBSOCKET[name] for name in WEBSOCKET if name in wanted]
    sockets = matching(websocket.PEERS, options.peers) if loads else []
    peers = [*servers, *clients, *implementations, *sockets]
    if not peers:
        raise SystemExit("nothing to measure: these rows, peers and sides have nothing in common")
    environment = prepare(options.venv, OUT, zonda=_has_zonda(peers))
    plan, started = _plan(options), time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - started:5.0f} s] {line}", file=sys.stderr, flush=True)

    if servers:
        section = _section(environment, {row.name: row.title for row in rows})
        section.entries = server_rounds.measure(servers, rows, plan, environment, say)
        results.servers = section
        results.save(kept)
    if clients:
        section = _section(environment, {flight.name: flight.title for flight in flights})
        section.entries = client_rounds.measure(clients, flights, plan, environment, say)
        results.clients = section
        results.save(kept)
    if implementations:
        section = _section(environment, {row.name: row.title for row in operations})
        section.entries = runtime_rounds.measure(
            implementations, operations, plan, environment, say
        )
        results.runtime = section
        results.save(kept)
    if sockets:
        section = _section(environment, {row.name: row.title for row in loads})
        section.entries = websocket_rounds.measure(sockets, loads, plan, environment, say)
        results.websocket = section
        results.save(kept)


def _wanted_rows(options: argparse.Namespace) -> list[str]:
    """The rows that ``--rows``, ``--quick`` and ``--...-only`` leave."""
    sides = {
        "server": list(ROWS),
        "client": list(FLIGHTS),
        "runtime": list(runtime.ROWS),
        "websocket": list(WEBSOCKET),
    }
    chosen = [name for name in sides if getattr(options, f"{name}_only")] or list(sides)
    left = [row for name in chosen for row in sides[name]]
    if options.rows:
        return [row for row in left if row in options.rows]
    quick = options.quick and chosen not in (["runtime"], ["websocket"])
    return [row for row in left if row in QUICK_ROWS] if quick else left


def _has_zonda(peers: Sequence[Peer]) -> bool:
    return any("zonda" in peer.requires for peer in peers)


def _leave(number: int, frame: object) -> NoReturn:
    """End by an exception, so that every started process is ended on the way out."""
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write; see ``--help``."""
    options = parser().parse_args(arguments)
    if options.list:
        _list()
        return
    _check_names(options.rows, options.peers)
    results = Results.load(options.out / "results.json")
    if not options.render:
        if missing := missing_tools(runtime_only=options.runtime_only):
            raise SystemExit("\n".join(missing))
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)
        measure(options, results)
    document = table.document(results)
    (options.out / "table.md").write_text(document)
    (options.out / "chart.svg").write_text(chart.draw(results))
    if options.readme:
        readme.update(ROOT / "README.md", table.summary(results))
    print(document)


if __name__ == "__main__":
    main()
