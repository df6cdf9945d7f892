"""``gen.engine``, ``gen.Task`` and ``gen.Arguments``: coroutines around callbacks."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple

from zonda.concurrent import Future, ReturnValueIgnoredError
from zonda.gen.coroutine import coroutine
from zonda.gen.yielded import new_future
from zonda.ioloop import IOLoop
from zonda.legacy import deprecated
from zonda.tornado.past.stack_context import ExceptionStackContext, run_old
from zonda.tornado.past.yieldpoints import (
    Callback,
    MultiYieldPoint,
    Wait,
    WaitAll,
    YieldFuture,
    YieldPoint,
)

__all__ = [
    "Arguments",
    "Callback",
    "MultiYieldPoint",
    "Task",
    "Wait",
    "WaitAll",
    "YieldFuture",
    "YieldPoint",
    "engine",
]


class Arguments(NamedTuple):
    """What a callback was called with, if it was not one positional argument or none."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def result_of_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The value of ``yield``, by what the callback was called with."""
    if kwargs or len(args) > 1:
        return Arguments(args, kwargs)
    return args[0] if args else None


def engine(func: Callable[..., Any]) -> Callable[..., None]:
    """Decorate a generator function that nobody waits for: calling it returns None.

    Its exceptions go to the handler of the context (the error page of an ``@asynchronous``
    request) or into the log.

    :raises ReturnValueIgnoredError: (there) the function returned a value.
    """
    deprecated("@gen.engine", "@gen.coroutine or async def")
    begin = coroutine(func)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        future = begin(*args, **kwargs)
        if future.done():
            _check(future, func)
        else:
            io_loop = IOLoop.current()
            io_loop.add_future(future, lambda done: run_old(io_loop, _check, done, func))

    return wrapper


def _check(future: Future[Any], func: Callable[..., Any]) -> None:
    value = future.result()
    if value is not None:
        raise ReturnValueIgnoredError(
            f"@gen.engine functions cannot return values: {func.__qualname__} returned {value!r}"
        )


def Task(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
    """Call ``func(*args, callback=..., **kwargs)``; a future of what it calls back with.

    No argument is None, a single one itself, anything else an :class:`Arguments`. An
    exception of *func* or of a callback that it started becomes the future's.
    """
    deprecated("gen.Task", "await, with a function that returns a future")
    future = new_future()
    loop, thread = future.get_loop(), threading.get_ident()

    def settle(value: Any) -> None:
        if not future.done():
            future.set_result(value)

    def callback(*args: Any, **kwargs: Any) -> None:
        value = result_of_call(args, kwargs)
        if threading.get_ident() == thread:
            settle(value)
        else:
            loop.call_soon_threadsafe(settle, value)

    def handle_error(
        typ: type[BaseException], value: BaseException, tb: TracebackType | None
    ) -> bool:
        if future.done():
            return False
        future.set_exception(value.with_traceback(tb))
        return True

    with ExceptionStackContext(handle_error):
        func(*args, callback=callback, **kwargs)
    return future
