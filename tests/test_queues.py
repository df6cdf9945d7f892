"""Queues: order, room, time-outs, and the count of unfinished work."""

import asyncio
import datetime
import inspect
import random

import pytest

from zonda import gen, queues

SOON = datetime.timedelta(milliseconds=2)
LATE = datetime.timedelta(seconds=60)


def in_loop(test):
    """Run an asynchronous test method in a loop of its own."""

    def run(self, *args, **kwargs):
        asyncio.run(test(self, *args, **kwargs))

    run.__signature__ = inspect.signature(test)
    return run


class TestSize:
    @pytest.mark.parametrize(
        ("maxsize", "error"), [(None, TypeError), (-1, ValueError), ("two", TypeError)]
    )
    def test_wrong_sizes(self, maxsize, error):
        with pytest.raises(error):
            queues.Queue(maxsize)

    def test_counts(self):
        queue = queues.Queue(2)
        assert (queue.maxsize, queue.qsize(), queue.empty(), queue.full()) == (2, 0, True, False)
        queue.put_nowait(1)
        queue.put_nowait(2)
        assert (queue.qsize(), queue.empty(), queue.full()) == (2, False, True)
        with pytest.raises(queues.QueueFull):
            queue.put_nowait(3)
        assert [queue.get_nowait(), queue.get_nowait()] == [1, 2]
        with pytest.raises(queues.QueueEmpty):
            queue.get_nowait()

    def test_no_limit(self):
        queue = queues.Queue()
        for n in range(1000):
            queue.put_nowait(n)
        assert not queue.full()

    def test_a_fraction_is_rounded_up(self):
        queue = queues.Queue(1.3)
        queue.put_nowait(1)
        queue.put_nowait(2)
        with pytest.raises(queues.QueueFull):
            queue.put_nowait(3)

    @in_loop
    async def test_repr_and_str(self):
        queue = queues.Queue(1)
        assert str(queue) == "<Queue maxsize=1>"
        queue.get()
        assert str(queue) == "<Queue maxsize=1 getters[1]>"
        queue.put_nowait(1)
        queue.put_nowait(2)
        queue.put(3)
        assert str(queue) == "<Queue maxsize=1 queue=deque([2]) putters[1] tasks=2>"
        assert repr(queue).startswith(f"<Queue at {id(queue):#x} maxsize=1 queue=")

    def test_subscription(self):
        assert queues.Queue[int].__origin__ is queues.Queue


class TestHandingOver:
    @in_loop
    async def test_get_waits_for_put(self):
        queue = queues.Queue()
        first, second = queue.get(), queue.get(LATE)
        queue.put_nowait(1)
        assert (first.done(), second.done()) == (True, False)
        await queue.put(2)
        assert [await first, await second] == [1, 2]
        assert queue.empty()

    @in_loop
    async def test_put_waits_for_get(self):
        queue = queues.Queue(1)
        puts = [queue.put(n) for n in range(3)]
        assert [put.done() for put in puts] == [True, False, False]
        assert queue.get_nowait() == 0
        assert [put.done() for put in puts] == [True, True, False]
        assert [await queue.get(), await queue.get()] == [1, 2]
        assert all(put.done() for put in puts)

    @in_loop
    async def test_cancelled_getters_lose_nothing(self):
        queue = queues.Queue()
        cancelled, patient = queue.get(), queue.get()
        cancelled.cancel()
        queue.put_nowait(1)
        assert await patient == 1
        queue.get().cancel()
        queue.put_nowait(2)
        assert queue.get_nowait() == 2

    @in_loop
    async def test_cancelled_putters_put_nothing(self):
        queue = queues.Queue(1)
        queue.put_nowait(1)
        cancelled, patient = queue.put(2), queue.put(3)
        cancelled.cancel()
        assert [queue.get_nowait(), queue.get_nowait()] == [1, 3]
        await patient
        with pytest.raises(queues.QueueEmpty):
            queue.get_nowait()

    @in_loop
    async def test_async_for(self):
        queue = queues.Queue()
        for n in range(3):
            queue.put_nowait(n)
        seen = []
        async for item in queue:
            seen.append(item)
            if len(seen) == 3:
                break
        assert seen == [0, 1, 2]

    @in_loop
    async def test_producers_and_consumers(self):
        queue = queues.Queue(maxsize=3)
        seen = []

        async def produce(n):
            for m in range(20):
                await queue.put((n, m))

        @gen.coroutine
        def consume():
            while True:
                seen.append((yield queue.get()))
                yield gen.moment
                queue.task_done()

        consumers = [consume() for _ in range(2)]
        await asyncio.gather(*(produce(n) for n in range(4)))
        await queue.join()
        assert sorted(seen) == [(n, m) for n in range(4) for m in range(20)]
        for consumer in consumers:
            consumer.cancel()


class TestTimeouts:
    @pytest.mark.parametrize("timeout", [0, 1, SOON, datetime.timedelta(0)])
    @in_loop
    async def test_get(self, timeout):
        queue = queues.Queue()
        with pytest.raises(TimeoutError):
            await queue.get(timeout)
        queue.put_nowait(1)
        assert await queue.get(timeout=timeout) == 1

    @pytest.mark.parametrize("timeout", [0, 1, SOON, datetime.timedelta(0)])
    @in_loop
    async def test_put(self, timeout):
        queue = queues.Queue(1)
        await queue.put(1, timeout)
        with pytest.raises(TimeoutError):
            await queue.put(2, timeout=timeout)
        assert queue.get_nowait() == 1
        with pytest.raises(queues.QueueEmpty):
            queue.get_nowait()

    @in_loop
    async def test_served_before_it(self):
        queue = queues.Queue(1)
        got = queue.get(SOON)
        queue.put_nowait(1)
        queue.put_nowait(2)
        put = queue.put(3, SOON)
        assert queue.get_nowait() == 2
        await gen.sleep(0.01)
        assert await got == 1
        await put

    @in_loop
    async def test_expired_ones_are_passed_over(self):
        queue = queues.Queue(1)
        expired = [queue.get(SOON) for _ in range(10)]
        patient = queue.get()
        await gen.sleep(0.01)
        queue.put_nowait(1)
        assert await patient == 1
        assert not queue._getters
        queue.put_nowait(2)
        expired += [queue.put(n, SOON) for n in range(10)]
        later = queue.put(3)
        await gen.sleep(0.01)
        assert await queue.get() == 2
        assert not queue._putters
        await later
        for future in expired:
            with pytest.raises(TimeoutError):
                await future

    @in_loop
    async def test_get_clears_expired_getters(self):
        queue = queues.Queue()
        for _ in range(10):
            queue.get(SOON)
        await gen.sleep(0.01)
        patient = queue.get()
        assert list(queue._getters) == [patient]


class TestJoin:
    @pytest.mark.parametrize("kind", [queues.Queue, queues.LifoQueue, queues.PriorityQueue])
    @in_loop
    async def test_join(self, kind):
        queue = kind()
        await queue.join()
        for n in range(3):
            queue.put_nowait(n)
        joined = queue.join()
        for _ in range(3):
            assert not joined.done()
            await queue.get()
            queue.task_done()
        await joined
        with pytest.raises(ValueError, match="too many times"):
            queue.task_done()
        queue.put_nowait(1)
        with pytest.raises(TimeoutError):
            await queue.join(timeout=SOON)
        with pytest.raises(TimeoutError):
            await queue.join(0)


class TestOrder:
    @in_loop
    async def test_priority(self):
        queue = queues.PriorityQueue()
        numbers = list(range(50))
        random.Random(1).shuffle(numbers)
        for n in numbers:
            await queue.put(n)
        assert [queue.get_nowait() for _ in numbers] == sorted(numbers)

    @in_loop
    async def test_one_who_waits_for_room_may_come_first(self):
        queue = queues.PriorityQueue(1)
        queue.put_nowait(5)
        waiting = queue.put(1)
        assert queue.get_nowait() == 1
        await waiting
        assert queue.get_nowait() == 5

    @in_loop
    async def test_last_in_first_out(self):
        queue = queues.LifoQueue()
        for n in range(3):
            queue.put_nowait(n)
        assert [await queue.get() for _ in range(3)] == [2, 1, 0]

    def test_a_subclass_may_keep_items_in_another_way(self):
        class Unique(queues.Queue):
            def _init(self):
                self._queue = set()

            def _put(self, item):
                self._queue.add(item)

            def _get(self):
                return self._queue.pop()

        queue = Unique()
        queue.put_nowait(1)
        queue.put_nowait(1)
        assert queue.qsize() == 1
        assert queue.get_nowait() == 1
