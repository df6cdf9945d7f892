"""asyncio's side of `IOLoop`."""

import asyncio
import concurrent.futures

import pytest

from zonda import gen
from zonda.ioloop import IOLoop
from zonda.platform import asyncio as platform_asyncio
from zonda.platform.asyncio import (
    AsyncIOLoop,
    AsyncIOMainLoop,
    BaseAsyncIOLoop,
    to_asyncio_future,
    to_tornado_future,
)


def test_both_interfaces_in_one_program():
    async def main():
        calls = []
        IOLoop.current().add_callback(calls.append, "ioloop")
        asyncio.get_running_loop().call_soon(calls.append, "asyncio")
        await asyncio.sleep(0)
        assert calls == ["ioloop", "asyncio"]

    asyncio.run(main())


def test_the_main_loop_stands_on_the_current_one():
    async def main():
        loop = AsyncIOMainLoop()
        assert loop.asyncio_loop is asyncio.get_running_loop()
        assert IOLoop.current() is loop
        with pytest.raises(RuntimeError, match="already associated"):
            AsyncIOMainLoop()

    asyncio.run(main())


def test_the_main_loop_outside_a_running_one():
    asyncio_loop = asyncio.new_event_loop()
    asyncio.set_event_loop(asyncio_loop)
    loop = AsyncIOMainLoop()
    assert loop.asyncio_loop is asyncio_loop
    loop.clear_current()
    loop.close()
    assert asyncio_loop.is_closed()
    asyncio.set_event_loop(None)
    made = AsyncIOMainLoop()
    assert IOLoop.current() is made
    made.close()
    asyncio.set_event_loop(None)


def test_given_loops():
    asyncio_loop = asyncio.new_event_loop()
    loop = AsyncIOLoop(asyncio_loop=asyncio_loop, make_current=False)
    assert loop.asyncio_loop is asyncio_loop is loop.selector_loop
    assert not loop.is_current
    loop.close()
    other = BaseAsyncIOLoop(asyncio.new_event_loop(), make_current=False)
    assert other.run_sync(lambda: gen.sleep(0)) is None
    other.close()


def test_futures():
    async def native():
        return 5

    async def main():
        assert await to_asyncio_future(native()) == 5
        assert await to_asyncio_future([native(), native()]) == [5, 5]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            assert await to_asyncio_future(pool.submit(int)) == 0
        future = asyncio.Future()
        assert to_asyncio_future(future) is future is to_tornado_future(future)

    asyncio.run(main())


def test_names_that_are_not_there():
    with pytest.raises(AttributeError, match="NoSuchName"):
        _ = platform_asyncio.NoSuchName
