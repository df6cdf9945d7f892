"""Twice the input takes at most two and a half times the instructions, and the memory."""

import gc
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from benchmarks.budgets.count import _PROFILE, _TOTAL, CannotCount, _library
from tests.hardening.linear import SIZE, WORK, work

ROOT = Path(__file__).resolve().parents[2]
#: What is counted for nearly nothing says nothing about growth.
FEW_INSTRUCTIONS, FEW_BYTES = 20_000, 20_000
IDS = [f"{name}, {unit}" for name, unit in WORK]


@pytest.fixture(scope="module")
def instructions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Instructions of each input at each size, by callgrind: the machine's mood does not matter."""
    try:
        library = _library()
    except CannotCount as missing:
        pytest.skip(f"needs more: {missing}")
    folder = tmp_path_factory.mktemp("profiles")
    command = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no"]
    command += [f"--callgrind-out-file={folder}/profile", sys.executable]
    command += ["-m", "tests.hardening.linear", str(library)]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": path}
    done = subprocess.run(command, cwd=ROOT, env=env, timeout=600, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = {}
    for profile in folder.iterdir():
        text = profile.read_text()
        name, total = _PROFILE.search(text), _TOTAL.search(text)
        if name and total:
            found[name[1]] = int(total[1])
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(len(WORK)), ids=IDS)
def test_time_is_linear(number: int, instructions: dict[str, int]) -> None:
    once, twice = instructions[f"{number}x1"], instructions[f"{number}x2"]
    assert twice <= 2.5 * once + FEW_INSTRUCTIONS, twice / once


@pytest.mark.parametrize(("name", "unit"), WORK, ids=IDS)
def test_memory_is_linear(name: str, unit: str) -> None:
    def peak(size: int) -> int:
        run = work(name, unit, size)
        run()
        gc.collect()
        tracemalloc.start()
        try:
            run()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    once, twice = peak(SIZE), peak(2 * SIZE)
    assert twice <= 2.5 * once + FEW_BYTES, twice / once
