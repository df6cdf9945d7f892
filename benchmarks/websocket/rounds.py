"""WebSocket servers side by side: all started, then short rounds interleaved, row by row."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cpu import cores, tree
from benchmarks.environment import Environment
from benchmarks.peers import Peer
from benchmarks.processes import NotRun, Server
from benchmarks.results import Cell, Entry, Round
from benchmarks.server_rounds import Plan, version
from benchmarks.websocket.load import Load, compile_load
from benchmarks.websocket.rows import ROWS, Row
from benchmarks.websocket.validate import validate


def measure(
    peers: list[Peer],
    rows: list[Row],
    plan: Plan,
    environment: Environment,
    say: Callable[[str], None],
) -> list[Entry]:
    """Measure every server in every row; failures become ``not_run`` cells."""
    entries = {
        peer.name: Entry(peer.name, peer.title, version(peer, environment)) for peer in peers
    }
    core, load_core = cores()
    load = compile_load(environment.out)
    with ExitStack() as stack:
        running: list[tuple[Peer, Server]] = []
        for peer in peers:
            try:
                running.append((peer, _start(peer, environment, core, stack)))
            except NotRun as reason:
                say(f"{peer.name}: not run: {reason}")
                entries[peer.name].cells = {row.name: Cell(not_run=str(reason)) for row in rows}
        for row in rows:
            cells = _measure_row(row, running, plan, load, load_core, say)
            for name, cell in cells.items():
                entries[name].cells[row.name] = cell
    return list(entries.values())


def _start(peer: Peer, environment: Environment, core: int, stack: ExitStack) -> Server:
    environment.require(peer.requires)
    environment.require_kernel(peer.kernel)
    module, *arguments = peer.program
    command = [str(environment.python), "-m", f"benchmarks.websocket.servers.{module}"]
    log = environment.out / "logs" / f"websocket-{peer.name}.log"
    server = Server([*command, "PORT", *arguments], log=log, core=core, env=peer.env)
    return stack.enter_context(server)


def _measure_row(
    row: Row,
    running: list[tuple[Peer, Server]],
    plan: Plan,
    load: Path,
    core: int,
    say: Callable[[str], None],
) -> dict[str, Cell]:
    cells = {peer.name: Cell() for peer, _ in running}
    # Memory of closed connections is used again: only the first look is at new ones.
    rounds = 1 if row.kind == "idle" else plan.rounds
    for turn in range(1, rounds + 1):
        for peer, server in running:
            cell = cells[peer.name]
            if cell.not_run is not None:
                continue
            try:
                if turn == 1:
                    validate(server.port, row)
                look = _idle if row.kind == "idle" else _round
                cell.rounds.append(look(server, row, plan, load, core))
            except NotRun as reason:
                cell.not_run = str(reason)
                say(f"{row.name} {peer.name}: not run: {reason}")
        say(f"websocket, {row.name}: round {turn} of {rounds}")
    return cells


def _round(server: Server, row: Row, plan: Plan, program: Path, core: int) -> Round:
    with Load(program, server.port, row, plan.seconds, core) as load:
        cpu, user = server.cpu()
        seen = load.measure()
        cpu_after, user_after = server.cpu()
    return Round(
        seen["requests"],
        seen["seconds"],
        cpu_after - cpu,
        user_after - user,
        seen["p50"],
        seen["p99"],
    )


def _idle(server: Server, row: Row, plan: Plan, program: Path, core: int) -> Round:
    """What connections that do nothing cost: CPU to open them, memory to keep them."""
    with Load(program, server.port, ROWS["ws-echo"], 0, core):
        pass  # what a server loads for its first connections is not theirs
    time.sleep(0.5)
    before, (cpu, user), started = memory(server), server.cpu(), time.perf_counter()
    with Load(program, server.port, row, 0, core):
        seconds = time.perf_counter() - started
        cpu_after, user_after = server.cpu()
        kib = (memory(server) - before) / row.connections
    return Round(row.connections, seconds, cpu_after - cpu, user_after - user, kib=kib)


def memory(server: Server) -> float:
    """KiB of a server's process tree that it shares with nobody."""
    total = 0
    for pid in tree(server.pid):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_"):
                total += int(line.split()[1])
    return float(total)
