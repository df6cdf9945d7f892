"""The operations of loop, coroutines, queues and locks; the same source for both packages.

A workload is made for one implementation (``zonda``, ``tornado`` or ``asyncio``) inside its
running loop. It is a coroutine function that performs `TURN` operations and checks what came
out of them: a wrong answer is not a fast answer.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.runtime.rows import ASYNCIO

TURN = 1000
WAITERS = 10
#: Seconds between two timers: all are due by the time the last one has been set.
SPACING = 1e-7

Turn = Callable[[], Awaitable[None]]


def part(package: str, name: str) -> Any:
    """A module of the package: ``part("tornado", "gen")``."""
    return importlib.import_module(f"{package}.{name}")


def expect(found: object, wanted: object) -> None:
    """End the process with a message when a workload did something else than its work."""
    if found != wanted:
        raise SystemExit(f"{found!r} came out, not {wanted!r}")


class Countdown:
    """Called `TURN` times, it sets a future."""

    def __init__(self) -> None:
        self.left = TURN
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.done.set_result(None)


def callback(package: str) -> Turn:
    """Callbacks added to the loop, a thousand before it turns."""
    if package == ASYNCIO:
        add: Callable[[Countdown], object] = asyncio.get_running_loop().call_soon
    else:
        add = part(package, "ioloop").IOLoop.current().add_callback

    async def turn() -> None:
        countdown = Countdown()
        for _ in range(TURN):
            add(countdown)
        await countdown.done

    return turn


def yield_done(package: str) -> Turn:
    """A generator coroutine yields futures that have their result already."""
    gen: Any = part(package, "gen")
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    done.set_result(1)

    @gen.coroutine
    def coroutine() -> Any:
        total = 0
        for _ in range(TURN):
            total += yield done
        return total

    async def turn() -> None:
        expect(await coroutine(), TURN)

    return turn


def yield_moment(package: str) -> Turn:
    """A coroutine lets the loop turn once."""
    if package == ASYNCIO:

        async def coroutine() -> int:
            count = 0
            for _ in range(TURN):
                await asyncio.sleep(0)
                count += 1
            return count

    else:
        gen: Any = part(package, "gen")

        @gen.coroutine
        def coroutine() -> Any:
            count = 0
            for _ in range(TURN):
                yield gen.moment
                count += 1
            return count

    async def turn() -> None:
        expect(await coroutine(), TURN)

    return turn


def timer(package: str) -> Turn:
    """Timers that are set and fire."""
    call_later = _loop(package).call_later

    async def turn() -> None:
        countdown = Countdown()
        for number in range(TURN):
            call_later(number * SPACING, countdown)
        await countdown.done

    return turn


def timer_cancelled(package: str) -> Turn:
    """Time-outs as most end: taken back long before they are due."""
    loop = _loop(package)
    call_later = loop.call_later

    async def turn() -> None:
        countdown = Countdown()
        for _ in range(TURN):
            handle = call_later(60, countdown)
            if package == ASYNCIO:
                handle.cancel()
            else:
                loop.remove_timeout(handle)
        await asyncio.sleep(0)
        expect(countdown.left, TURN)

    return turn


def _loop(package: str) -> Any:
    if package == ASYNCIO:
        return asyncio.get_running_loop()
    return part(package, "ioloop").IOLoop.current()


def queue(package: str) -> Turn:
    """One coroutine puts, another gets; with one place they take turns."""
    queues: Any = asyncio if package == ASYNCIO else part(package, "queues")

    async def turn() -> None:
        between = queues.Queue(maxsize=1)

        async def produce() -> None:
            for number in range(TURN):
                await between.put(number)

        async def consume() -> int:
            total = 0
            for _ in range(TURN):
                total += await between.get()
                between.task_done()
            return total

        _, total = await asyncio.gather(produce(), consume())
        expect(total, sum(range(TURN)))

    return turn


def lock(package: str) -> Turn:
    """A lock that is free whenever it is wanted."""
    locks: Any = asyncio if package == ASYNCIO else part(package, "locks")

    async def turn() -> None:
        mutex = locks.Lock()
        for _ in range(TURN):
            await mutex.acquire()
            mutex.release()
        async with mutex:
            pass

    return turn


def lock_waited(package: str) -> Turn:
    """A lock that goes from one waiting coroutine to the next."""
    locks: Any = asyncio if package == ASYNCIO else part(package, "locks")

    async def turn() -> None:
        mutex = locks.Lock()
        inside = 0

        async def worker() -> int:
            nonlocal inside
            alone = 0
            for _ in range(TURN // WAITERS):
                async with mutex:
                    inside += 1
                    await asyncio.sleep(0)
                    alone += inside == 1
                    inside -= 1
            return alone

        expect(sum(await asyncio.gather(*(worker() for _ in range(WAITERS)))), TURN)

    return turn
