"""``return_future`` and ``TracebackFuture``, and futures that end in a callback."""

from __future__ import annotations

import functools
from collections.abc import Callable
from inspect import CO_VARKEYWORDS
from types import TracebackType
from typing import Any

from zonda.concurrent import AnyFuture, Future, ReturnValueIgnoredError
from zonda.gen.yielded import convert_yielded, new_future
from zonda.ioloop import IOLoop
from zonda.legacy import deprecated
from zonda.tornado.past.stack_context import ExceptionStackContext, run_old

__all__ = ["TracebackFuture", "call_with_result", "return_future", "started", "with_callback"]

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class TracebackFuture(Future[Any]):
    """A future with the methods of Tornado 4's that dealt in ``sys.exc_info()``."""

    def exc_info(self) -> ExcInfo | None:
        """The exception's triple; None if there is none (yet)."""
        if not self.done() or self.cancelled():
            return None
        error = self.exception()
        return None if error is None else (type(error), error, error.__traceback__)

    def set_exc_info(self, exc_info: ExcInfo) -> None:
        """Fail with the exception of a triple."""
        self.set_exception(exc_info[1].with_traceback(exc_info[2]))


def with_callback(
    func: Callable[..., Any],
    call: Callable[..., AnyFuture[Any]],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    io_loop: IOLoop | None = None,
) -> AnyFuture[Any] | None:
    """Call a decorated function that was given ``callback=``, which the decorator took.

    :param func: the function itself. If it has such an argument, this is its own affair.
    :param call: the decorated one.
    :param io_loop: where to call back; by default see `call_with_result`.
    :returns: the future; None if it is the function's own affair.
    """
    code = func.__code__ if hasattr(func, "__code__") else None
    if code is None or code.co_flags & CO_VARKEYWORDS:
        return None
    if "callback" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        return None
    callback = kwargs.pop("callback")
    future = call(*args, **kwargs)
    if callback is not None:
        deprecated(f"callback= of {func.__qualname__}, a decorated function", "await")
        call_with_result(future, callback, io_loop)
    return future


def call_with_result(
    future: AnyFuture[Any], callback: Callable[[Any], object], io_loop: IOLoop | None = None
) -> None:
    """Call ``callback(result)`` from this thread's loop (or the program's) when *future* is done.

    A failure goes where those of the loop's callbacks go: to the handler of the context
    (an ``@asynchronous`` request's error page, say), or into the log.
    """
    loop = io_loop or IOLoop.instance()
    loop.add_future(future, lambda done: run_old(loop, lambda: callback(done.result())))


def call_with_awaited(
    function: Callable[..., Any], awaitable: Any, callback: Callable[..., object]
) -> AnyFuture[Any]:
    """`call_with_result` for what *function* returned; as a future, which can be awaited, too."""
    deprecated(f"callback= of {function.__qualname__}", "await")
    future = started(awaitable)
    call_with_result(future, lambda value: callback() if value is None else callback(value))
    return future


def started(awaitable: Any) -> AnyFuture[Any]:
    """The future of something to wait for, or of None, which begins now if it has not."""
    future: AnyFuture[Any] = new_future()
    if awaitable is None:
        future.set_result(None)
    else:
        future = convert_yielded(awaitable)
    return future


def return_future(f: Callable[..., Any]) -> Callable[..., Future[Any]]:
    """Decorate a function with an argument ``callback`` so that it returns a future.

    *f* is called with a ``callback`` that makes its argument the future's result. An
    exception that *f* raises at once is raised; one of a callback that it started becomes
    the future's. A caller may still give a callback of his own, which gets the result.

    :raises ReturnValueIgnoredError: (from the call) *f* returned something.
    """
    deprecated("@concurrent.return_future", "a coroutine that returns the value")

    @functools.wraps(f)
    def wrapper(*args: Any, **kwargs: Any) -> Future[Any]:
        future = new_future()
        results: list[Any] = []

        def set_result(*value: Any) -> None:
            results[:] = value
            if not future.done():
                future.set_result(value[0] if value else None)

        args, kwargs, callback = _replace_callback(f, args, kwargs, set_result)

        def handle_error(
            typ: type[BaseException], value: BaseException, tb: TracebackType | None
        ) -> bool:
            if not future.done():
                future.set_exception(value.with_traceback(tb))
            return True

        failure: BaseException | None = None
        with ExceptionStackContext(handle_error):
            try:
                result = f(*args, **kwargs)
                if result is not None:
                    raise ReturnValueIgnoredError(
                        "@return_future should not be used with functions that return values"
                    )
            except BaseException as error:
                failure = error
        if failure is not None:
            future.cancel()
            raise failure
        if callback is not None:
            # One that was called without an argument calls on without.
            call_with_result(future, lambda _: callback(*results))
        return future

    return wrapper


def _replace_callback(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    replacement: Callable[..., None],
) -> tuple[tuple[Any, ...], dict[str, Any], Callable[..., object] | None]:
    """The arguments with another callback, and the one that the caller gave."""
    from zonda.util import ArgReplacer

    callback, new_args, new_kwargs = ArgReplacer(f, "callback").replace(
        replacement, args, dict(kwargs)
    )
    return tuple(new_args), new_kwargs, callback
