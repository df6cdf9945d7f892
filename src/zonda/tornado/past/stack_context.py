"""``tornado.stack_context``: what follows a callback through the loop, on ``contextvars``.

Tornado 4 captured a stack of context managers with every callback.  ``asyncio`` captures a
`contextvars.Context`, and two variables in it are all that is needed: the handler that takes
the exceptions of callbacks (:data:`zonda.legacy.error_handler`), and the `StackContext` objects
to enter around them.  The first :class:`StackContext` makes the loop look at the second
variable; programs without one do not pay for it.

What a program writes today: ``try`` around ``await``, and `contextvars`.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from zonda.gen.coroutine import Runner
from zonda.ioloop import IOLoop
from zonda.legacy import deprecated, error_handler, take_over

__all__ = [
    "ExceptionStackContext",
    "NullContext",
    "StackContext",
    "StackContextInconsistentError",
    "run_with_stack_context",
    "wrap",
]

Deactivate = Callable[[], None]

_INCONSISTENT = "stack_context inconsistency: is there a yield inside of the with statement?"


class _State:
    """What programs looked at to see whether a context is active."""

    @property
    def contexts(self) -> tuple[tuple[StackContext, ...], object]:
        """The stack contexts, and the handler of exceptions or None."""
        return _contexts.get(), error_handler.get()


_state = _State()

_contexts: contextvars.ContextVar[tuple[StackContext, ...]]
_contexts = contextvars.ContextVar("zonda_stack_contexts", default=())


class StackContextInconsistentError(Exception):
    """A context was left in another place than it was entered: a ``yield`` in between."""


def _leave(variable: contextvars.ContextVar[Any], token: contextvars.Token[Any]) -> None:
    try:
        variable.reset(token)
    except ValueError as error:  # set in another context than this one
        raise StackContextInconsistentError(_INCONSISTENT) from error


class StackContext:
    """Enters the context manager that *context_factory* makes, and again around each callback
    that is scheduled inside.

    ``with StackContext(factory) as deactivate`` gives a function that ends this for callbacks
    to come.
    """

    def __init__(self, context_factory: Callable[[], AbstractContextManager[Any]]) -> None:
        deprecated("stack_context.StackContext", "contextvars")
        self.context_factory = context_factory
        self.active = True
        self._entered: list[AbstractContextManager[Any]] = []
        self._tokens: list[contextvars.Token[tuple[StackContext, ...]]] = []
        _look_at_contexts()

    def _deactivate(self) -> None:
        self.active = False

    def __enter__(self) -> Deactivate:
        manager = self.context_factory()
        manager.__enter__()
        self._entered.append(manager)
        self._tokens.append(_contexts.set((*_contexts.get(), self)))
        return self._deactivate

    def __exit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> bool | None:
        swallow = self._entered.pop().__exit__(typ, value, tb)
        if _contexts.get()[-1:] != (self,):
            raise StackContextInconsistentError(_INCONSISTENT)
        _leave(_contexts, self._tokens.pop())
        return swallow


class ExceptionStackContext:
    """Gives exceptions of its block, and of callbacks that were scheduled in it, to a function.

    :param exception_handler: called with the triple of ``sys.exc_info()``; True from it says
        that the exception has been dealt with.
    """

    def __init__(self, exception_handler: Callable[..., object]) -> None:
        self.exception_handler = exception_handler
        self.active = True
        self._tokens: list[contextvars.Token[Any]] = []

    def _deactivate(self) -> None:
        self.active = False

    def __enter__(self) -> Deactivate:
        outer = error_handler.get()

        def handle(*exc_info: Any) -> bool:
            if self.active and self.exception_handler(*exc_info):
                return True
            return outer is not None and bool(outer(*exc_info))

        self._tokens.append(error_handler.set(handle))
        return self._deactivate

    def __exit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> bool | None:
        _leave(error_handler, self._tokens.pop())
        if typ is None:
            return None
        return bool(self.exception_handler(typ, value, tb))


class NullContext:
    """Takes all contexts away for its block: for what outlives the request that begins it."""

    def __init__(self) -> None:
        self._tokens: list[tuple[contextvars.Token[Any], contextvars.Token[Any]]] = []

    def __enter__(self) -> None:
        self._tokens.append((error_handler.set(None), _contexts.set(())))

    def __exit__(self, *exc_info: object) -> None:
        handler, contexts = self._tokens.pop()
        _leave(error_handler, handler)
        _leave(_contexts, contexts)


def wrap(fn: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """Tie *fn* to the contexts of this moment, in which it will run wherever it is called.

    The loop and the streams do so by themselves; for callbacks that another library keeps.
    None and functions that are wrapped already come back as they are.
    """
    if fn is None or hasattr(fn, "_wrapped"):
        return fn
    function = fn
    captured = contextvars.copy_context()

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        # A copy: the function may be called again while it runs.
        return captured.copy().run(_run, function, args, kwargs)

    with contextlib.suppress(AttributeError):
        functools.update_wrapper(wrapped, fn)
    wrapped._wrapped = True  # type: ignore[attr-defined]
    return wrapped


def _run(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        with _entered(_contexts.get()):
            return fn(*args, **kwargs)
    except Exception as error:
        if not take_over(error):
            raise
        return None


@contextlib.contextmanager
def _entered(contexts: tuple[StackContext, ...]) -> Iterator[None]:
    """Enter what the contexts make, without adding to the contexts."""
    with contextlib.ExitStack() as stack:
        for context in contexts:
            if context.active:
                stack.enter_context(context.context_factory())
        yield


def run_with_stack_context(context: Any, func: Callable[[], Any]) -> Any:
    """Call a coroutine *func* in *context*: ``yield run_with_stack_context(context, func)``."""
    with context:
        return func()


def run_old(io_loop: IOLoop, callback: Callable[..., object], *args: Any) -> object:
    """Run a callback of a kind that only Tornado 4 had.

    Its exception goes to the handler of the context, to the `AsyncTestCase` that waits for the
    loop, or to the loop, which logs it.
    """
    try:
        return callback(*args)
    except Exception as error:
        if take_over(error):
            return None
        fail_test = getattr(io_loop, "_old_callback_failed", None)
        if fail_test is None:
            raise
        fail_test(error)
        return None


_run_callback = IOLoop._run_callback
_resume = Runner._resume


def _run_callback_in_contexts(self: IOLoop, callback: Callable[..., object], *args: Any) -> None:
    contexts = _contexts.get()
    if not contexts or hasattr(callback, "_wrapped"):
        _run_callback(self, callback, *args)
        return

    def run() -> object:
        with _entered(contexts):
            return callback(*args)

    _run_callback(self, run)


def _resume_in_contexts(self: Runner, future: Any) -> None:
    contexts = _contexts.get()
    if not contexts:
        _resume(self, future)
        return
    with _entered(contexts):
        _resume(self, future)


def _look_at_contexts() -> None:
    """From now on, callbacks and coroutines run in the contexts that they were started in."""
    IOLoop._run_callback = _run_callback_in_contexts  # type: ignore[method-assign]
    Runner._resume = _resume_in_contexts  # type: ignore[method-assign]
