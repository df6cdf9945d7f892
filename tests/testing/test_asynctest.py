"""`AsyncTestCase`: each case here runs small cases of its own."""

import asyncio
import os
import socket
import unittest

import pytest

from zonda import gen
from zonda.ioloop import IOLoop
from zonda.log import app_log
from zonda.testing import AsyncTestCase, ExpectLog, gen_test


def outcome(method, base=AsyncTestCase):
    """Run a test method in a case of its own; the exception it ends with, or None."""
    errors = []

    class Result(unittest.TestResult):
        def addError(self, test, err):
            errors.append(err[1])

        def addFailure(self, test, err):
            errors.append(err[1])

        def addSkip(self, test, reason):
            errors.append(reason)

    case = type("Case", (base,), {"test": method})
    case("test").run(Result())
    return errors[0] if errors else None


def fails(method, kind, text):
    error = outcome(method)
    assert type(error) is kind
    assert text in str(error)


class TestWait:
    def test_stop_and_wait(self):
        def method(self):
            self.io_loop.call_later(0.001, self.stop, 5)
            assert self.wait() == 5
            self.io_loop.call_later(0.001, lambda: self.stop(a=1, b=2))
            assert self.wait() == {"a": 1, "b": 2}
            self.stop("before")
            assert self.wait() == "before"
            self.io_loop.add_callback(self.stop)
            assert self.wait() is None

        assert outcome(method) is None

    def test_stop_takes_one_kind_of_argument(self):
        fails(lambda self: self.stop(1, a=2), AssertionError, "one argument or keywords")

    def test_timeout(self):
        fails(lambda self: self.wait(timeout=0.01), AssertionError, "timed out after 0.01 seconds")

    def test_timeout_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("ASYNC_TEST_TIMEOUT", "0.02")
        fails(lambda self: self.wait(), AssertionError, "timed out after 0.02 seconds")

    def test_a_second_wait_has_its_own_timeout(self):
        def method(self):
            self.io_loop.call_later(0, self.stop)
            self.wait(timeout=0.02)
            self.io_loop.call_later(0.04, self.stop)
            self.wait(timeout=60)

        assert outcome(method) is None

    def test_condition(self):
        def method(self):
            calls = []

            def call():
                calls.append(1)
                self.stop(len(calls))

            for _ in range(3):
                self.io_loop.call_later(0.001, call)
            assert self.wait(condition=lambda: len(calls) == 3) == 3

        assert outcome(method) is None

    def test_errors_in_callbacks_are_logged(self):
        def method(self):
            self.io_loop.add_callback(lambda: 1 / 0)
            self.io_loop.call_later(0.001, self.stop)
            with ExpectLog(app_log, "Exception in callback"):
                self.wait()

        assert outcome(method) is None


class TestMethods:
    def test_coroutines_must_be_decorated(self):
        async def native(self):
            raise AssertionError("never run")

        def generator(self):
            yield

        for method in (native, generator):
            fails(method, TypeError, "decorated with zonda.testing.gen_test")

    def test_no_result_is_wanted(self):
        fails(lambda self: 5, ValueError, "Return value from test method ignored: 5")

    def test_skipping(self):
        @unittest.skip("not today")
        def decorated(self):
            yield

        def raised(self):
            raise unittest.SkipTest("not today")

        assert outcome(decorated) == outcome(raised) == "not today"

    def test_set_up_and_tear_down_of_subclasses(self):
        order = []

        class Base(AsyncTestCase):
            def setUp(self):
                super().setUp()
                assert IOLoop.current() is self.io_loop
                order.append("set up")

            def tearDown(self):
                order.append("tear down")
                assert not self.io_loop.asyncio_loop.is_closed()
                super().tearDown()
                assert self.io_loop.asyncio_loop.is_closed()

        assert outcome(lambda self: order.append("test"), Base) is None
        assert order == ["set up", "test", "tear down"]


class TestTheLoop:
    def test_each_test_has_its_own(self):
        loops = []
        for _ in range(2):
            assert outcome(lambda self: loops.append(self.io_loop)) is None
        assert loops[0] is not loops[1]
        assert IOLoop.current(instance=False) is None

    def test_one_that_is_not_the_tests_stays_open(self):
        asyncio_loop = asyncio.new_event_loop()
        asyncio.set_event_loop(asyncio_loop)

        class Base(AsyncTestCase):
            def get_new_ioloop(self):
                return IOLoop.current()

        loops = []
        assert outcome(lambda self: loops.append(self.io_loop), Base) is None
        assert loops[0].asyncio_loop is asyncio_loop
        assert not asyncio_loop.is_closed()
        loops[0].close()
        asyncio.set_event_loop(None)

    def test_tasks_left_behind_come_to_an_end(self):
        ended = []

        @gen_test
        async def method(self):
            async def forever():
                try:
                    await asyncio.Future()
                finally:
                    ended.append(1)

            self.task = asyncio.ensure_future(forever())
            await asyncio.sleep(0)

        assert outcome(method) is None
        assert ended

    def test_an_error_in_the_end_of_a_task_fails_the_test(self):
        @gen_test
        async def method(self):
            async def forever():
                try:
                    await asyncio.Future()
                finally:
                    raise KeyError(1)

            self.task = asyncio.ensure_future(forever())
            await asyncio.sleep(0)

        assert type(outcome(method)) is KeyError

    def test_generators_left_behind_are_closed(self):
        closed = []

        @gen_test
        async def method(self):
            async def generator():
                try:
                    yield 1
                    yield 2
                finally:
                    await gen.sleep(0)
                    closed.append(1)

            self.generator = generator()
            async for _ in self.generator:
                break

        assert outcome(method) is None
        assert closed

    def test_what_it_watched_is_closed(self):
        def method(self):
            a, b = socket.socketpair()
            self.io_loop.add_handler(a, print, IOLoop.READ)
            fds.append(os.dup(b.fileno()))
            self.io_loop.add_handler(fds[0], print, IOLoop.READ)
            b.close()

        fds = []
        assert outcome(method) is None
        with pytest.raises(OSError):
            os.fstat(fds[0])
