"""One round in a process of its own: ``python -m benchmarks.runtime.child PEER ROW SECONDS``.

Warms up, repeats the row's operation for so many seconds and prints what
`benchmarks.runtime.rounds` reads: operations, wall seconds, CPU seconds.
"""

import asyncio
import inspect
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.runtime import streams, workloads
from benchmarks.runtime.rows import ASYNCIO, ROWS
from benchmarks.runtime.workloads import TURN, Turn, part

WARM_UP = 0.3

#: Makes a row's workload for a package, at once or after connecting.
Maker = Callable[[str], Turn | Awaitable[Turn]]
MAKERS: dict[str, Maker] = {
    name: getattr(streams if name in ("echo", "blocks") else workloads, name.replace("-", "_"))
    for name in ROWS
}


async def repeat(turn: Turn, seconds: float) -> tuple[int, float, float]:
    """Operations done, wall and CPU seconds taken, once so many seconds have passed."""
    turns, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        await turn()
        turns += 1
    return turns * TURN, time.perf_counter() - start, time.process_time() - cpu


async def measure(package: str, row: str, seconds: float) -> dict[str, float]:
    """Warm up and measure one row."""
    made = MAKERS[row](package)
    turn: Turn = await made if inspect.isawaitable(made) else made
    await repeat(turn, WARM_UP)
    operations, wall, cpu = await repeat(turn, seconds)
    return {"requests": operations, "seconds": wall, "cpu": cpu}


def run(package: str, row: str, seconds: float) -> dict[str, float]:
    """Measure in the package's own loop."""
    if package == ASYNCIO:
        return asyncio.run(measure(package, row, seconds))
    loop: Any = part(package, "ioloop").IOLoop()
    try:
        measured: dict[str, float] = loop.run_sync(lambda: measure(package, row, seconds))
    finally:
        loop.close()
    return measured


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2], float(sys.argv[3]))), flush=True)
    os._exit(0)  # open connections need no farewell
