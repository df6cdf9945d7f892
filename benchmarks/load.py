"""Load from ``wrk``, which must be cheap enough to keep any server busy from one core."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import NotRun, pinned
from benchmarks.rows import BROWSER_HEADERS, Row

SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk saw: answers, seconds, and latency in microseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float


def missing_tools(*, runtime_only: bool = False) -> list[str]:
    """How to install what a measurement needs and this machine lacks.

    Without servers and clients nothing puts load on anything.
    """
    wanted = {"taskset": "util-linux"}
    if not runtime_only:
        wanted |= {"wrk": "wrk", "cc": "gcc libc6-dev"}
    return [
        f"{tool} not found: apt-get install {package}"
        for tool, package in wanted.items()
        if not shutil.which(tool)
    ]


def run_wrk(url: str, row: Row, seconds: int, core: int) -> Load:
    """Repeat one row's request for so many whole seconds from every connection.

    Raises:
        NotRun: wrk failed, nothing was answered, or anything was answered wrongly.
    """
    command = ["wrk", "-t1", f"-c{row.connections}", f"-d{seconds}s", "-s", str(SCRIPT)]
    for name, value in {**BROWSER_HEADERS, **row.headers}.items():
        command += ["-H", f"{name}: {value}"]
    command += [url + row.path, "--", row.method, row.body.decode(), str(row.upload)]
    try:
        done = subprocess.run(
            pinned(command, core), capture_output=True, text=True, timeout=seconds + 20
        )
    except subprocess.TimeoutExpired:
        raise NotRun("wrk did not end") from None
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise NotRun(f"wrk: {(done.stderr or done.stdout).strip()[:160]}")
    seen = json.loads(lines[-1])
    if seen["wrong"] or not seen["requests"]:
        raise NotRun(f"{seen['wrong']} failures among {seen['requests']} answers")
    return Load(seen["requests"], seen["seconds"], seen["p50"], seen["p99"])
