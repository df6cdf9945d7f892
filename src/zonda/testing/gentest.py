"""``@gen_test``: test methods that wait."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Generator
from typing import Any, TypeVar, overload

from zonda.gen import coroutine
from zonda.util import TimeoutError

TestMethod = Callable[..., Any]
F = TypeVar("F", bound=TestMethod)

DEFAULT_TIMEOUT: float = 5


def get_async_test_timeout() -> float:
    """How long a test may wait, in seconds: ``ASYNC_TEST_TIMEOUT``, or 5."""
    try:
        return float(os.environ["ASYNC_TEST_TIMEOUT"])
    except (KeyError, ValueError):
        return DEFAULT_TIMEOUT


@overload
def gen_test(func: TestMethod) -> Callable[..., None]: ...


@overload
def gen_test(*, timeout: float | None = None) -> Callable[[TestMethod], Callable[..., None]]: ...


def gen_test(func: TestMethod | None = None, timeout: float | None = None) -> Callable[..., Any]:
    """Decorate a test method that is a coroutine function of either kind.

    It runs in the ``io_loop`` of its `AsyncTestCase`::

        class MyTest(AsyncTestCase):
            @gen_test
            async def test_something(self): ...

            @gen_test(timeout=10)
            def test_slow(self):
                yield ...

    :param timeout: seconds, by default those of `get_async_test_timeout`; a test that
        takes longer fails with `TimeoutError` at the place where it was waiting.
    """
    limit = get_async_test_timeout() if timeout is None else timeout

    def wrap(method: TestMethod) -> Callable[..., None]:
        @functools.wraps(method)
        def run(self: Any, *args: Any, **kwargs: Any) -> Any:
            suspended: list[Generator[Any, Any, Any]] = []

            def start() -> Any:
                result = method(self, *args, **kwargs)
                if isinstance(result, Generator):
                    suspended.append(result)
                return result

            body = start if inspect.iscoroutinefunction(method) else coroutine(start)
            try:
                return self.io_loop.run_sync(body, timeout=limit)
            except TimeoutError as error:
                # The traceback ends in the loop. One that was thrown into the generator
                # ends where it waits, which is what one wants to know.
                if suspended and suspended[0].gi_frame is not None:  # type: ignore[attr-defined]
                    suspended[0].throw(error)
                raise

        return run

    return wrap if func is None else wrap(func)
