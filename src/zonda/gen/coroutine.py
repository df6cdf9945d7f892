"""``@coroutine``: a generator, driven by the futures that it yields.

The function runs until its first `yield` in the caller's thread and turn. If what it
yields is done (or it never yields), it goes on at once: a coroutine that does not really
have to wait never involves the loop. Otherwise its `Runner` hangs itself onto the future.

Reference cycles. A traceback holds the frames it came through, a frame its variables and
its caller's frame, and here some of those variables lead to a future that holds the
exception with that very traceback. These frames therefore drop them when they end, so that
a failed request is freed at once and not by the next run of the collector.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from asyncio.events import _get_running_loop
from collections.abc import Callable, Generator
from types import GeneratorType, TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from zonda.concurrent import (
    Future,
    future_set_exception_unless_cancelled,
    future_set_result_unless_cancelled,
)
from zonda.gen.errors import BadYieldError
from zonda.gen.yielded import (
    convert_yielded,
    moment,
    new_future,
    running_or_current_loop,
)
from zonda.legacy import past

if TYPE_CHECKING:
    from zonda.ioloop import IOLoop

P = ParamSpec("P")
T = TypeVar("T")


class Return(Exception):
    """``raise gen.Return(value)``: what ``return value`` does in a coroutine, too.

    It has the advantage over ``return`` only in generators that must also run where
    ``return`` takes no value.
    """

    def __init__(self, value: Any = None) -> None:
        super().__init__(value)
        self.value = value
        self.args = (value,)


@overload
def coroutine(func: Callable[P, Generator[Any, Any, T]]) -> Callable[P, Future[T]]: ...


@overload
def coroutine(func: Callable[P, T]) -> Callable[P, Future[T]]: ...


def coroutine(func: Callable[P, Any]) -> Callable[P, Future[Any]]:
    """Decorate a generator function so that calling it returns a future.

    Inside, ``value = yield future`` waits. The function's ``return`` value (or
    ``raise gen.Return(value)``) becomes the future's result, its exception the future's.
    A function that is no generator works, too; its result or exception is in the future.

    The body runs in a copy of the caller's `contextvars` context, as an asyncio task does.
    Cancelling the future does not stop the function: its outcome is dropped.
    """

    @functools.wraps(func)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Future[Any]:
        if kwargs and "callback" in kwargs:
            called = past("concurrent").with_callback(func, wrapper, args, kwargs)
            if called is not None:
                return called  # type: ignore[no-any-return]
        future: Future[Any]
        if _get_running_loop() is not None:
            future = Future()
        else:
            future = Future(loop=running_or_current_loop())
        if future._source_traceback:  # type: ignore[attr-defined]
            # Debug mode names the place of creation: the caller's line, not this one.
            del future._source_traceback[-1]  # type: ignore[attr-defined]
        run = contextvars.copy_context().run
        try:
            run(_begin, run, future, func, args, kwargs)
            return future
        finally:
            del future

    wrapper.__tornado_coroutine__ = True  # type: ignore[attr-defined]
    return wrapper


def is_coroutine_function(func: Any) -> bool:
    """Whether ``func`` was decorated with `coroutine` (native ones are not meant)."""
    return getattr(func, "__tornado_coroutine__", False)


def _begin(
    run: Callable[..., Any],
    future: Future[Any],
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Run the function up to its first yield."""
    try:
        result = func(*args, **kwargs)
        if type(result) is GeneratorType or isinstance(result, Generator):
            Runner(run, result, future, next(result))
        else:
            future.set_result(result)
    except (StopIteration, Return) as end:
        future.set_result(end.value)
    except asyncio.CancelledError:
        future.cancel()
    except Exception as error:
        future.set_exception(error)
    finally:
        del future


class Runner:
    """Drives one generator from its first yield to its end.

    :param ctx_run: the ``run`` method of the `contextvars.Context` it runs in.
    :param gen: the generator, suspended at its first `yield`.
    :param result_future: gets the outcome.
    :param first_yielded: what that first `yield` gave.
    """

    __slots__ = (
        "__weakref__",
        "_context",
        "ctx_run",
        "finished",
        "future",
        "gen",
        "result_future",
        "running",
    )

    def __init__(
        self,
        ctx_run: Callable[..., Any],
        gen: Generator[Any, Any, Any],
        result_future: Future[Any],
        first_yielded: Any,
    ) -> None:
        self.ctx_run = ctx_run
        self._context: contextvars.Context = ctx_run.__self__  # type: ignore[attr-defined]
        self.gen: Generator[Any, Any, Any] | None = gen
        self.result_future: Future[Any] | None = result_future
        # While somebody waits for the result, nobody else may hold on to this object: the
        # future waited for may be part of a cycle with it.
        result_future._zonda_runner = self  # type: ignore[attr-defined]
        self.future: Any = None
        self.running = False
        self.finished = False
        ready = self.handle_yield(first_yielded)
        del result_future, first_yielded
        if ready:
            self._resume(self.future)

    @property
    def io_loop(self) -> IOLoop:
        """The loop that the coroutine runs in."""
        from zonda.ioloop import IOLoop

        return IOLoop.current()

    def handle_yield(self, yielded: Any) -> bool:
        """Take over what the generator yielded.

        :returns: True if its outcome is there; False if the generator will be resumed later.
        """
        kind = type(yielded)
        if kind is Future or kind is asyncio.Task:
            future = yielded
        else:
            try:
                future = convert_yielded(yielded)
            except BadYieldError as error:
                future = past("yieldpoints").start(yielded, self)
                if future is None:
                    future = new_future()
                    future.set_exception(error)
        self.future = future
        if future is moment:
            running_or_current_loop().call_soon(self._resume, moment, context=self._context)
            return False
        if future.done():
            return True
        if isinstance(future, Future):
            future.add_done_callback(self._resume, context=self._context)
        else:
            self.io_loop.add_future(future, functools.partial(self.ctx_run, self._resume))
        return False

    def run(self) -> None:
        """Go on if what the generator waits for is there."""
        if self.future is not None and self.future.done():
            self._resume(self.future)

    def handle_exception(
        self,
        typ: type[BaseException],
        value: BaseException,
        tb: TracebackType | None,
    ) -> bool:
        """Throw an exception into the suspended generator.

        :returns: False if it cannot take it, because it runs or has ended.
        """
        if self.running or self.finished:
            return False
        self.future = new_future()
        self.future.set_exception(value.with_traceback(tb))
        self.ctx_run(self._resume, self.future)
        return True

    def _resume(self, future: Any) -> None:
        """Go on with the outcome of ``future``, up to one that is not done yet."""
        gen = self.gen
        if future is not self.future or gen is None:
            return  # `handle_exception` came first, or ended it
        self.running = True
        error: BaseException | None = None
        try:
            while True:
                self.future = None
                try:
                    value = future.result()
                except BaseException as failure:
                    error = failure
                # Outside the except clause, or the error would become the context of
                # whatever else the generator raises before its next yield.
                if error is None:
                    yielded = gen.send(value)
                else:
                    yielded = gen.throw(error)
                    error = None
                if not self.handle_yield(yielded):
                    return
                future = self.future
        except (StopIteration, Return) as end:
            future_set_result_unless_cancelled(self._finish(), end.value)
        except asyncio.CancelledError:
            self._finish().cancel()
        except Exception as failure:
            future_set_exception_unless_cancelled(self._finish(), failure)
        finally:
            self.running = False
            future = gen = error = value = yielded = None

    def _finish(self) -> Future[Any]:
        """Drop everything; what is left is the future that waits for the outcome."""
        result_future = self.result_future
        assert result_future is not None
        self.finished = True
        self.future = self.gen = self.result_future = None
        result_future._zonda_runner = None  # type: ignore[attr-defined]
        return result_future
