"""`Clock`: timers run at their own times, in order, without anybody waiting for them."""

import asyncio
import time

import pytest

from zonda import gen
from zonda.ioloop import IOLoop, PeriodicCallback
from zonda.testing.clock import Clock, ClockAsyncIOLoop


def in_clocks_loop(test):
    """Run an asynchronous test with a clock and its loop."""

    def run():
        ioloop = ClockAsyncIOLoop()
        try:
            ioloop.run_sync(lambda: test(Clock(ioloop)), timeout=30)
        finally:
            ioloop.close()

    return run


@in_clocks_loop
async def test_timers_between_run_at_their_own_time(clock):
    seen = []
    start = clock.time()
    begin = time.monotonic()

    def note():
        seen.append(round(clock.time() - start))

    async def sleeper():
        for _ in range(3):
            await asyncio.sleep(100)
            note()

    task = asyncio.ensure_future(sleeper())
    IOLoop.current().call_later(50, note)
    IOLoop.current().add_timeout(IOLoop.current().time() + 250, note)
    await asyncio.sleep(0)
    await clock.advance(260)
    assert seen == [50, 100, 200, 250]
    assert not task.done()
    await clock.advance(40)
    assert seen[4:] == [300]
    assert time.monotonic() - begin < 20
    assert clock.time() == start + 300


@in_clocks_loop
async def test_periodic_callbacks(clock):
    calls = []
    periodic = PeriodicCallback(lambda: calls.append(1), 60_000)
    periodic.start()
    await clock.advance(3601)
    periodic.stop()
    assert len(calls) == 60


@in_clocks_loop
async def test_time_outs(clock):
    waiting = gen.with_timeout(IOLoop.current().time() + 3600, asyncio.Future())
    await clock.advance(3599)
    assert not waiting.done()
    await clock.advance(1.001)
    with pytest.raises(TimeoutError):
        await waiting


@in_clocks_loop
async def test_time_stands_still_meanwhile(clock):
    start = clock.time()
    sleeping = asyncio.ensure_future(asyncio.sleep(0.001))
    await asyncio.to_thread(time.sleep, 0.01)
    assert not sleeping.done()
    assert clock.time() == start
    assert abs(IOLoop.current().time() - time.time()) < 5
    await clock.advance(0.001)
    assert sleeping.done()


@in_clocks_loop
async def test_cancelled_timers_do_no_harm(clock):
    IOLoop.current().remove_timeout(IOLoop.current().call_later(10, pytest.fail))
    await clock.advance(20)


@in_clocks_loop
async def test_time_does_not_go_back(clock):
    with pytest.raises(ValueError, match="cannot go back"):
        await clock.advance(-1)


def test_the_limit_of_a_test_is_real_time():
    ioloop = ClockAsyncIOLoop()

    async def long():
        await Clock(ioloop).advance(3600)
        return 5

    assert ioloop.run_sync(long, timeout=30) == 5
    with pytest.raises(TimeoutError, match=r"after 0\.01 seconds"):
        ioloop.run_sync(asyncio.Future, timeout=0.01)
    ioloop.close()
