"""`sleep` and `with_timeout`."""

import asyncio
import concurrent.futures
import datetime
import time

import pytest

from zonda import gen
from zonda.log import app_log
from zonda.testing import ExpectLog

SOON = datetime.timedelta(milliseconds=5)
LATE = datetime.timedelta(seconds=60)


def in_loop(test):
    """Run an asynchronous test in a loop of its own."""
    return lambda: asyncio.run(test())


@in_loop
async def test_sleep():
    begin = time.monotonic()
    assert await gen.sleep(0.02) is None
    assert time.monotonic() - begin >= 0.019
    cancelled = gen.sleep(0)
    cancelled.cancel()
    await gen.sleep(0.001)


@in_loop
async def test_a_result_in_time():
    assert await gen.with_timeout(LATE, asyncio.sleep(0, 5)) == 5
    assert await gen.with_timeout(time.time() + 60, [asyncio.sleep(0, 5), gen.moment]) == [5, None]
    assert gen.with_timeout(0, gen.maybe_future(5)).result() == 5


@in_loop
async def test_an_error_in_time():
    future = asyncio.Future()
    result = gen.with_timeout(LATE, future)
    future.set_exception(KeyError(1))
    with pytest.raises(KeyError):
        await result


@pytest.mark.parametrize("timeout", [0, 1, SOON, datetime.timedelta(0)])
def test_time_is_up(timeout):
    async def main():
        with pytest.raises(TimeoutError, match=r"^Timeout$"):
            await gen.with_timeout(timeout, future := asyncio.Future())
        assert not future.cancelled()

    asyncio.run(main())


@in_loop
async def test_messages():
    asked = []

    def message():
        asked.append(1)
        return "too slow"

    with pytest.raises(TimeoutError, match=r"^hurry$"):
        await gen.with_timeout(0, asyncio.Future(), message="hurry")
    assert await gen.with_timeout(LATE, asyncio.sleep(0, 5), message=message) == 5
    assert not asked
    with pytest.raises(TimeoutError, match=r"^too slow$"):
        await gen.with_timeout(0, asyncio.Future(), message=message)


@in_loop
async def test_a_late_error_is_logged():
    future = asyncio.Future()
    with pytest.raises(TimeoutError):
        await gen.with_timeout(0, future)
    future.set_exception(KeyError(1))
    with ExpectLog(app_log, r"Exception in Future .* after timeout") as log:
        await asyncio.sleep(0)
    assert log.logged_stack


@pytest.mark.parametrize("finish", ["quiet", "cancel", "result"])
def test_a_late_outcome_that_is_not_logged(finish):
    async def main():
        future = asyncio.Future()
        with pytest.raises(TimeoutError):
            await gen.with_timeout(0, future, quiet_exceptions=(KeyError, OSError))
        if finish == "quiet":
            future.set_exception(KeyError(1))
        elif finish == "cancel":
            future.cancel()
        else:
            future.set_result(5)
        with ExpectLog(app_log, "", required=False) as log:
            await asyncio.sleep(0)
        assert not log.matched

    asyncio.run(main())


@in_loop
async def test_the_awaited_future_is_cancelled_by_others():
    future = asyncio.Future()
    result = gen.with_timeout(LATE, future)
    future.cancel()
    with pytest.raises(asyncio.CancelledError):
        await result


@in_loop
async def test_the_one_who_waits_is_cancelled():
    future = asyncio.Future()
    result = gen.with_timeout(SOON, future)
    result.cancel()
    await asyncio.sleep(0.01)
    assert not future.cancelled()
    future.set_result(5)
    await asyncio.sleep(0)


@in_loop
async def test_futures_of_a_pool():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert await gen.with_timeout(LATE, pool.submit(lambda: 5)) == 5
        with pytest.raises(TimeoutError):
            await gen.with_timeout(SOON, pool.submit(time.sleep, 0.03))


@in_loop
async def test_what_cannot_be_awaited():
    with pytest.raises(gen.BadYieldError):
        gen.with_timeout(0, 5)
