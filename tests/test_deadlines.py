"""Coarse deadlines for many objects."""

import asyncio
from collections.abc import Callable

import pytest

from zonda import deadlines
from zonda.deadlines import NEVER, Deadlines


@pytest.fixture(autouse=True)
def short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "INTERVAL", 0.01)


class Watched:
    def __init__(self, deadline: float, passed: Callable[["Watched"], object]) -> None:
        self.deadline = deadline
        self.passed = passed
        self.times: list[float] = []

    def deadline_passed(self, now: float) -> None:
        self.times.append(now)
        self.passed(self)


def test_a_deadline_passes_and_is_repeated_until_it_is_set_anew() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        over = loop.create_future()

        def passed(watched: Watched) -> None:
            if len(watched.times) == 3:
                watched.deadline = NEVER
                over.set_result(None)

        watch = Deadlines(loop)
        watched = Watched(loop.time(), passed)
        never = Watched(NEVER, passed)
        watch.add(watched)
        watch.add(never)
        await over
        assert watched.times == sorted(watched.times)
        assert watched.times[0] <= watch.now
        assert never.times == []
        watch.close()

    asyncio.run(main())


def test_discarding() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        over = loop.create_future()
        watch = Deadlines(loop)
        dropped = Watched(loop.time(), lambda it: pytest.fail("was discarded"))
        watch.add(dropped)
        watch.discard(dropped)
        watch.discard(dropped)

        def passed(watched: Watched) -> None:
            watch.discard(watched)
            over.set_result(None)

        watch.add(Watched(loop.time(), passed))
        await over
        watch.close()

    asyncio.run(main())


def test_one_that_fails_does_not_stop_the_others() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        reports = []
        loop.set_exception_handler(lambda _, report: reports.append(report["exception"]))
        over = loop.create_future()
        watch = Deadlines(loop)
        pending = 2

        def fails(watched: Watched) -> None:
            nonlocal pending
            watched.deadline = NEVER
            pending -= 1
            if not pending:
                over.set_result(None)
            raise KeyError("k")

        watch.add(Watched(loop.time(), fails))
        watch.add(Watched(loop.time(), fails))
        await over
        assert [type(report) for report in reports] == [KeyError, KeyError]
        watch.close()

    asyncio.run(main())


def test_it_sleeps_while_nothing_is_watched() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        watch = Deadlines(loop)
        assert watch._handle is None
        watched = Watched(NEVER, lambda it: None)
        watch.add(watched)
        assert watch._handle is not None
        watch.discard(watched)
        while watch._handle is not None:
            await asyncio.sleep(0.01)
        watch.close()

    asyncio.run(main())
