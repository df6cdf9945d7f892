"""A connection's one timer, fine and coarse."""

import asyncio
from contextvars import copy_context

from tests.wire import looped
from zonda.deadlines import NEVER
from zonda.websocket.services import LoopServices
from zonda.websocket.timer import Timer


@looped
async def test_what_was_due_before_is_forgotten() -> None:
    services = LoopServices.of(asyncio.get_running_loop())
    assert LoopServices.of(asyncio.get_running_loop()) is services
    called: list[str] = []
    done = asyncio.Event()
    timer = Timer(services, copy_context())
    timer.set(0.001, lambda: called.append("first"))
    timer.set(60, lambda: called.append("second"))
    assert timer.deadline > services.loop.time() + 50
    timer.set(0.01, done.set)
    assert timer.deadline == NEVER
    await done.wait()
    assert called == []


@looped
async def test_long_times_are_looked_after_with_all_others() -> None:
    services = LoopServices.of(asyncio.get_running_loop())
    called: list[int] = []
    timer = Timer(services, copy_context())
    timer.set(60, lambda: called.append(1))
    timer.deadline_passed(timer.deadline)
    timer.deadline_passed(0)
    assert called == [1]
    timer.set(60, lambda: called.append(2))
    timer.cancel()
    timer.deadline_passed(0)
    assert called == [1]
