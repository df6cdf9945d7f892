"""Runtime rows side by side: a process per round, interleaved over the implementations."""

import json
import subprocess
from collections.abc import Callable

from benchmarks.client_rounds import SLACK
from benchmarks.cpu import cores
from benchmarks.environment import Environment
from benchmarks.peers import Peer
from benchmarks.processes import ROOT, NotRun, clean_environment, last_words, pinned
from benchmarks.results import Cell, Entry, Round
from benchmarks.runtime.rows import ASYNCIO, Row
from benchmarks.server_rounds import Plan, version


def measure(
    peers: list[Peer],
    rows: list[Row],
    plan: Plan,
    environment: Environment,
    say: Callable[[str], None],
) -> list[Entry]:
    """Measure every implementation in every row; failures become ``not_run`` cells."""
    entries = [Entry(peer.name, peer.title, version(peer, environment)) for peer in peers]
    core, _ = cores()
    for row in rows:
        taking_part = [
            (peer, entry.cells.setdefault(row.name, Cell()))
            for peer, entry in zip(peers, entries, strict=True)
            if row.asyncio or peer.name != ASYNCIO
        ]
        for turn in range(1, plan.rounds + 1):
            for peer, cell in taking_part:
                if cell.not_run is not None:
                    continue
                try:
                    cell.rounds.append(_round(peer, row, plan, environment, core))
                except NotRun as reason:
                    cell.not_run = str(reason)
                    say(f"{row.name} {peer.name}: not run: {reason}")
            say(f"runtime, {row.name}: round {turn} of {plan.rounds}")
    return entries


def _round(peer: Peer, row: Row, plan: Plan, environment: Environment, core: int) -> Round:
    environment.require(peer.requires)
    environment.require_kernel(peer.kernel)
    command = [str(environment.python), "-m", "benchmarks.runtime.child"]
    command += [*peer.program, row.name, str(plan.seconds)]
    try:
        done = subprocess.run(
            pinned(command, core),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=clean_environment(peer.env),
            stdin=subprocess.DEVNULL,
            timeout=plan.seconds + SLACK,
        )
    except subprocess.TimeoutExpired:
        raise NotRun(f"did not end within {plan.seconds + SLACK} s") from None
    if done.returncode:
        raise NotRun(last_words(done.stderr, f"ended with status {done.returncode}"))
    return Round(**json.loads(done.stdout))
