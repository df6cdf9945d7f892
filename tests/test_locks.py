"""Locks: who gets in, in which order, and what time-outs and cancellations leave behind."""

import asyncio
import datetime
import inspect

import pytest

from zonda import gen, locks

SOON = datetime.timedelta(milliseconds=2)
LATE = datetime.timedelta(seconds=60)
PAST = [0, 1, datetime.timedelta(0), datetime.timedelta(seconds=-1)]


def in_loop(test):
    """Run an asynchronous test method in a loop of its own."""

    def run(self, *args, **kwargs):
        asyncio.run(test(self, *args, **kwargs))

    run.__signature__ = inspect.signature(test)
    return run


class TestCondition:
    @in_loop
    async def test_notify(self):
        condition = locks.Condition()
        first, second, third = condition.wait(), condition.wait(LATE), condition.wait()
        assert repr(condition) == "<Condition waiters[3]>"
        condition.notify()
        assert (first.done(), second.done()) == (True, False)
        condition.notify(5)
        assert await gen.multi([first, second, third]) == [True, True, True]
        assert repr(condition) == "<Condition>"

    @in_loop
    async def test_notify_all(self):
        condition = locks.Condition()
        futures = [condition.wait() for _ in range(3)]
        condition.notify_all()
        late = condition.wait()
        assert await gen.multi(futures) == [True] * 3
        assert not late.done()

    @in_loop
    async def test_one_that_is_woken_may_wait_or_notify_again(self):
        condition = locks.Condition()
        order = []

        async def worker(n):
            await condition.wait()
            order.append(n)
            condition.notify()
            await condition.wait()
            order.append(n + 10)

        tasks = [asyncio.ensure_future(worker(n)) for n in range(3)]
        await asyncio.sleep(0)
        condition.notify()
        await gen.sleep(0.005)
        # The third one's notification reaches the first one, which waits again.
        assert order == [0, 1, 2, 10]
        condition.notify_all()
        await asyncio.gather(*tasks)
        assert order == [0, 1, 2, 10, 11, 12]

    @pytest.mark.parametrize("timeout", [*PAST, SOON])
    @in_loop
    async def test_timeout(self, timeout):
        condition = locks.Condition()
        assert await condition.wait(timeout) is False
        assert not condition._waiters

    @in_loop
    async def test_notified_before_the_timeout(self):
        condition = locks.Condition()
        future = condition.wait(SOON)
        condition.notify()
        await gen.sleep(0.01)
        assert future.result() is True

    @in_loop
    async def test_notify_skips_those_who_gave_up(self):
        condition = locks.Condition()
        expired, cancelled, patient = condition.wait(SOON), condition.wait(), condition.wait()
        cancelled.cancel()
        await gen.sleep(0.01)
        condition.notify()
        assert expired.result() is False
        assert await patient

    @in_loop
    async def test_a_hundred_expired_ones_are_swept(self):
        condition = locks.Condition()
        for _ in range(101):
            condition.wait(SOON)
        patient = condition.wait()
        await gen.sleep(0.02)
        assert len(condition._waiters) == 1
        condition.notify()
        assert patient.done()


class TestEvent:
    @in_loop
    async def test_set_and_clear(self):
        event = locks.Event()
        assert repr(event) == "<Event clear>"
        futures = [event.wait(), event.wait(LATE)]
        assert not event.is_set()
        event.set()
        event.set()
        assert event.is_set()
        assert repr(event) == "<Event set>"
        assert await gen.multi(futures) == [None, None]
        assert event.wait().done()
        event.clear()
        assert not event.wait().done()

    @in_loop
    async def test_set_then_clear_wakes_those_who_waited(self):
        event = locks.Event()
        future = event.wait()
        event.set()
        event.clear()
        await future

    @pytest.mark.parametrize("timeout", [*PAST, SOON])
    @in_loop
    async def test_timeout(self, timeout):
        event = locks.Event()
        with pytest.raises(TimeoutError):
            await event.wait(timeout)
        event.set()
        await event.wait(timeout)

    @in_loop
    async def test_cancelled_waiters(self):
        event = locks.Event()
        event.wait().cancel()
        patient = event.wait()
        event.set()
        await patient


class TestSemaphore:
    @in_loop
    async def test_acquire_and_release(self):
        semaphore = locks.Semaphore(2)
        assert "unlocked,value:2" in repr(semaphore)
        held = [semaphore.acquire(), semaphore.acquire()]
        waiting = [semaphore.acquire(), semaphore.acquire()]
        assert all(future.done() for future in held)
        assert "locked,waiters:2" in repr(semaphore)
        semaphore.release()
        assert [future.done() for future in waiting] == [True, False]
        semaphore.release()
        await waiting[1]
        semaphore.release()
        assert "[unlocked,value:1]" in repr(semaphore)

    def test_negative_value(self):
        with pytest.raises(ValueError, match=">= 0"):
            locks.Semaphore(value=-1)

    @in_loop
    async def test_release_without_acquire(self):
        semaphore = locks.Semaphore(0)
        semaphore.release()
        assert semaphore.acquire().done()
        bounded = locks.BoundedSemaphore(1)
        with pytest.raises(ValueError, match="too many times"):
            bounded.release()

    @pytest.mark.parametrize("timeout", [*PAST, SOON])
    @in_loop
    async def test_timeout(self, timeout):
        semaphore = locks.Semaphore(1)
        assert semaphore.acquire(timeout).done()
        with pytest.raises(TimeoutError):
            await semaphore.acquire(timeout)
        semaphore.release()
        assert semaphore.acquire(timeout).done()

    @in_loop
    async def test_released_before_the_timeout(self):
        semaphore = locks.Semaphore(0)
        future = semaphore.acquire(SOON)
        semaphore.release()
        await gen.sleep(0.01)
        with await future:
            assert "locked" in repr(semaphore)
        assert "unlocked,value:1" in repr(semaphore)

    @in_loop
    async def test_those_who_gave_up_are_skipped(self):
        semaphore = locks.Semaphore(0)
        expired, cancelled, patient = (
            semaphore.acquire(SOON),
            semaphore.acquire(),
            semaphore.acquire(),
        )
        cancelled.cancel()
        with pytest.raises(TimeoutError):
            await expired
        semaphore.release()
        assert patient.done()
        semaphore.acquire().cancel()
        semaphore.release()
        assert semaphore.acquire().done()


@pytest.mark.parametrize("make", [locks.Lock, locks.Semaphore, locks.BoundedSemaphore])
class TestBlocks:
    @in_loop
    async def test_async_with(self, make):
        held = make()
        order = []

        async def worker(n):
            async with held as nothing:
                assert nothing is None
                order.append((n, "in"))
                await asyncio.sleep(0)
                order.append((n, "out"))

        await asyncio.gather(*(worker(n) for n in range(3)))
        assert order == [(n, way) for n in range(3) for way in ("in", "out")]

    @in_loop
    async def test_it_is_released_after_an_error(self, make):
        held = make()
        with pytest.raises(KeyError):
            async with held:
                raise KeyError(1)
        assert held.acquire().done()

    @in_loop
    async def test_with_yield(self, make):
        held = make()

        @gen.coroutine
        def function():
            with (yield held.acquire()) as nothing:
                assert nothing is None
                assert not held.acquire().done()

        await function()

    def test_plain_with_is_refused(self, make):
        held = make()
        with pytest.raises(RuntimeError, match="async with"), held:
            pass
        with pytest.raises(RuntimeError, match="async with"):
            held.__exit__(None, None, None)

    @in_loop
    async def test_cancelled_while_waiting(self, make):
        held = make()

        async def worker():
            async with held:
                raise AssertionError("never let in")

        await held.acquire()
        task = asyncio.ensure_future(worker())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        held.release()
        assert held.acquire().done()

    @in_loop
    async def test_cancelled_at_the_moment_it_is_let_in(self, make):
        held = make()

        async def worker():
            async with held:
                raise AssertionError("never let in")

        await held.acquire()
        task = asyncio.ensure_future(worker())
        await asyncio.sleep(0)
        held.release()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert held.acquire().done()


class TestLock:
    def test_repr(self):
        assert repr(locks.Lock()).startswith("<Lock _block=<zonda.locks.BoundedSemaphore")

    @in_loop
    async def test_first_come_first_served(self):
        lock = locks.Lock()
        futures = [lock.acquire() for _ in range(5)]
        for n in range(5):
            assert [future.done() for future in futures] == [m <= n for m in range(5)]
            lock.release()
        with pytest.raises(RuntimeError, match="release unlocked lock"):
            lock.release()

    @pytest.mark.parametrize("timeout", [0, SOON])
    @in_loop
    async def test_timeout(self, timeout):
        lock = locks.Lock()
        await lock.acquire(timeout)
        with pytest.raises(TimeoutError):
            await lock.acquire(timeout=timeout)
        lock.release()
        assert lock.acquire().done()
