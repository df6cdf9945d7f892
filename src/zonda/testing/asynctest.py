"""`AsyncTestCase`: a `unittest.TestCase` with an event loop."""

from __future__ import annotations

import asyncio
import inspect
import sys
import unittest
from collections.abc import Callable, Generator
from typing import Any

from zonda.ioloop import IOLoop
from zonda.platform.asyncio import AsyncIOMainLoop
from zonda.testing.gentest import get_async_test_timeout


class AsyncTestCase(unittest.TestCase):
    """A test case whose ``io_loop`` is made before each test and closed after it.

    Test methods that wait are decorated with `gen_test`. The older way is a callback that
    calls `stop`, and `wait`, which runs the loop until then::

        def test_fetch(self):
            AsyncHTTPClient().fetch(URL).add_done_callback(self.stop)
            response = self.wait().result()

    A method that is a generator or coroutine function without `gen_test` fails, instead of
    passing without having run.
    """

    io_loop: IOLoop

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self.__stopped = False
        self.__running = False
        self.__timed_out = False
        self.__stop_args: Any = None
        self.__failure: BaseException | None = None

    def _callTestMethod(self, method: Callable[[], Any]) -> None:
        """Run the test method, and refuse what it may return (`unittest` calls this)."""
        result = method()
        if isinstance(result, Generator) or inspect.iscoroutine(result):
            result.close()
            raise TypeError(
                "Generator and coroutine test methods should be decorated with "
                "zonda.testing.gen_test"
            )
        if result is not None:
            raise ValueError(f"Return value from test method ignored: {result!r}")

    def setUp(self) -> None:
        """Make the loop; an overriding method begins with ``super().setUp()``."""
        super().setUp()
        self.io_loop = self.get_new_ioloop()
        self.io_loop.make_current()
        # Callbacks in the style of Tornado 4 fail the test that started them.
        self.io_loop._old_callback_failed = self.__fail  # type: ignore[attr-defined]

    def tearDown(self) -> None:
        """End the tasks that the test left, and close the loop.

        :raises Exception: such a task failed.
        """
        end_loop(self.io_loop)
        super().tearDown()

    def get_new_ioloop(self) -> IOLoop:
        """The loop for a test; override it to use another one.

        A loop that is not made for the test, as ``IOLoop.current()`` returns it, is not
        closed after it.
        """
        ioloop: IOLoop = IOLoop(make_current=False)
        return ioloop

    def stop(self, _arg: Any = None, **kwargs: Any) -> None:
        """Let `wait` return, now or (if it is called later) at once.

        The argument, or a dict of the keyword arguments, is what it returns.
        """
        assert _arg is None or not kwargs, "stop() takes one argument or keywords, not both"
        self.__stop_args = kwargs or _arg
        if self.__running:
            self.io_loop.stop()
            self.__running = False
        self.__stopped = True

    def wait(
        self,
        condition: Callable[..., bool] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Run the loop until `stop` is called, and return what it was given.

        :param condition: called after `stop`; the loop goes on until it returns true.
        :param timeout: seconds, by default those of `get_async_test_timeout`.
        :raises AssertionError: `stop` was not called in time.
        """
        if timeout is None:
            timeout = get_async_test_timeout()
        if not self.__stopped:
            self.__timed_out = False
            handle = self.io_loop.call_later(timeout, self.__expire)
            try:
                while True:
                    self.__running = True
                    self.io_loop.start()
                    if self.__failure or self.__timed_out or condition is None or condition():
                        break
            finally:
                self.io_loop.remove_timeout(handle)
                self.__running = False
            failure, self.__failure = self.__failure, None
            if failure is not None:
                raise failure
            if self.__timed_out:
                raise self.failureException(f"Async operation timed out after {timeout} seconds")
        self.__stopped = False
        result, self.__stop_args = self.__stop_args, None
        return result

    def __fail(self, failure: BaseException) -> None:
        if self.__failure is None:
            self.__failure = failure
        self.stop()

    def __expire(self) -> None:
        self.__timed_out = True
        self.io_loop.stop()


def end_loop(ioloop: IOLoop) -> None:
    """Bring what a test has left in its loop to an end, and close the loop.

    :raises Exception: a task that was left failed while it was cancelled.
    """
    loop = ioloop.asyncio_loop
    try:
        if not loop.is_closed():
            loop.run_until_complete(_end_tasks())
            loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        process = sys.modules.get("zonda.process")
        if process is not None:
            process.Subprocess.uninitialize()  # its watchers belong to this loop
        ioloop._clear_current()
        if not isinstance(ioloop, AsyncIOMainLoop):
            ioloop.close(all_fds=True)


async def _end_tasks() -> None:
    """Cancel the loop's other tasks, and let them come to their end."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
