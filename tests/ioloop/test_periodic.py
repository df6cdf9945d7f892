"""`PeriodicCallback`: when the next call is due, and what one call may do."""

import asyncio
import datetime
import random

import pytest

from zonda import gen
from zonda.ioloop import PeriodicCallback
from zonda.log import app_log
from zonda.testing import ExpectLog


def due_times(periodic, start, nows):
    """The due times that follow when it is asked at these times."""
    periodic._next_timeout = start
    result = []
    for now in nows:
        periodic._update_next(now)
        result.append(periodic._next_timeout)
    return result


class TestDueTime:
    def test_in_step(self):
        periodic = PeriodicCallback(int, 10_000)
        assert due_times(periodic, 1000, [1000, 1010, 1020.5]) == [1010, 1020, 1030]

    def test_timedelta(self):
        periodic = PeriodicCallback(int, datetime.timedelta(minutes=1))
        assert periodic.callback_time == 60_000
        assert due_times(periodic, 1000, [1000]) == [1060]

    def test_what_was_missed_is_left_out(self):
        periodic = PeriodicCallback(int, 10_000)
        assert due_times(periodic, 1000, [1035, 1040, 1051]) == [1040, 1050, 1060]

    def test_a_clock_set_back_does_not_make_calls_bunch(self):
        periodic = PeriodicCallback(int, 10_000)
        assert due_times(periodic, 1000, [1000, 500, 500.1]) == [1010, 1020, 1030]

    def test_jitter(self, monkeypatch):
        values = iter([0.5, 1.0, 0.0, 0.75])
        monkeypatch.setattr(random, "random", lambda: next(values))
        periodic = PeriodicCallback(int, 10_000, jitter=0.5)
        assert due_times(periodic, 0, [0, 10, 22.5, 30]) == [10, 22.5, 30, 41.25]


@pytest.mark.parametrize("period", [0, -1, datetime.timedelta(0)])
def test_the_period_must_be_positive(period):
    with pytest.raises(ValueError, match="positive"):
        PeriodicCallback(int, period)


async def calls_of(callback, count):
    """Run it until it was called so often."""
    enough = asyncio.Event()
    calls = []

    def counted():
        calls.append(None)
        if len(calls) == count:
            periodic.stop()
            enough.set()
        return callback()

    periodic = PeriodicCallback(counted, 1)
    periodic.start()
    assert periodic.is_running()
    await asyncio.wait_for(enough.wait(), 10)
    assert not periodic.is_running()
    await asyncio.sleep(0.005)
    return len(calls)


def test_it_calls_until_it_is_stopped():
    assert asyncio.run(calls_of(lambda: None, 3)) == 3


def test_exceptions_are_logged_and_do_not_end_it():
    with ExpectLog(app_log, "Exception in callback") as log:
        assert asyncio.run(calls_of(lambda: 1 / 0, 3)) == 3
    assert log.matched == 3


async def native(body):
    await body()


@gen.coroutine
def decorated(body):
    yield body()


@pytest.mark.parametrize("kind", [native, decorated])
def test_coroutines_do_not_overlap(kind):
    running = []

    async def body():
        assert not running
        running.append(None)
        await asyncio.sleep(0.005)
        running.pop()

    assert asyncio.run(calls_of(lambda: kind(body), 3)) == 3


@pytest.mark.parametrize("kind", [native, decorated])
def test_exceptions_of_coroutines_are_logged(kind):
    async def body():
        await asyncio.sleep(0)
        raise KeyError(1)

    with ExpectLog(app_log, "Exception in callback") as log:
        assert asyncio.run(calls_of(lambda: kind(body), 2)) == 2
    assert log.matched == 2


def test_stop_and_start_again_while_a_call_is_under_way():
    async def main():
        calls = []
        release = asyncio.Event()

        async def callback():
            calls.append(None)
            await release.wait()

        periodic = PeriodicCallback(callback, 1)
        periodic.start()
        while not calls:
            await asyncio.sleep(0.001)
        periodic.stop()
        release.set()
        periodic.start()
        while len(calls) < 4:
            await asyncio.sleep(0.001)
        periodic.stop()
        await asyncio.sleep(0)
        done = len(calls)
        await asyncio.sleep(0.01)
        assert len(calls) == done

    asyncio.run(main())


def test_stop_before_start_and_from_the_callback():
    async def main():
        called = asyncio.Event()
        periodic = PeriodicCallback(lambda: (periodic.stop(), called.set()), 1)
        periodic.stop()
        assert not periodic.is_running()
        periodic.start()
        await asyncio.wait_for(called.wait(), 10)
        assert periodic._timeout is None

    asyncio.run(main())


def test_a_subclass_may_override_run():
    async def main():
        ran = asyncio.Event()

        class Once(PeriodicCallback):
            def _run(self):
                self._running = False
                ran.set()

        once = Once(int, 1)
        once.start()
        await asyncio.wait_for(ran.wait(), 10)

    asyncio.run(main())
