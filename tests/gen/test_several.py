"""`multi` and `WaitIterator`."""

import asyncio
import concurrent.futures

import pytest

from zonda import gen
from zonda.log import app_log
from zonda.testing import ExpectLog


async def later(value, delay=0):
    await asyncio.sleep(delay)
    if isinstance(value, Exception):
        raise value
    return value


def in_loop(test):
    """Run an asynchronous test method in a loop of its own."""
    return lambda self: asyncio.run(test(self))


class TestMulti:
    @in_loop
    async def test_order_is_that_of_the_arguments(self):
        assert await gen.multi([later(1, 0.01), later(2), gen.maybe_future(3)]) == [1, 2, 3]
        assert await gen.multi({"a": later(1, 0.01), "b": later(2)}) == {"a": 1, "b": 2}
        assert await gen.multi(later(n) for n in range(3)) == [0, 1, 2]

    @in_loop
    async def test_empty(self):
        assert gen.multi([]).result() == []
        assert gen.multi({}).result() == {}

    @in_loop
    async def test_what_is_done_takes_no_turn(self):
        assert gen.multi([None, gen.maybe_future(5)]).result() == [None, 5]

    @in_loop
    async def test_the_same_future_twice(self):
        future = asyncio.ensure_future(later(5))
        assert await gen.multi([future, future]) == [5, 5]

    @in_loop
    async def test_nesting(self):
        assert await gen.multi([later(1), [later(2), {"a": later(3)}]]) == [1, [2, {"a": 3}]]

    @in_loop
    async def test_futures_of_a_pool(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            assert await gen.multi([pool.submit(int), later(5)]) == [0, 5]

    @in_loop
    async def test_the_first_exception_counts_and_the_others_are_logged(self):
        children = [later(1), later(KeyError(2), 0.01), later(IndexError(3)), later(OSError(4))]
        with (
            ExpectLog(app_log, "Multiple exceptions in yield list") as log,
            pytest.raises(KeyError),
        ):
            await gen.multi(children)
        assert log.matched == 2
        assert log.logged_stack

    @in_loop
    async def test_quiet_exceptions(self):
        children = {"a": later(KeyError(1)), "b": later(IndexError(2)), "c": later(OSError(3))}
        with ExpectLog(app_log, "Multiple exceptions") as log, pytest.raises(KeyError):
            await gen.multi_future(children, quiet_exceptions=(IndexError,))
        assert log.matched == 1

    @in_loop
    async def test_all_are_done_before_it_fails(self):
        slow = asyncio.ensure_future(later(1, 0.01))
        with pytest.raises(KeyError):
            await gen.Multi([later(KeyError(1)), slow])
        assert slow.done()

    @in_loop
    async def test_cancelled_children(self):
        futures = [asyncio.Future(), asyncio.Future(), asyncio.Future()]
        result = gen.multi(futures)
        for future in futures:
            future.cancel()
        with pytest.raises(asyncio.CancelledError):
            await result
        assert not result.cancelled()

    @in_loop
    async def test_a_cancelled_result(self):
        future = asyncio.Future()
        result = gen.multi([future])
        result.cancel()
        future.set_exception(KeyError(1))
        with ExpectLog(app_log, "Multiple exceptions"):
            await asyncio.sleep(0)

    def test_not_iterable(self):
        with pytest.raises(TypeError):
            gen.multi(5)


class TestWaitIterator:
    def test_arguments(self):
        with pytest.raises(ValueError, match="not both"):
            gen.WaitIterator(gen.moment, a=gen.moment)

    @in_loop
    async def test_results_come_as_they_are_there(self):
        waiting = gen.WaitIterator(later("slow", 0.02), later("fast"), gen.maybe_future("done"))
        seen = [(waiting.current_index, value) async for value in waiting]
        assert seen == [(2, "done"), (1, "fast"), (0, "slow")]
        assert waiting.done()
        assert waiting.current_index is None
        assert waiting.current_future is None

    @in_loop
    async def test_keywords(self):
        first = asyncio.Future()
        second = asyncio.Future()
        waiting = gen.WaitIterator(a=first, b=second)
        second.set_result(2)
        assert await waiting.next() == 2
        assert (waiting.current_index, waiting.current_future) == ("b", second)
        first.set_result(1)
        assert not waiting.done()
        assert await waiting.next() == 1
        assert waiting.done()

    def test_in_a_decorated_coroutine_with_errors(self):
        @gen.coroutine
        def function():
            waiting = gen.WaitIterator(later(KeyError(1)), later(2, 0.01))
            seen = []
            while not waiting.done():
                try:
                    seen.append((yield waiting.next()))
                except KeyError:
                    seen.append(waiting.current_index)
            return seen

        async def main():
            return await function()

        assert asyncio.run(main()) == [0, 2]

    @in_loop
    async def test_the_same_future_twice(self):
        future = asyncio.ensure_future(later(5))
        waiting = gen.WaitIterator(future, later(6, 0.01), future)
        assert [(waiting.current_index, v) async for v in waiting] == [(0, 5), (2, 5), (1, 6)]

    @in_loop
    async def test_nothing_keeps_it_but_the_future_of_next(self):
        assert await asyncio.wait_for(gen.WaitIterator(gen.sleep(0.001)).next(), 10) is None

    @in_loop
    async def test_a_next_too_many(self):
        waiting = gen.WaitIterator()
        assert waiting.done()
        with pytest.raises(RuntimeError, match=r"check done\(\)"):
            waiting.next()
