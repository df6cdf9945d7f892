"""The event loops that tests run on: asyncio's own, and uvloop where it is installed."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

#: What makes the loop of `run`; None: asyncio's own.
new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None


def run(main: Coroutine[Any, Any, None]) -> None:
    """Like ``asyncio.run``, on the kind of loop that the test is to have."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main)


@pytest.fixture(params=["asyncio", "uvloop"])
def each_loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test once on each kind of loop."""
    if request.param == "uvloop":
        uvloop = pytest.importorskip("uvloop", reason="needs uvloop")
        monkeypatch.setitem(globals(), "new_loop", uvloop.new_event_loop)
