"""How the rooms of today reach what Tornado 4 had and later versions dropped.

The constructs themselves are in :mod:`zonda.tornado.past`, one module for each public module
they belonged to.  They are imported when a program asks for one of them, so a program that
does not pays nothing; this file is all that the other rooms know of them.
"""

from __future__ import annotations

import contextvars
import functools
import sys
import warnings
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType, TracebackType
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])
    ErrorHandler = Callable[[type[BaseException], BaseException, TracebackType | None], object]

__all__ = [
    "deprecated",
    "error_handler",
    "launched",
    "names",
    "past",
    "starts_itself",
    "take_over",
    "takes_callback",
    "takes_io_loop",
]

#: Names that a public module serves from the module of the same name in ``zonda.tornado.past``.
NAMES: dict[str, frozenset[str]] = {
    "concurrent": frozenset({"TracebackFuture", "return_future"}),
    "gen": frozenset(
        {
            "Arguments",
            "Callback",
            "MultiYieldPoint",
            "Task",
            "Wait",
            "WaitAll",
            "YieldFuture",
            "YieldPoint",
            "engine",
        }
    ),
    "ioloop": frozenset({"PollIOLoop"}),
    "testing": frozenset({"LogTrapTestCase", "get_unused_port", "unittest"}),
    "web": frozenset({"asynchronous"}),
    "websocket": frozenset(
        {
            "_DecompressTooLargeError",
            "_PerMessageDeflateCompressor",
            "_PerMessageDeflateDecompressor",
        }
    ),
    "wsgi": frozenset({"WSGIAdapter", "WSGIApplication", "from_wsgi_str"}),
}

#: What takes the exceptions of callbacks that were scheduled in this context, if anything
#: does: it gets the triple of ``sys.exc_info()`` and says whether it dealt with it.
error_handler: contextvars.ContextVar[ErrorHandler | None]
error_handler = contextvars.ContextVar("zonda_error_handler", default=None)


def deprecated(old: str, today: str) -> None:
    """Warn that *old* is of the days of Tornado 4, and say what to write *today*.

    The warning is for the line of the program that is nearest in the stack.
    """
    if launched():
        return  # programs stay as they are
    level = 2
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("zonda."):
        frame = frame.f_back
        level += 1
    message = f"{old} was dropped by Tornado 5 or 6. Today: {today}. See docs/migrating.md"
    warnings.warn(message, DeprecationWarning, stacklevel=level)


def launched() -> str | None:
    """The version of Tornado that the launcher stands in for; None if it does not."""
    launcher = sys.modules.get("zonda.tornado.alias")
    return launcher.VERSION if launcher is not None and launcher.installed() else None


def takes_io_loop(position: int) -> Callable[[F], F]:
    """Let a function or constructor take ``io_loop``, as nearly all did in Tornado 4.

    :param position: where it stood among the positional arguments, with ``self``.
    """

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if "io_loop" in kwargs or (
                len(args) > position and hasattr(args[position], "asyncio_loop")
            ):
                args, kwargs = past("arguments").without_io_loop(function, position, args, kwargs)
            return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]

    return decorate


def takes_callback(function: F) -> F:
    """Let a method that returns something to wait for take ``callback``, last or by name.

    It is called with the result, or without an argument if that is None.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, callback: Callable[..., object] | None = None, **kwargs: Any) -> Any:
        if callback is None and len(args) > 1 and callable(args[-1]):
            *args, callback = args  # type: ignore[assignment]
        result = function(*args, **kwargs)
        if callback is not None:
            result = past("concurrent").call_with_awaited(function, result, callback)
        return result

    return wrapper  # type: ignore[return-value]


def starts_itself(function: F) -> F:
    """Let a coroutine method run in an ``@asynchronous`` method that does not wait for it.

    There it returns a future, as in Tornado 4; elsewhere a coroutine.
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        if error_handler.get() is not None:
            result = past("concurrent").started(result)
        return result

    return wrapper  # type: ignore[return-value]


def past(room: str) -> ModuleType:
    """The module that keeps the past of the public module ``zonda.<room>``."""
    return import_module("zonda.tornado.past." + room)


def names(room: str) -> Callable[[str], Any]:
    """A ``__getattr__`` for the public module ``zonda.<room>`` (PEP 562)."""

    def __getattr__(name: str) -> Any:
        if name in NAMES[room]:
            return getattr(past(room), name)
        raise AttributeError(f"module 'zonda.{room}' has no attribute {name!r}")

    return __getattr__


def take_over(error: BaseException) -> bool:
    """Offer the exception of a callback to the handler of its context.

    Returns whether there was one that dealt with it.
    """
    handler = error_handler.get()
    return handler is not None and bool(handler(type(error), error, error.__traceback__))
