"""What a coroutine may yield, as a future."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
import threading
from asyncio.events import _get_running_loop
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from zonda.concurrent import AnyFuture, Future, is_future
from zonda.gen.errors import BadYieldError

T = TypeVar("T")


class Moment:
    """The type of `moment`: as much of a future's face as finished ones need."""

    __slots__ = ()

    def done(self) -> bool:
        """True: there is nothing to wait for."""
        return True

    def cancelled(self) -> bool:
        """False."""
        return False

    def result(self) -> None:
        """None."""

    def exception(self) -> None:
        """None."""

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Call ``callback`` on the next turn of the running loop."""
        asyncio.get_running_loop().call_soon(callback, self)

    def __await__(self) -> Generator[None, None, None]:
        yield


moment = Moment()
"""Yield it (or just None) to let the loop run for one turn."""


def running_or_current_loop() -> asyncio.AbstractEventLoop:
    """The asyncio loop for a new future.

    :raises RuntimeError: this thread has no loop. Only the main thread gets one made, as
        it can still be started later; elsewhere the future would wait forever.
    """
    loop = _get_running_loop()
    if loop is not None:
        return loop
    if threading.current_thread() is not threading.main_thread():
        return asyncio.get_event_loop()
    from zonda.ioloop import IOLoop

    return IOLoop.current().asyncio_loop


def new_future() -> Future[Any]:
    """A pending future of this thread's loop."""
    if _get_running_loop() is not None:
        return Future()  # finds it by itself, and faster than it would take an argument
    return Future(loop=running_or_current_loop())


def start_task(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """A task for a native coroutine.

    Since Python 3.12 it begins at once, as a decorated coroutine does; one that never waits
    is done then, and the loop had nothing to do with it.
    """
    loop = _get_running_loop()
    if loop is None:
        return running_or_current_loop().create_task(coroutine)
    if sys.version_info >= (3, 12) and loop.get_task_factory() is None:
        return asyncio.Task(coroutine, loop=loop, eager_start=True)
    return loop.create_task(coroutine)


@functools.singledispatch
def convert_yielded(yielded: Any) -> Any:
    """Turn what a coroutine yielded into a future.

    Takes futures, awaitables, None, and lists and dicts of these. More types can be
    registered, for any kind of promise that some library has::

        gen.convert_yielded.register(Promise, lambda promise: promise.as_future())

    :returns: a future of asyncio or of `concurrent.futures`, or `moment`.
    :raises BadYieldError: there is no way to wait for ``yielded``.
    """
    if yielded is None or yielded is moment:
        return moment
    if is_future(yielded):
        return yielded
    if isinstance(yielded, (list, dict)):
        from zonda.gen.several import multi

        return multi(yielded)
    if asyncio.iscoroutine(yielded):
        return start_task(yielded)
    if inspect.isawaitable(yielded):
        return asyncio.ensure_future(yielded, loop=running_or_current_loop())
    raise BadYieldError(f"yielded unknown object {yielded!r}")


def maybe_future(x: Any) -> AnyFuture[Any]:
    """``x`` if it is a future, else a future whose result is ``x``.

    For code that may get either; a native coroutine counts as "else" here. See
    `convert_yielded` for the function that knows everything that can be waited for.
    """
    if is_future(x):
        return x
    future = new_future()
    future.set_result(x)
    return future
