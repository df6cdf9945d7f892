"""Servers side by side: all started, then short rounds interleaved over the peers, row by row."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.cpu import cores
from benchmarks.environment import Environment, compile_epoll
from benchmarks.load import run_wrk
from benchmarks.materials import CERTIFICATE, KEY, make_files
from benchmarks.peers import Peer
from benchmarks.processes import NotRun, Server
from benchmarks.results import Cell, Entry, Round
from benchmarks.rows import Row
from benchmarks.validate import validate

WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure: rounds of so many whole seconds each."""

    rounds: int
    seconds: int


def command(peer: Peer, environment: Environment) -> list[str]:
    """The command line of a server; ``PORT`` stands for the port."""
    if not peer.program:
        return [str(compile_epoll(environment.out)), "PORT"]
    module, *arguments = peer.program
    return [str(environment.python), "-m", f"benchmarks.servers.{module}", "PORT", *arguments]


def start(
    peer: Peer, environment: Environment, core: int, stack: ExitStack, *, tls: bool = False
) -> Server:
    """Start one server; the stack ends it."""
    environment.require(peer.requires)
    environment.require_kernel(peer.kernel)
    env = peer.env
    if tls:
        if not peer.tls:
            raise NotRun("this program has no TLS")
        env = {**env, "BENCHMARK_CERTIFICATE": str(CERTIFICATE), "BENCHMARK_KEY": str(KEY)}
    log = environment.out / "logs" / f"{peer.name}{'-tls' if tls else ''}.log"
    server = Server(command(peer, environment), log=log, core=core, env=env, tls=tls)
    return stack.enter_context(server)


def measure(
    peers: list[Peer],
    rows: list[Row],
    plan: Plan,
    environment: Environment,
    say: Callable[[str], None],
) -> list[Entry]:
    """Measure every peer in every row; failures become ``not_run`` cells."""
    entries = {
        peer.name: Entry(peer.name, peer.title, version(peer, environment)) for peer in peers
    }
    make_files(environment.out)
    for tls in (False, True):
        if asked := [row for row in rows if row.tls is tls]:
            _measure_rows(asked, peers, entries, plan, environment, say, tls=tls)
    return list(entries.values())


def _measure_rows(
    rows: list[Row],
    peers: list[Peer],
    entries: dict[str, Entry],
    plan: Plan,
    environment: Environment,
    say: Callable[[str], None],
    *,
    tls: bool,
) -> None:
    """Measure rows that are all over TLS, or none of them."""
    core, load_core = cores()
    with ExitStack() as stack:
        running: list[tuple[Peer, Server]] = []
        for peer in peers:
            try:
                server = start(peer, environment, core, stack, tls=tls)
            except NotRun as reason:
                say(f"{peer.name}: not run: {reason}")
                entries[peer.name].cells |= {row.name: Cell(not_run=str(reason)) for row in rows}
            else:
                running.append((peer, server))
        for row in rows:
            cells = _measure_row(row, running, plan, load_core, say)
            for name, cell in cells.items():
                entries[name].cells[row.name] = cell


def version(peer: Peer, environment: Environment) -> str:
    """The version of the distribution that a peer is about."""
    return environment.versions.get(peer.requires[0], "") if peer.requires else ""


def _measure_row(
    row: Row,
    running: list[tuple[Peer, Server]],
    plan: Plan,
    load_core: int,
    say: Callable[[str], None],
) -> dict[str, Cell]:
    cells = {peer.name: Cell() for peer, _ in running}
    for turn in range(plan.rounds + 1):
        for peer, server in running:
            cell = cells[peer.name]
            if cell.not_run is not None:
                continue
            try:
                if row.name in peer.lacks:
                    raise NotRun("has nothing for this")
                if turn == 0:
                    validate(server.port, row, full_handler=peer.full_handler)
                    run_wrk(server.url, row, WARM_UP_SECONDS, load_core)
                else:
                    cell.rounds.append(_round(server, row, plan.seconds, load_core))
            except NotRun as reason:
                cell.not_run = str(reason)
                say(f"{row.name} {peer.name}: not run: {reason}")
        say(f"servers, {row.name}: " + (f"round {turn} of {plan.rounds}" if turn else "warm-up"))
    return cells


def _round(server: Server, row: Row, seconds: int, load_core: int) -> Round:
    cpu, user = server.cpu()
    load = run_wrk(server.url, row, seconds, load_core)
    cpu_after, user_after = server.cpu()
    return Round(
        load.requests, load.seconds, cpu_after - cpu, user_after - user, load.p50, load.p99
    )
