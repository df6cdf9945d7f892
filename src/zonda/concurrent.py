"""Futures, and threads for what would block the loop.

`Future` is `asyncio.Future`. The functions here also take the futures of
`concurrent.futures`, which thread and process pools return.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
from asyncio.events import _get_running_loop
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, ParamSpec, TypeAlias, TypeGuard, TypeVar, overload

from zonda.legacy import names, past
from zonda.log import app_log

__all__ = [
    "FUTURES",
    "DummyExecutor",
    "Future",
    "ReturnValueIgnoredError",
    "chain_future",
    "dummy_executor",
    "future_add_done_callback",
    "future_set_exc_info",
    "future_set_exception_unless_cancelled",
    "future_set_result_unless_cancelled",
    "is_future",
    "run_on_executor",
]

P = ParamSpec("P")
T = TypeVar("T")

Future = asyncio.Future
ThreadFuture = concurrent.futures.Future
AnyFuture: TypeAlias = "asyncio.Future[T] | concurrent.futures.Future[T]"

FUTURES = (concurrent.futures.Future, Future)
"""The types that `is_future` accepts."""


class ReturnValueIgnoredError(Exception):
    """A function that must not return a value returned one."""


def is_future(x: object) -> TypeGuard[AnyFuture[Any]]:
    """Whether ``x`` is a future of asyncio or of `concurrent.futures`."""
    return isinstance(x, FUTURES)


class DummyExecutor(concurrent.futures.Executor):
    """An executor that runs everything at once, in the caller's thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> ThreadFuture[T]:
        """Run ``fn`` and return its outcome as a finished future."""
        future: ThreadFuture[T] = ThreadFuture()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None:
        """Nothing runs later, so nothing is left to wait for or to cancel."""


dummy_executor = DummyExecutor()


class LoopFuture(Future[T]):
    """What `run_on_executor` returns in a thread whose loop runs.

    An `asyncio.Future` whose ``result`` and ``exception`` wait (as those of
    `concurrent.futures`) when another thread asks for them.
    """

    def __init__(self, source: ThreadFuture[T], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        # Forgotten when its outcome has arrived: it holds this object by its callback.
        self._source: ThreadFuture[T] | None = source
        source.add_done_callback(self._source_done)

    def _source_done(self, source: ThreadFuture[T]) -> None:
        """In a thread of the pool: hand the outcome over to the loop's."""
        try:
            self.get_loop().call_soon_threadsafe(self._arrive, source)
        except RuntimeError:
            if not self.get_loop().is_closed():
                raise

    def _arrive(self, source: ThreadFuture[T]) -> None:
        copy_outcome(source, self)
        self._source = None

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel; what has not begun in the pool will not begin."""
        if self._source is not None:
            self._source.cancel()
        return super().cancel(msg)

    def _to_wait_for(self) -> ThreadFuture[T] | None:
        """The pool's future if this thread may wait for it and has to."""
        source = self._source
        return None if self.done() or _get_running_loop() is self.get_loop() else source

    def result(self, timeout: float | None = None) -> T:
        """The result.

        In the thread of the loop it must be there already. Elsewhere it is waited for.

        :param timeout: the longest time to wait, in seconds.
        :raises TimeoutError: no result came within ``timeout``.
        """
        source = self._to_wait_for()
        return super().result() if source is None else source.result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """The exception or None; waits as `result` does."""
        source = self._to_wait_for()
        return super().exception() if source is None else source.exception(timeout)


class AwaitableThreadFuture(ThreadFuture[T]):
    """What `run_on_executor` returns where no loop runs; a loop can await it later."""

    def __await__(self) -> Generator[Any, None, T]:
        return asyncio.wrap_future(self).__await__()


def copy_outcome(source: AnyFuture[T], target: AnyFuture[T]) -> None:
    """Give ``target`` the outcome of ``source``, which has one, if it has none itself."""
    if target.done():
        return
    if source.cancelled():
        target.cancel()
        return
    error = source.exception()
    if error is not None:
        target.set_exception(error)
    else:
        target.set_result(source.result())


def _submitted(source: ThreadFuture[T]) -> AnyFuture[T]:
    """The future of a pool in the form that suits the calling thread."""
    loop = _get_running_loop()
    if loop is not None:
        return LoopFuture(source, loop)
    future: AwaitableThreadFuture[T] = AwaitableThreadFuture()
    future.add_done_callback(lambda done: source.cancel() if done.cancelled() else None)
    source.add_done_callback(lambda done: copy_outcome(done, future))
    return future


@overload
def run_on_executor(fn: Callable[P, T], /) -> Callable[P, Future[T]]: ...


@overload
def run_on_executor(
    *, executor: str = "executor"
) -> Callable[[Callable[P, T]], Callable[P, Future[T]]]: ...


def run_on_executor(*args: Any, **kwargs: Any) -> Any:
    """Decorate a method so that it runs in a pool and returns a future.

    :param executor: the name of the attribute of ``self`` that holds the executor.

    ::

        class Reports:
            executor = ThreadPoolExecutor(4)

            @run_on_executor
            def build(self, month): ...

            @run_on_executor(executor="slow_pool")
            def archive(self): ...

    Called in a loop's thread, the method returns an asyncio future to await or yield, and
    any *other* thread may wait with its ``result(timeout)``. Called where no loop runs, it
    returns a future of the `concurrent.futures` kind, which can be awaited later, too.
    """
    if args:
        if len(args) != 1 or kwargs:
            raise ValueError("run_on_executor takes the method alone, or executor= by keyword")
        return _on_executor(args[0], "executor")
    unknown = kwargs.keys() - {"executor", "io_loop"}
    if unknown:
        raise TypeError(f"run_on_executor does not know {sorted(unknown)}; it takes executor=")
    name = kwargs.get("executor", "executor")
    loop_name = kwargs.get("io_loop", "io_loop")
    return lambda fn: _on_executor(fn, name, loop_name)


def _on_executor(
    fn: Callable[..., T], name: str, loop_name: str = "io_loop"
) -> Callable[..., AnyFuture[T]]:
    @functools.wraps(fn)
    def submit(self: Any, *args: Any, **kwargs: Any) -> AnyFuture[T]:
        if kwargs and "callback" in kwargs:
            io_loop = getattr(self, loop_name, None)
            called = past("concurrent").with_callback(fn, submit, (self, *args), kwargs, io_loop)
            if called is not None:
                return called  # type: ignore[no-any-return]
        return _submitted(getattr(self, name).submit(fn, self, *args, **kwargs))

    return submit


def chain_future(a: AnyFuture[T], b: AnyFuture[T]) -> None:
    """Give ``b`` the outcome of ``a`` once it has one, unless ``b`` is done by then.

    A cancelled ``a`` cancels ``b``; not the other way round. If ``a`` belongs to a pool,
    ``b`` is completed in the current `IOLoop`.
    """
    if a.done() and isinstance(a, Future):
        copy_outcome(a, b)
    else:
        call_when_done(a, lambda done: copy_outcome(done, b))


def call_when_done(future: AnyFuture[T], callback: Callable[[Any], object]) -> None:
    """Call ``callback(future)`` from this thread's loop, whatever kind of future it is."""
    if isinstance(future, Future):
        future.add_done_callback(callback)
    else:
        from zonda.ioloop import IOLoop

        IOLoop.current().add_future(future, callback)


def future_set_result_unless_cancelled(future: AnyFuture[T], value: T) -> None:
    """``future.set_result(value)``, or nothing if the future was cancelled."""
    if not future.cancelled():
        future.set_result(value)


def future_set_exception_unless_cancelled(future: AnyFuture[Any], exc: BaseException) -> None:
    """``future.set_exception(exc)``; if the future was cancelled, ``exc`` is logged."""
    if not future.cancelled():
        future.set_exception(exc)
    else:
        app_log.error("Exception after Future was cancelled", exc_info=exc)


def future_set_exc_info(
    future: AnyFuture[Any],
    exc_info: tuple[type[BaseException] | None, BaseException | None, TracebackType | None],
) -> None:
    """`future_set_exception_unless_cancelled` with what `sys.exc_info` returned."""
    if exc_info[1] is None:
        raise ValueError("future_set_exc_info called with no exception: call it in an except block")
    future_set_exception_unless_cancelled(future, exc_info[1])


@overload
def future_add_done_callback(
    future: ThreadFuture[T], callback: Callable[[ThreadFuture[T]], object]
) -> None: ...


@overload
def future_add_done_callback(
    future: Future[T], callback: Callable[[Future[T]], object]
) -> None: ...


def future_add_done_callback(future: Any, callback: Callable[[Any], object]) -> None:
    """Call ``callback(future)`` when the future is done: at once if it is done already."""
    if future.done():
        callback(future)
    else:
        future.add_done_callback(callback)


__getattr__ = names("concurrent")
