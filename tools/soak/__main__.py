"""``python -m tools.soak``: attack a server in every way of `tools.soak.scenarios`.

``--other PYTHON`` names an interpreter with Tornado, which then gets the same treatment;
``--out docs/reliability.md`` writes the table. Bounded in count and time: a few minutes.
"""

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.soak import scenarios
from tools.soak.report import Outcome, write
from tools.soak.scenarios import ENTRIES, Entry, Failed
from tools.soak.target import Target, faked_clock, python_of, serving

#: What a server may have more after an attack than before, once warm.
MEMORY_SLACK = 12_000_000
DESCRIPTOR_SLACK = 2
#: Seconds for a scenario, and for memory and descriptors to return.
LIMIT = 180.0
PATIENCE = 8.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    arguments = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    arguments.add_argument("--only", action="append", metavar="TEXT", help="in the name")
    arguments.add_argument("--other", metavar="PYTHON", help="an interpreter that has Tornado")
    arguments.add_argument("--gigabytes", type=int, default=2, help="of large bodies; default: 2")
    arguments.add_argument("--out", type=Path, help="where to write the table")
    return arguments


@contextlib.contextmanager
def full_disk() -> Iterator[str | None]:
    """A folder with room for a megabyte; None where none can be made."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
        try:
            done = subprocess.run(mount, capture_output=True, check=False)
        except OSError:
            yield None
            return
        if done.returncode:
            yield None
            return
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=False)


async def attack(entry: Entry, package: str, python: str, full: str | None) -> Outcome:
    """One scenario against one server."""
    clock = None
    if entry.clock:
        clock = Path(tempfile.gettempdir()) / f"zonda-soak-clock-{os.getpid()}"
        clock.write_text("+0")
        try:
            faked_clock(clock)
        except FileNotFoundError:
            return Outcome(entry.name, entry.promise, None, "needs libfaketime")
    if "@full" in entry.options and full is None:
        return Outcome(entry.name, entry.promise, None, "needs to mount a small file system")
    options = [full if option == "@full" else option for option in entry.options]
    begun = time.monotonic()
    try:
        async with serving(package, python, *options, clock=clock) as target:
            for _ in range(20):  # a server that is warm
                await target.ask("/")
            before = await target.figures() if entry.returns else {}
            figures = await asyncio.wait_for(entry.run(target), LIMIT)
            if entry.returns:
                await returned(target, before)
    except Failed as failure:
        return Outcome(entry.name, entry.promise, False, str(failure))
    except TimeoutError:
        return Outcome(
            entry.name, entry.promise, False, f"stuck for {time.monotonic() - begun:.0f} s"
        )
    except (OSError, EOFError, IndexError, ValueError) as error:
        return Outcome(entry.name, entry.promise, False, f"{type(error).__name__}: {error}")
    return Outcome(entry.name, entry.promise, True, figures)


async def returned(target: Target, before: dict[str, float]) -> None:
    """Wait until memory and descriptors are where they were."""
    deadline = time.monotonic() + PATIENCE
    while True:
        after = await target.figures()
        memory = after["memory"] - before["memory"]
        descriptors = after["descriptors"] - before["descriptors"]
        if memory < MEMORY_SLACK and descriptors <= DESCRIPTOR_SLACK:
            return
        if time.monotonic() > deadline:
            raise Failed(f"{memory / 1e6:+.0f} MB and {descriptors:+.0f} descriptors are left")
        await asyncio.sleep(0.2)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the scenarios; 1 if Zonda failed in one."""
    arguments = parser().parse_args(argv)
    scenarios.GIGABYTES = arguments.gigabytes
    packages = ["zonda", "tornado"] if arguments.other else ["zonda"]
    outcomes: dict[str, list[Outcome]] = {package: [] for package in packages}
    with full_disk() as full:
        for entry in ENTRIES:
            if arguments.only and not any(text in entry.name for text in arguments.only):
                continue
            for package in packages:
                python = python_of(package, arguments.other)
                assert python is not None
                outcome = asyncio.run(attack(entry, package, python, full))
                outcomes[package].append(outcome)
                print(f"{package:8}{outcome}", flush=True)
    if arguments.out is not None:
        write(arguments.out, outcomes)
    failed = sum(outcome.ok is False for outcome in outcomes["zonda"])
    print(f"{sum(o.ok is True for o in outcomes['zonda'])} passed, {failed} failed")
    return 1 if failed or (os.environ.get("CI") == "true" and _skipped(outcomes["zonda"])) else 0


def _skipped(outcomes: list[Outcome]) -> bool:
    return any(outcome.ok is None for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
