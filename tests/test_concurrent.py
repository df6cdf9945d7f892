"""Futures of both kinds, and methods that run in a pool."""

import asyncio
import concurrent.futures
import gc
import inspect
import sys
import threading
import weakref

import pytest

from zonda import gen
from zonda.concurrent import (
    FUTURES,
    Future,
    call_when_done,
    chain_future,
    dummy_executor,
    future_add_done_callback,
    future_set_exc_info,
    future_set_exception_unless_cancelled,
    future_set_result_unless_cancelled,
    is_future,
    run_on_executor,
)
from zonda.log import app_log
from zonda.testing import ExpectLog

ThreadFuture = concurrent.futures.Future
KINDS = [Future, ThreadFuture]


def in_loop(test):
    """Run an asynchronous test method in a loop of its own."""

    def run(self, *args, **kwargs):
        asyncio.run(test(self, *args, **kwargs))

    # pytest looks at the signature for fixtures and parameters
    run.__signature__ = inspect.signature(test)
    return run


async def turns(n=5):
    for _ in range(n):
        await asyncio.sleep(0.001)


def test_is_future():
    assert Future is asyncio.Future
    assert is_future(ThreadFuture())
    assert not is_future(gen.moment)
    assert ThreadFuture in FUTURES


class TestDummyExecutor:
    def test_it_runs_at_once_in_this_thread(self):
        future = dummy_executor.submit(threading.current_thread)
        assert future.result() is threading.current_thread()
        assert dummy_executor.submit(int, "5", base=8).result() == 5
        with pytest.raises(ZeroDivisionError):
            dummy_executor.submit(lambda: 1 / 0).result()
        dummy_executor.shutdown(wait=False, cancel_futures=True)


class TestHelpers:
    @pytest.mark.parametrize("kind", KINDS)
    @in_loop
    async def test_set_unless_cancelled(self, kind):
        future = kind()
        future_set_result_unless_cancelled(future, 5)
        assert future.result() == 5
        with pytest.raises((asyncio.InvalidStateError, concurrent.futures.InvalidStateError)):
            future_set_result_unless_cancelled(future, 6)
        cancelled = kind()
        cancelled.cancel()
        future_set_result_unless_cancelled(cancelled, 5)
        with ExpectLog(app_log, "Exception after Future was cancelled") as log:
            future_set_exception_unless_cancelled(cancelled, KeyError(1))
        assert log.logged_stack
        failed = kind()
        future_set_exception_unless_cancelled(failed, KeyError(1))
        assert isinstance(failed.exception(), KeyError)

    @in_loop
    async def test_exc_info(self):
        future = asyncio.Future()
        try:
            raise KeyError(1)
        except KeyError:
            future_set_exc_info(future, sys.exc_info())
        with pytest.raises(KeyError):
            await future
        with pytest.raises(ValueError, match="no exception"):
            future_set_exc_info(asyncio.Future(), (None, None, None))

    @pytest.mark.parametrize("kind", KINDS)
    @in_loop
    async def test_add_done_callback_is_immediate_for_what_is_done(self, kind):
        calls = []
        future = kind()
        future_add_done_callback(future, calls.append)
        assert not calls
        future.set_result(5)
        await turns()
        future_add_done_callback(future, calls.append)
        assert calls == [future, future]

    @pytest.mark.parametrize("kind", KINDS)
    @in_loop
    async def test_call_when_done_is_never_immediate(self, kind):
        calls = []
        future = kind()
        future.set_result(5)
        call_when_done(future, calls.append)
        assert not calls
        await turns()
        assert calls == [future]


class TestChainFuture:
    @pytest.mark.parametrize("a", KINDS)
    @pytest.mark.parametrize("b", KINDS)
    @in_loop
    async def test_outcomes(self, a, b):
        for finish in ("result", "error", "cancel"):
            source, target = a(), b()
            chain_future(source, target)
            if finish == "result":
                source.set_result(5)
            elif finish == "error":
                source.set_exception(KeyError(1))
            else:
                source.cancel()
            await turns()
            if finish == "result":
                assert target.result() == 5
            elif finish == "error":
                assert isinstance(target.exception(), KeyError)
            else:
                assert target.cancelled()

    @pytest.mark.parametrize("kind", KINDS)
    @in_loop
    async def test_a_target_that_is_done_is_left_alone(self, kind):
        source, target = kind(), asyncio.Future()
        chain_future(source, target)
        target.cancel()
        source.set_result(5)
        await turns()
        assert target.cancelled()
        assert not source.cancelled()

    @in_loop
    async def test_what_is_done_is_copied_at_once(self):
        source, target = asyncio.Future(), asyncio.Future()
        source.set_result(5)
        chain_future(source, target)
        assert target.result() == 5


class Work:
    def __init__(self, pool):
        self.executor = pool
        self.other = pool
        self.release = threading.Event()

    @run_on_executor
    def value(self, number):
        """Its docstring."""
        return number, threading.current_thread()

    @run_on_executor(executor="other")
    def fail(self):
        raise KeyError(1)

    @run_on_executor()
    def wait(self):
        assert self.release.wait(10)
        return "waited"

    @run_on_executor
    def call_value(self):
        # Inside a worker thread, which has no loop.
        return self.value(7).result(timeout=10)


@pytest.fixture
def work():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        work = Work(pool)
        yield work
        work.release.set()


class TestRunOnExecutor:
    def test_the_method_keeps_its_face(self):
        assert Work.value.__name__ == "value"
        assert Work.value.__doc__ == "Its docstring."

    @pytest.mark.parametrize(
        ("args", "kwargs", "error"),
        [
            ((print, print), {}, ValueError),
            ((print,), {"executor": "x"}, ValueError),
            ((), {"io_loops": "x"}, TypeError),
        ],
    )
    def test_wrong_arguments(self, args, kwargs, error):
        with pytest.raises(error):
            run_on_executor(*args, **kwargs)

    @in_loop
    async def test_awaited(self, work):
        number, thread = await work.value(5)
        assert number == 5
        assert thread is not threading.current_thread()
        assert isinstance(work.value(5), asyncio.Future)
        with pytest.raises(KeyError):
            await work.fail()

    @in_loop
    async def test_yielded(self, work):
        @gen.coroutine
        def function():
            number, _ = yield work.value(5)
            with pytest.raises(KeyError):
                yield work.fail()
            return number

        assert await function() == 5

    @in_loop
    async def test_asyncios_tools_take_it(self, work):
        results = await asyncio.gather(work.value(1), asyncio.wait_for(work.value(2), 10))
        assert [number for number, _ in results] == [1, 2]
        done, _ = await asyncio.wait([work.value(3)], timeout=10)
        assert done.pop().result()[0] == 3

    @in_loop
    async def test_another_thread_waits_for_the_result(self, work):
        future = work.wait()
        failing = work.fail()

        def elsewhere():
            with pytest.raises(TimeoutError):
                future.result(timeout=0.001)
            with pytest.raises(TimeoutError):
                future.exception(timeout=0.001)
            work.release.set()
            assert isinstance(failing.exception(), KeyError)
            return future.result(timeout=10), future.exception(timeout=10)

        assert await asyncio.to_thread(elsewhere) == ("waited", None)
        assert await future == "waited"
        with pytest.raises(KeyError):
            await failing

    @in_loop
    async def test_in_the_loops_thread_result_does_not_wait(self, work):
        future = work.wait()
        with pytest.raises(asyncio.InvalidStateError):
            future.result()
        work.release.set()
        await future
        assert future.result() == "waited"
        assert future.exception() is None

    @in_loop
    async def test_cancelling_reaches_the_pool(self, work):
        blocking = [work.wait(), work.wait()]
        queued = work.value(5)
        source = queued._source
        queued.cancel()
        work.release.set()
        await asyncio.gather(*blocking)
        assert queued.cancelled()
        assert source.cancelled()

    @in_loop
    async def test_it_is_freed_without_the_collector(self, work):
        gc.collect()
        gc.disable()
        try:
            future = work.value(5)
            await future
            dead = weakref.ref(future)
            del future
            # The pool's thread may not have left the callback yet.
            while dead() is not None:
                await asyncio.sleep(0.001)
        finally:
            gc.enable()

    @in_loop
    async def test_from_a_worker_thread(self, work):
        assert (await work.call_value())[0] == 7

    def test_where_no_loop_runs(self, work):
        assert work.value(5).result(timeout=10)[0] == 5
        with pytest.raises(KeyError):
            work.fail().result(timeout=10)
        future = work.wait()

        async def main():
            asyncio.get_running_loop().call_later(0.001, work.release.set)
            return await future

        assert asyncio.run(main()) == "waited"

    def test_cancelling_there(self, work):
        blocking = [work.wait(), work.wait()]
        queued = work.value(5)
        queued.cancel()
        work.release.set()
        for future in blocking:
            future.result(timeout=10)
        with pytest.raises(concurrent.futures.CancelledError):
            queued.result(timeout=10)

    def test_the_loop_may_be_gone_when_the_work_is_done(self, work):
        async def main():
            work.wait()

        asyncio.run(main())
        work.release.set()
        work.executor.shutdown()
