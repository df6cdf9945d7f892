"""Runs the workloads in child processes and collects what they count."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ROOT, last_words

SOURCE = Path(__file__).with_name("counters.c")
OUT = ROOT / "benchmarks" / "out"
#: Requests per workload: allocations are counted at full speed, instructions 50 times slower.
ALLOCATION_COUNT = 2000
INSTRUCTION_COUNT = 200
TIMEOUT = 300

_PROFILE = re.compile(r"^desc: Trigger: Client Request: (\S+)$", re.MULTILINE)
# Not "summary:", which callgrind 3.19 gets wrong from the second profile on.
_TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Count:
    """What one request of a workload costs.

    Attributes:
        allocations: calls of CPython's allocators that are not served by a free list.
        retained: memory blocks left behind; a leak unless it is 0.
        instructions: of the CPU, in user mode; None when they were not counted.
    """

    allocations: float
    retained: float
    instructions: int | None = None


class CannotCount(Exception):
    """What is missing, and how to get it."""


def count(
    names: Sequence[str], kernel: str, *, instructions: bool, package: str = "zonda"
) -> dict[str, Count]:
    """Count every named workload on one kernel (``native`` or ``pure``).

    Raises:
        CannotCount: a tool, the kernel or the package is missing.
    """
    library = _library()
    found = _child([], library, "allocations", package, ALLOCATION_COUNT, names, kernel)
    per_request = _instructions(library, package, names, kernel) if instructions else {}
    return {
        name: Count(**found["counted"][name], instructions=per_request.get(name)) for name in names
    }


def build() -> str:
    """What instruction counts depend on, besides our code: the interpreter's build."""
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return f"{sys.version} {sysconfig.get_platform()} {options}"


def _library() -> Path:
    """The counters as a shared library for this interpreter, compiled when needed."""
    path = OUT / f"counters-{sys.implementation.cache_tag}.so"
    if path.exists() and path.stat().st_mtime > SOURCE.stat().st_mtime:
        return path
    for tool, package in (("cc", "gcc"), ("valgrind", "valgrind")):
        if not shutil.which(tool):
            raise CannotCount(f"{tool} not found: apt-get install {package}")
    OUT.mkdir(parents=True, exist_ok=True)
    include = sysconfig.get_path("include")
    command = ["cc", "-O2", "-shared", "-fPIC", f"-I{include}", "-o", str(path), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CannotCount(f"cannot compile {SOURCE.name}: {last_words(done.stderr, 'no message')}")
    return path


def _child(
    before: list[str],
    library: Path,
    what: str,
    package: str,
    many: int,
    names: Sequence[str],
    kernel: str,
) -> dict[str, dict[str, dict[str, float]]]:
    command = [*before, sys.executable, "-m", "benchmarks.budgets.child", str(library), what]
    command += [package, str(many), *names]
    env = {**os.environ, "PYTHONHASHSEED": "0", "ZONDA_PURE": "1" if kernel == "pure" else ""}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=env, timeout=TIMEOUT
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise CannotCount(last_words(done.stderr, f"ended with status {done.returncode}"))
    answer = json.loads(lines[-1])
    if package == "zonda" and answer["kernel"] != kernel:
        raise CannotCount(
            f"the {kernel} kernel is not built here: python setup.py build_ext --inplace"
        )
    return dict(answer)


def _instructions(library: Path, package: str, names: Sequence[str], kernel: str) -> dict[str, int]:
    if not shutil.which("valgrind"):
        raise CannotCount("valgrind not found: apt-get install valgrind")
    with tempfile.TemporaryDirectory() as folder:
        before = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no"]
        before.append(f"--callgrind-out-file={folder}/profile")
        _child(before, library, "instructions", package, INSTRUCTION_COUNT, names, kernel)
        return _profiles(Path(folder))


def _profiles(folder: Path) -> dict[str, int]:
    """Instructions per request by workload, from the profiles that callgrind wrote."""
    found = {}
    for path in folder.iterdir():
        text = path.read_text()
        name, total = _PROFILE.search(text), _TOTAL.search(text)
        if name and total:
            found[name[1]] = round(int(total[1]) / INSTRUCTION_COUNT)
    return found
