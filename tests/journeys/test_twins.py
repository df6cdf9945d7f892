"""The compiled kernel and its pure twin answer bad input with the same bytes, on each loop."""

import asyncio
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import loops
from tests.journeys.test_badinput import CASES, GOOD, SMALL, Echo, exchange
from tests.wire import looped, serving
from zonda import _kernel

ROOT = Path(__file__).parents[2]
PROGRAM = "from tests.journeys.test_twins import tell; tell()"


async def answered() -> dict[str, str]:
    """What came back over the wire for each case: whole, pipelined, in two halves."""
    found = {}
    async with serving([(".*", Echo)]) as served:
        for case in CASES:
            name, raw = case["id"], case["bytes"]
            found[name] = text(await exchange(served, raw))
            found[f"{name}, pipelined"] = text(await exchange(served, GOOD + raw))
        for case in SMALL:
            half = len(case["bytes"]) // 2
            pieces = case["bytes"][:half], case["bytes"][half:]
            found[f"{case['id']}, in two"] = text(await exchange(served, *pieces))
    return found


def text(data: bytes) -> str:
    """Some responses, without what tells the time."""
    return re.sub(r"(?m)^Date: .*$", "Date:", data.decode("latin-1"))


def tell() -> None:
    """The program of the other interpreter."""

    @looped
    async def body() -> None:
        found = await answered()
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        print(json.dumps({"kernel": _kernel.NAME, "loop": loop, "answers": found}))

    if sys.argv[1] == "uvloop":
        import uvloop

        loops.new_loop = uvloop.new_event_loop
    body()


def told(kernel: str, loop: str) -> dict[str, str]:
    """The answers of a server with this kernel on this loop."""
    variables = {k: v for k, v in os.environ.items() if k != "ZONDA_PURE"}
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT), *sys.path])
    if kernel == "pure":
        variables["ZONDA_PURE"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, loop],
        env=variables, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    if report["kernel"] != kernel:
        pytest.skip("needs the native kernel")
    assert report["loop"] == loop
    return dict(report["answers"])


def test_all_servers_answer_with_the_same_bytes() -> None:
    reference = told("pure", "asyncio")
    assert len(reference) == 2 * len(CASES) + len(SMALL)
    others = [("native", "asyncio")]
    if find_spec("uvloop"):
        others += [("native", "uvloop"), ("pure", "uvloop")]
    for kernel, loop in others:
        answers = told(kernel, loop)
        unlike = {k: (reference[k], v) for k, v in answers.items() if v != reference[k]}
        assert not unlike, (kernel, loop)
