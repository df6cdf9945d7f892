"""Steps with a name, an exit status and a line in the closing table."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

# What pytest closes with, with or without its frame of "=" signs and its colours.
PYTEST_CLOSING = re.compile(r"\d+ (passed|failed|skipped|error)[^\n=]* in [\d.]+s")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def print_line(text: str) -> None:
    """Print text that ends its own lines, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


@dataclass
class Step:
    """One command to run and, afterwards, what became of it."""

    name: str
    argv: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    seconds: float = 0.0
    note: str = ""

    def run(self, root: Path, show: Callable[[str], object] = print_line) -> int:
        """Run the command, show its lines and keep pytest's closing line as note."""
        show(f"\n== {self.name}\n")
        started = time.monotonic()
        with subprocess.Popen(
            list(self.argv),
            cwd=root,
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                show(line)
                closing = PYTEST_CLOSING.search(ANSI.sub("", line))
                self.note = closing.group() if closing else self.note
        self.status = process.returncode
        self.seconds = time.monotonic() - started
        return self.status


def run_together(steps: Sequence[Step], root: Path) -> None:
    """Run the steps two at a time; show what each one printed when it has ended."""

    def run(step: Step) -> list[str]:
        lines: list[str] = []
        step.run(root, lines.append)
        return lines

    with ThreadPoolExecutor(2) as pool:
        for done in as_completed([pool.submit(run, step) for step in steps]):
            print_line("".join(done.result()))


def report(steps: Sequence[Step]) -> int:
    """Print one line a step; the result is 0 when every step succeeded and 1 otherwise."""
    print()
    for step in steps:
        verdict = "ok" if step.status == 0 else "FAIL" if step.status is not None else "not run"
        print(f"{step.name:<24} {verdict:<8} {step.seconds:6.1f}s  {step.note}".rstrip())
    failed = [step.name for step in steps if step.status != 0]
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall green")
    return 1 if failed else 0
