"""`convert_yielded`, `maybe_future` and `moment`."""

import asyncio
import concurrent.futures
import sys

import pytest

from zonda import gen
from zonda.concurrent import is_future
from zonda.gen.yielded import start_task


def test_futures_are_what_they_are():
    async def main():
        for future in (asyncio.Future(), concurrent.futures.Future()):
            assert gen.convert_yielded(future) is future

    asyncio.run(main())


def test_none_and_moment():
    assert gen.convert_yielded(None) is gen.moment
    assert gen.convert_yielded(gen.moment) is gen.moment
    assert gen.moment.done()
    assert not gen.moment.cancelled()
    assert gen.moment.result() is None
    assert gen.moment.exception() is None
    assert not is_future(gen.moment)


def test_a_moment_can_be_awaited():
    async def main():
        turns = []
        asyncio.get_running_loop().call_soon(turns.append, 1)
        await gen.moment
        assert turns
        gen.moment.add_done_callback(turns.append)
        assert len(turns) == 1
        await gen.moment
        assert turns == [1, gen.moment]

    asyncio.run(main())


def test_coroutines_and_other_awaitables():
    class Awaitable:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return 6

    async def native():
        return 5

    async def main():
        assert await gen.convert_yielded(native()) == 5
        assert await gen.convert_yielded(Awaitable()) == 6
        assert await gen.convert_yielded([native(), Awaitable()]) == [5, 6]

    asyncio.run(main())


@pytest.mark.parametrize("value", [5, "text", b"bytes", (None,), {1}, object()])
def test_everything_else_is_refused(value):
    with pytest.raises(gen.BadYieldError, match="yielded unknown object"):
        gen.convert_yielded(value)


@pytest.mark.parametrize("value", [[5], {"a": 5}])
def test_so_are_its_lists(value):
    with pytest.raises(gen.BadYieldError, match="unknown object 5"):
        gen.convert_yielded(value)


def test_types_can_be_registered():
    class Promise:
        def __init__(self, value):
            self.value = value

    gen.convert_yielded.register(Promise, lambda promise: gen.maybe_future(promise.value))

    @gen.coroutine
    def function():
        one = yield Promise(1)
        both = yield [Promise(2), {"a": Promise(3)}]
        return one, both

    async def main():
        return await function()

    assert asyncio.run(main()) == (1, [2, {"a": 3}])


def test_maybe_future():
    async def main():
        future = asyncio.Future()
        assert gen.maybe_future(future) is future
        assert gen.maybe_future(5).result() == 5

    asyncio.run(main())


class TestStartTask:
    def test_its_current_task_is_the_one_returned(self):
        async def native():
            before = asyncio.current_task()
            await asyncio.sleep(0)
            assert asyncio.current_task() is before
            return before

        async def main():
            outside = asyncio.current_task()
            task = start_task(native())
            assert asyncio.current_task() is outside
            assert await task is task

        asyncio.run(main())

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="tasks begin later there")
    def test_it_begins_at_once(self):
        async def main():
            assert start_task(asyncio.sleep(0, 5)).done() is False
            assert gen.convert_yielded(value()).done()

        async def value():
            return 5

        asyncio.run(main())

    def test_a_task_factory_is_honoured(self):
        made = []

        def factory(loop, coroutine, **kwargs):
            made.append(coroutine)
            return asyncio.Task(coroutine, loop=loop, **kwargs)

        async def main():
            asyncio.get_running_loop().set_task_factory(factory)
            await start_task(asyncio.sleep(0))
            assert len(made) == 1

        asyncio.run(main())
