"""``@coroutine`` and `Runner`: values, errors, contexts, and what is left behind."""

import asyncio
import contextvars
import functools
import gc
import sys
import threading
import types
import weakref

import pytest

from zonda import gen
from zonda.ioloop import IOLoop
from zonda.log import app_log
from zonda.testing import ExpectLog


def run(function):
    """The result of a coroutine function of either kind, in a loop of its own."""

    async def main():
        return await function()

    return asyncio.run(main())


class TestOutcome:
    def test_return(self):
        @gen.coroutine
        def function():
            yield gen.moment
            return 5

        assert run(function) == 5

    def test_raise_return(self):
        @gen.coroutine
        def function():
            yield gen.moment
            raise gen.Return(5)

        assert run(function) == 5

    def test_raise_return_without_value(self):
        @gen.coroutine
        def function():
            raise gen.Return
            yield

        assert run(function) is None

    def test_a_plain_function(self):
        assert run(gen.coroutine(lambda: 5)) == 5

    @pytest.mark.parametrize("early", [True, False])
    def test_exception(self, early):
        @gen.coroutine
        def function():
            if not early:
                yield gen.moment
            raise KeyError(1)
            yield

        with pytest.raises(KeyError):
            run(function)

    def test_an_exception_of_a_plain_function_is_in_the_future(self):
        async def main():
            future = gen.coroutine(lambda: 1 / 0)()
            with pytest.raises(ZeroDivisionError):
                await future

        asyncio.run(main())

    def test_exceptions_can_be_caught_and_replaced(self):
        async def fail(error):
            raise error

        @gen.coroutine
        def function():
            try:
                yield fail(KeyError(1))
            except KeyError:
                pass
            yield gen.moment
            try:
                yield fail(KeyError(1))
            except KeyError:
                raise IndexError(2) from None

        with pytest.raises(IndexError):
            run(function)

    @pytest.mark.parametrize("early", [True, False])
    def test_cancelled_error_cancels(self, early):
        @gen.coroutine
        def function():
            if not early:
                yield gen.moment
            raise asyncio.CancelledError
            yield

        async def main():
            future = function()
            await asyncio.wait([future])
            assert future.cancelled()

        asyncio.run(main())

    def test_a_cancelled_future_raises_where_it_is_awaited(self):
        @gen.coroutine
        def function():
            future = asyncio.Future()
            asyncio.get_running_loop().call_soon(future.cancel)
            try:
                yield future
            except asyncio.CancelledError:
                return "caught"

        assert run(function) == "caught"

    def test_cancelling_the_result_does_not_stop_the_function(self):
        ran = []

        @gen.coroutine
        def function():
            yield gen.moment
            ran.append(1)

        async def main():
            function().cancel()
            await asyncio.sleep(0.001)

        asyncio.run(main())
        assert ran

    def test_an_exception_after_that_is_logged(self):
        @gen.coroutine
        def function():
            yield gen.moment
            raise KeyError(1)

        async def main():
            function().cancel()
            await asyncio.sleep(0.001)

        with ExpectLog(app_log, "Exception after Future was cancelled") as log:
            asyncio.run(main())
        assert log.logged_stack

    @pytest.mark.parametrize("early", [True, False])
    def test_system_exit_goes_through(self, early):
        @gen.coroutine
        def function():
            if not early:
                yield gen.moment
            raise SystemExit(3)
            yield

        with pytest.raises(SystemExit):
            run(function)

    def test_stop_iteration_of_a_plain_function_is_its_value(self):
        @gen.coroutine
        def function():
            raise StopIteration(5)

        assert run(function) == 5

    def test_any_generator_object(self):
        @types.coroutine
        def generator():
            yield gen.moment
            return 5

        assert run(gen.coroutine(lambda: generator())) == 5


class TestYield:
    def test_what_cannot_be_yielded(self):
        @gen.coroutine
        def function():
            with pytest.raises(gen.BadYieldError, match="unknown object 5"):
                yield 5
            with pytest.raises(gen.BadYieldError):
                yield (gen.moment,)
            return "on"

        assert run(function) == "on"

    def test_done_futures_do_not_involve_the_loop(self):
        @gen.coroutine
        def leaf(n):
            if n < 0:
                yield
            return n

        @gen.coroutine
        def function():
            total = 0
            for n in range(100):
                total += yield leaf(n)
            return total

        async def main():
            loop = asyncio.get_running_loop()
            turns = []
            loop.call_soon(turns.append, 1)
            future = function()
            assert future.done()
            assert not turns
            assert future.result() == sum(range(100))

        asyncio.run(main())

    def test_a_deep_chain_of_done_futures_needs_no_deep_stack(self):
        @gen.coroutine
        def function():
            for _ in range(sys.getrecursionlimit() * 2):
                yield gen.maybe_future(None)
            return "done"

        assert run(function) == "done"

    @pytest.mark.parametrize("value", [None, gen.moment])
    def test_a_moment_is_one_turn(self, value):
        async def main():
            order = []

            @gen.coroutine
            def function(name):
                for n in range(3):
                    order.append((name, n))
                    yield value

            await gen.multi([function("a"), function("b")])
            assert order == [(name, n) for n in range(3) for name in "ab"]

        asyncio.run(main())

    def test_native_coroutines_and_back(self):
        @gen.coroutine
        def decorated(n):
            if n == 0:
                yield asyncio.sleep(0)
                return "bottom"
            return (yield native(n - 1))

        async def native(n):
            return await decorated(n)

        assert run(lambda: decorated(5)) == "bottom"

    def test_futures_of_a_pool(self):
        @gen.coroutine
        def function():
            return (yield IOLoop.current().run_in_executor(None, threading.current_thread))

        assert run(function) is not threading.current_thread()


class TestWithoutARunningLoop:
    def test_in_the_main_thread_it_waits_for_the_loop_to_start(self):
        ioloop = IOLoop()

        @gen.coroutine
        def function():
            yield gen.sleep(0)
            ioloop.stop()
            return 5

        future = function()
        ioloop.start()
        assert future.result() == 5
        ioloop.close()

    def test_in_another_thread_it_is_an_error(self):
        errors = []

        def call():
            try:
                gen.coroutine(lambda: 5)()
            except RuntimeError as error:
                errors.append(str(error))

        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
        assert "no current event loop" in errors[0]


class TestContext:
    variable = contextvars.ContextVar("variable", default=0)

    def test_it_runs_in_a_copy(self):
        @gen.coroutine
        def function():
            self.variable.set(1)
            yield gen.moment
            assert self.variable.get() == 1
            self.variable.set(2)
            yield gen.sleep(0.001)
            assert self.variable.get() == 2

        async def main():
            self.variable.set(9)
            future = function()
            assert self.variable.get() == 9
            await future
            assert self.variable.get() == 9

        asyncio.run(main())

    def test_a_plain_function_does_too(self):
        async def main():
            await gen.coroutine(lambda: self.variable.set(1))()
            assert self.variable.get() == 0

        asyncio.run(main())

    def test_what_it_awaits_sees_its_variables(self):
        async def native():
            return self.variable.get()

        @gen.coroutine
        def function():
            self.variable.set(1)
            first = yield native()
            self.variable.set(2)
            yield gen.moment
            second = yield native()
            return first, second

        assert run(function) == (1, 2)

    def test_tokens_can_be_reset_later(self):
        @gen.coroutine
        def function():
            token = self.variable.set(1)
            yield gen.sleep(0)
            yield asyncio.sleep(0)
            self.variable.reset(token)
            return self.variable.get()

        assert run(function) == 0

    def test_pool_futures_resume_in_it(self):
        @gen.coroutine
        def function():
            self.variable.set(1)
            import concurrent.futures

            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                yield pool.submit(int)
            return self.variable.get()

        assert run(function) == 1


class TestRunner:
    def test_handle_exception(self):
        caught = []

        async def main():
            def function():
                try:
                    yield never
                except KeyError:
                    caught.append(1)
                yield never
                caught.append(2)

            never = asyncio.Future()
            result = asyncio.Future()
            generator = function()
            first = next(generator)
            run = contextvars.copy_context().run
            runner = gen.Runner(run, generator, result, first)
            runner.run()
            assert runner.future is never
            assert runner.io_loop is IOLoop.current()
            assert runner.handle_exception(KeyError, KeyError(1), None)
            assert caught == [1]
            never.set_result(None)
            await result
            assert caught == [1, 2]
            assert runner.finished
            assert not runner.handle_exception(KeyError, KeyError(1), None)

        asyncio.run(main())

    def test_the_future_that_somebody_waits_for_keeps_it_alive(self):
        async def main():
            futures = []

            @gen.coroutine
            def function():
                future = asyncio.Future()
                futures.append(weakref.ref(future))
                return (yield future)

            result = function()
            gc.collect()
            futures[0]().set_result(5)
            assert await result == 5

        asyncio.run(main())

    def test_a_suspended_coroutine_that_nobody_waits_for_can_be_collected(self):
        closed = []

        async def main():
            @gen.coroutine
            def function():
                try:
                    yield asyncio.Future()
                finally:
                    closed.append(1)

            function()
            gc.collect()
            assert closed

        asyncio.run(main())


class TestNothingIsLeftBehind:
    @pytest.fixture(autouse=True)
    def no_collector(self):
        gc.collect()
        gc.disable()
        yield
        gc.enable()

    @pytest.mark.parametrize("suspend", ["not", "done", "moment", "future", "native"])
    @pytest.mark.parametrize("fail", [False, True])
    def test_locals_are_freed_at_once(self, suspend, fail):
        class Local:
            pass

        freed = []

        @gen.coroutine
        def inner():
            local = Local()
            weakref.finalize(local, freed.append, 1)
            if suspend == "done":
                yield gen.maybe_future(None)
            elif suspend == "moment":
                yield gen.moment
            elif suspend == "future":
                yield gen.sleep(0)
            elif suspend == "native":
                yield asyncio.sleep(0)
            if fail:
                raise ValueError

        @gen.coroutine
        def outer():
            try:
                yield inner()
            except ValueError:
                pass

        async def main():
            await outer()
            for _ in range(3):
                await asyncio.sleep(0)
            assert freed

        asyncio.run(main())

    def test_a_handled_error_is_not_the_context_of_the_next(self):
        @gen.coroutine
        def fail():
            raise KeyError(1)

        @gen.coroutine
        def function():
            try:
                yield fail()
            except KeyError:
                pass
            error = IndexError(2)
            try:
                raise error
            except IndexError:
                assert error.__context__ is None
            yield gen.moment
            raise error

        with pytest.raises(IndexError) as raised:
            run(function)
        assert raised.value.__context__ is None


def test_is_coroutine_function():
    @gen.coroutine
    def function():
        """Its docstring."""
        yield

    assert gen.is_coroutine_function(function)
    assert function.__name__ == "function"
    assert function.__doc__ == "Its docstring."
    assert function.__wrapped__ is not function
    assert not gen.is_coroutine_function(run)
    assert not gen.is_coroutine_function(functools.partial(function))


def test_debug_mode_names_the_line_of_the_call():
    @gen.coroutine
    def function():
        yield gen.moment

    async def main():
        future = function()
        assert "test_coroutine.py" in repr(future)
        await future

    asyncio.run(main(), debug=True)


def test_return_carries_its_value():
    assert gen.Return(5).value == 5
    assert gen.Return(5).args == (5,)
    assert gen.Return().value is None
