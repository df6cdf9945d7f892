import json
import subprocess
import sys

import pytest

from benchmarks.processes import ROOT
from benchmarks.runtime.rows import ASYNCIO, ZONDA
from benchmarks.runtime.workloads import TURN


@pytest.mark.parametrize("package", [ZONDA, ASYNCIO])
@pytest.mark.parametrize("row", ["echo", "blocks"])
def test_streams_carry_what_was_sent(package: str, row: str) -> None:
    # A process of its own, as in a measurement: it leaves its connections open.
    command = [sys.executable, "-m", "benchmarks.runtime.child", package, row, "0.01"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["requests"] >= TURN
