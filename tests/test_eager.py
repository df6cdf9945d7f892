"""Coroutines that start at once and become tasks only if they suspend."""

import asyncio
import contextvars
import gc
import sys
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from zonda.eager import EagerRunner

variable = contextvars.ContextVar("variable", default=0)


def looped(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))  # type: ignore[arg-type]

    return run


class Run:
    """A runner with spares at hand, and the outcome of what it ran."""

    def __init__(self) -> None:
        self.runner = EagerRunner(asyncio.get_running_loop())
        self.context = contextvars.copy_context()
        self.ended: asyncio.Future[BaseException | None] = (
            asyncio.get_running_loop().create_future()
        )

    @classmethod
    async def ready(cls) -> "Run":
        run = cls()
        run.runner._refill()
        await asyncio.sleep(0)
        return run

    @property
    def spares(self) -> int:
        return len(self.runner._spares)

    def __call__(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[None] | None:
        return self.context.run(self.runner.run, coroutine, self.context, self.ended.set_result)


class TestWithoutSuspending:
    @looped
    async def test_no_task_is_spent(self) -> None:
        run = await Run.ready()
        before = run.spares
        done = []

        async def coroutine() -> None:
            done.append(1)

        assert run(coroutine()) is None
        assert done == [1]
        assert run.spares == before
        assert len(asyncio.all_tasks()) == 1

    @looped
    async def test_exceptions_come_out(self) -> None:
        run = await Run.ready()

        async def coroutine() -> None:
            raise KeyError("k")

        with pytest.raises(KeyError):
            run(coroutine())
        assert run.spares == 16

    @looped
    async def test_without_a_spare_no_exception_is_being_handled(self) -> None:
        run = Run()
        handled = []

        def make_task(loop: Any, coroutine: Any, **options: Any) -> Any:
            handled.append(sys.exc_info()[1])
            return asyncio.Task(coroutine, loop=loop, **options)

        async def coroutine() -> None:
            await asyncio.sleep(0)

        asyncio.get_running_loop().set_task_factory(make_task)
        assert run(coroutine()) is not None
        await run.ended
        assert handled == [None]

    @looped
    async def test_the_callers_task_is_current_again(self) -> None:
        run = await Run.ready()
        mine = asyncio.current_task()
        seen = []

        async def coroutine() -> None:
            seen.append(asyncio.current_task() is not mine)

        run(coroutine())
        assert seen == [True]
        assert asyncio.current_task() is mine

    @looped
    async def test_a_spare_that_somebody_keeps_is_not_used_again(self) -> None:
        run = await Run.ready()
        kept = []

        async def coroutine() -> None:
            kept.append(asyncio.current_task())

        run(coroutine())
        run(coroutine())
        assert kept[0] is not kept[1]
        await asyncio.wait_for(kept[0], 5)  # who waits for it does not wait for ever

    @looped
    async def test_what_somebody_noted_about_a_spare_is_not_found_by_others(self) -> None:
        run = await Run.ready()
        notes: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        found = []

        async def coroutine() -> None:
            found.append(notes.get(asyncio.current_task()))
            notes[asyncio.current_task()] = "noted"

        for _ in range(3):
            run(coroutine())
        assert found == [None] * 3

    @looped
    async def test_nothing_of_a_failure_is_left_to_the_collector(self) -> None:
        run = await Run.ready()

        class Local:
            pass

        async def coroutine(cancelled: bool) -> None:
            local = Local()
            left.append(weakref.ref(local))
            if cancelled:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
            raise KeyError

        left: list[Any] = []
        gc.collect()
        gc.disable()
        try:
            for cancelled in (False, True):
                ended = asyncio.Event()
                task = run.runner.run(
                    coroutine(cancelled), run.context, lambda _, ended=ended: ended.set()
                )
                await asyncio.sleep(0)
                if cancelled:
                    assert task is not None
                    task.cancel()
                await ended.wait()
                del task
                for _ in range(3):
                    await asyncio.sleep(0)
                assert left[-1]() is None
        finally:
            gc.enable()


class TestSuspending:
    @looped
    async def test_the_task_is_the_same_all_along(self) -> None:
        run = await Run.ready()
        tasks = []

        async def coroutine() -> None:
            tasks.append(asyncio.current_task())
            await asyncio.sleep(0)
            tasks.append(asyncio.current_task())

        task = run(coroutine())
        assert task in asyncio.all_tasks()
        assert await run.ended is None
        assert tasks == [task, task]
        await asyncio.sleep(0)
        assert task is not None
        assert task.done()

    @looped
    async def test_failures_are_reported(self) -> None:
        run = await Run.ready()

        async def coroutine() -> None:
            await asyncio.sleep(0)
            raise KeyError("k")

        run(coroutine())
        assert isinstance(await run.ended, KeyError)

    @looped
    async def test_timeouts_and_groups_entered_before_the_first_wait(self) -> None:
        run = await Run.ready()

        async def coroutine() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await asyncio.Event().wait()
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(0))

        run(coroutine())
        assert await run.ended is None

    @looped
    async def test_one_context_before_and_after(self) -> None:
        run = await Run.ready()

        async def coroutine() -> None:
            token = variable.set(1)
            await asyncio.sleep(0)
            assert variable.get() == 1
            variable.reset(token)

        run(coroutine())
        assert await run.ended is None
        assert variable.get() == 0

    @pytest.mark.parametrize("when", ["before its first wait", "at once", "later"])
    @looped
    async def test_cancelling(self, when: str) -> None:
        run = await Run.ready()
        cleaned = []

        async def coroutine() -> None:
            if when == "before its first wait":
                current = asyncio.current_task()
                assert current is not None
                current.cancel()
            try:
                await asyncio.Event().wait()
            finally:
                cleaned.append(1)

        task = run(coroutine())
        assert task is not None
        if when == "later":
            await asyncio.sleep(0.01)
        if when != "before its first wait":
            task.cancel()
        assert isinstance(await run.ended, asyncio.CancelledError)
        assert cleaned == [1]
        with pytest.raises(asyncio.CancelledError):
            await task

    @looped
    async def test_a_coroutine_may_ignore_being_cancelled(self) -> None:
        run = await Run.ready()

        async def coroutine() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.sleep(0)

        task = run(coroutine())
        assert task is not None
        task.cancel()
        assert await run.ended is None

    @looped
    async def test_more_at_once_than_there_are_spares(self) -> None:
        run = await Run.ready()
        ended: list[BaseException | None] = []
        event = asyncio.Event()

        async def coroutine() -> None:
            await event.wait()

        context = contextvars.copy_context()
        tasks = [run.runner.run(coroutine(), context, ended.append) for _ in range(100)]
        assert all(tasks)
        await asyncio.sleep(0)
        event.set()
        await asyncio.gather(*[task for task in tasks if task is not None])
        assert ended == [None] * 100
        await asyncio.sleep(0)
        assert run.spares >= 16


def test_a_loop_ends_quietly_with_parked_tasks() -> None:
    """asyncio.run cancels all tasks it knows; the parked ones are freed without a word."""

    async def main() -> None:
        await Run.ready()

    asyncio.run(main())
    gc.collect()  # warnings about pending tasks would be errors here
