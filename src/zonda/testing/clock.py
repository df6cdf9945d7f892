"""Time that a test moves by hand: `Clock` and the loop that goes by it."""

from __future__ import annotations

import asyncio
import heapq
import threading
import time
from collections.abc import Callable
from contextvars import Context
from typing import Any

from zonda.ioloop.loop import Cancellable
from zonda.platform.asyncio import AsyncIOLoop

__all__ = ["Clock", "ClockAsyncIOLoop"]

#: Turns of the loop that a timer's consequences get before the next one is due.
_TURNS = 5


class ClockEventLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose time can be stopped and moved."""

    def __init__(self) -> None:
        self._now: float | None = None
        self._due: list[float] = []
        super().__init__()

    def time(self) -> float:
        """The real time, until the first call of `set_time`."""
        return super().time() if self._now is None else self._now

    def set_time(self, now: float) -> None:
        """Stop the time at ``now``."""
        self._now = now

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """See `asyncio.loop.call_at`."""
        heapq.heappush(self._due, when)
        return super().call_at(when, callback, *args, context=context)

    def next_due(self, until: float) -> float | None:
        """The next time up to ``until`` at which a timer was set, and drop those passed."""
        now = self.time()
        while self._due and self._due[0] <= now:
            heapq.heappop(self._due)
        return self._due[0] if self._due and self._due[0] <= until else None


class ClockAsyncIOLoop(AsyncIOLoop):
    """An `IOLoop` on a `ClockEventLoop`; its `time` goes along."""

    asyncio_loop: ClockEventLoop

    def initialize(self, **kwargs: Any) -> None:  # type: ignore[override]
        """See `IOLoop`."""
        asyncio_loop = ClockEventLoop()
        self._epoch = time.time() - asyncio_loop.time()
        super().initialize(asyncio_loop=asyncio_loop, **kwargs)

    def time(self) -> float:
        """Seconds since the epoch, as the loop counts them."""
        return self._epoch + self.asyncio_loop.time()

    def _limit(self, timeout: float, callback: Callable[..., object], *args: Any) -> Cancellable:
        """How long a test may take goes by real time."""
        timer = threading.Timer(timeout, self.add_callback, (callback, *args))
        timer.daemon = True
        timer.start()
        return timer


class Clock:
    """Stops the time of a test's loop, and moves it forward on demand.

    ::

        async def test_session_expires(client, clock):
            await client.post("/login")
            await clock.advance(3600)
            assert (await client.get("/account")).code == 403

    It rules the loop's timers: `IOLoop.call_later`, `asyncio.sleep`, time-outs. They fire
    during `advance` only; to await a sleep without it is to wait for ever. `time.time` and
    what asks the system for the time go their own way.
    """

    def __init__(self, io_loop: ClockAsyncIOLoop) -> None:
        self._loop = io_loop.asyncio_loop
        self._loop.set_time(self._loop.time())

    def time(self) -> float:
        """The present time of the loop, in seconds."""
        return self._loop.time()

    async def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass: every timer in between runs at its own time, in order.

        :raises ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"time cannot go back by {-seconds} seconds")
        until = self._loop.time() + seconds
        while (due := self._loop.next_due(until)) is not None:
            await self._go_to(due)
        await self._go_to(until)

    async def _go_to(self, now: float) -> None:
        self._loop.set_time(now)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
