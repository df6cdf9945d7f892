"""Clients side by side, fetching from a C server: little things at once, or something large."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.cpu import cores
from benchmarks.environment import Environment, compile_origin
from benchmarks.materials import CERTIFICATE, KEY
from benchmarks.peers import Peer
from benchmarks.processes import ROOT, NotRun, Server, clean_environment, last_words, pinned
from benchmarks.results import Cell, Entry, Round
from benchmarks.server_rounds import Plan, version

#: What a client may need besides the measured seconds: start, warm-up, a slow last fetch.
SLACK = 30


@dataclass(frozen=True, slots=True)
class Flight:
    """A row of the client table: what is fetched, and how many fetches are under way at a time.

    ``kind`` is one of ``benchmarks.clients.harness.CHECKS``.
    """

    name: str
    title: str
    in_flight: int
    kind: str = "get"
    path: str = "/"
    tls: bool = False


FLIGHTS: dict[str, Flight] = {
    flight.name: flight
    for flight in (
        Flight("one", "1 in flight", 1),
        Flight("fifty", "50 in flight", 50),
        Flight("hundred", "100 in flight", 100),
        Flight("tls", "TLS, 100 in flight", 100, tls=True),
        Flight("send-json", "POST 1 KB JSON, 100 in flight", 100, "post", "/echo"),
        Flight("cold", "a connection each, 50 in flight", 50, path="/cold"),
        Flight("down", "100 MiB down", 1, "down", "/down"),
        Flight("up", "100 MiB up", 1, "up", "/up"),
    )
}


def measure(
    peers: list[Peer],
    flights: list[Flight],
    plan: Plan,
    environment: Environment,
    say: Callable[[str], None],
) -> list[Entry]:
    """Measure every client in every row; failures become ``not_run`` cells."""
    entries = [Entry(peer.name, peer.title, version(peer, environment)) for peer in peers]
    core, server_core = cores()
    for tls in (False, True):
        chosen = [flight for flight in flights if flight.tls == tls]
        if not chosen:
            continue
        try:
            with serving(environment, server_core, tls=tls) as url:
                for flight in chosen:
                    _measure_row(flight, url, peers, entries, plan, environment, core, say)
        except NotRun as reason:
            say(f"{chosen[0].name}: not run: {reason}")
            for entry in entries:
                entry.cells |= {flight.name: Cell(not_run=str(reason)) for flight in chosen}
    return entries


@contextmanager
def serving(environment: Environment, core: int, *, tls: bool) -> Iterator[str]:
    """The C server, running; gives its URL without a slash at the end."""
    command = [str(compile_origin(environment.out)), "PORT"]
    if tls:
        command += [str(CERTIFICATE), str(KEY)]
    log = environment.out / "logs" / f"origin{'-tls' if tls else ''}.log"
    with Server(command, log=log, core=core) as server:
        yield server.url.replace("http:", "https:") if tls else server.url


def _measure_row(
    flight: Flight,
    url: str,
    peers: list[Peer],
    entries: list[Entry],
    plan: Plan,
    environment: Environment,
    core: int,
    say: Callable[[str], None],
) -> None:
    for entry in entries:
        entry.cells[flight.name] = Cell()
    for turn in range(1, plan.rounds + 1):
        for peer, entry in zip(peers, entries, strict=True):
            cell = entry.cells[flight.name]
            if cell.not_run is not None:
                continue
            try:
                cell.rounds.append(_round(peer, url, flight, plan, environment, core))
            except NotRun as reason:
                cell.not_run = str(reason)
                say(f"{flight.name} {peer.name}: not run: {reason}")
        say(f"clients, {flight.title}: round {turn} of {plan.rounds}")


def _round(
    peer: Peer, url: str, flight: Flight, plan: Plan, environment: Environment, core: int
) -> Round:
    environment.require(peer.requires)
    environment.require_kernel(peer.kernel)
    module, *arguments = peer.program
    command = [str(environment.python), "-m", f"benchmarks.clients.{module}", flight.kind]
    command += [url + flight.path, str(flight.in_flight), str(plan.seconds), *arguments]
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
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise NotRun(last_words(done.stderr, f"ended with status {done.returncode}"))
    return Round(**json.loads(lines[-1]))
