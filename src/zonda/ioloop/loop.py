"""`IOLoop`: what every event loop offers, whatever carries it.

The part that talks to asyncio is `zonda.platform.asyncio`. Here is what follows from a
handful of primitives: which loop is the current one, how a callback is run and its
outcome reported, and how a function is run to its end.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime
import functools
import os
import sys
import time
from asyncio.events import _get_running_loop
from collections.abc import Callable
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    ParamSpec,
    Protocol,
    TypeVar,
    overload,
)

from zonda.concurrent import AnyFuture, Future
from zonda.legacy import past, take_over
from zonda.log import app_log
from zonda.util import Configurable, import_object

if TYPE_CHECKING:
    from collections.abc import Awaitable


class Selectable(Protocol):
    """What can be watched besides a descriptor: an object with ``fileno`` and ``close``."""

    def fileno(self) -> int: ...

    def close(self) -> object: ...


class Cancellable(Protocol):
    """A timer."""

    def cancel(self) -> None: ...


P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=Selectable)


def assigned_asyncio_loop() -> asyncio.AbstractEventLoop | None:
    """The asyncio loop that was set for this thread, or None; never makes one.

    Before Python 3.14 ``asyncio.get_event_loop()`` makes a loop in the main thread when
    none is set (and warns about it), so the policy's slot is looked at first.
    """
    if sys.version_info < (3, 14):
        slot = getattr(asyncio.get_event_loop_policy(), "_local", None)
        if slot is not None and slot._loop is None:
            return None
    try:
        return asyncio.get_event_loop()
    except RuntimeError:
        return None


class IOLoop(Configurable):
    """An event loop for non-blocking I/O, timers and callbacks.

    Programs written with ``async def`` need it rarely: ``asyncio.run(main())`` starts
    everything, and `IOLoop.current` gives the running loop where an interface asks for
    one. Programs that make their loop themselves call ``IOLoop.current().start()``.

    :param make_current: make the new loop the current one of this thread.
    :param asyncio_loop: the asyncio loop to stand on; a new one is made by default.

    Times are in seconds since the epoch, as `time.time` gives them.
    """

    NONE = 0
    READ = 0x001
    WRITE = 0x004
    ERROR = 0x018

    # Which IOLoop stands on an asyncio loop; and the loop of the main thread.
    _ioloop_for_asyncio: ClassVar[dict[asyncio.AbstractEventLoop, IOLoop]] = {}
    _instance: ClassVar[IOLoop | None] = None

    asyncio_loop: asyncio.AbstractEventLoop

    # -- which class, which instance

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        """See `zonda.util.Configurable`."""
        return IOLoop

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        """`zonda.platform.asyncio.AsyncIOLoop`."""
        from zonda.platform.asyncio import AsyncIOLoop

        return AsyncIOLoop

    @classmethod
    def configure(cls, impl: str | type[Configurable] | None, **kwargs: Any) -> None:
        """Choose the class that ``IOLoop()`` makes; it must stand on asyncio.

        :raises RuntimeError: ``impl`` is no subclass of `BaseAsyncIOLoop`.
        """
        from zonda.platform.asyncio import BaseAsyncIOLoop

        chosen = import_object(impl) if isinstance(impl, str) else impl
        if chosen is not None and not (
            isinstance(chosen, type) and issubclass(chosen, BaseAsyncIOLoop)
        ):
            raise RuntimeError(
                f"{impl!r} cannot be the IOLoop: only subclasses of "
                "zonda.platform.asyncio.BaseAsyncIOLoop can"
            )
        super().configure(chosen, **kwargs)

    @staticmethod
    def instance() -> IOLoop:
        """The loop of this thread if it has one, else that of the main thread.

        What a worker thread wants that has something to hand to the program's loop:
        ``IOLoop.instance().add_callback(...)``. A loop is made only if there is neither.
        """
        if _get_running_loop() is None:
            known = IOLoop.current(instance=False) or IOLoop._instance
            if known is not None and not known.asyncio_loop.is_closed():
                return known
        return IOLoop.current()

    @staticmethod
    def initialized() -> bool:
        """Whether `instance` has a loop to give without making one."""
        return IOLoop.current(instance=False) is not None or IOLoop._instance is not None

    def install(self) -> None:
        """Another name of `make_current`."""
        self.make_current()

    @staticmethod
    def clear_instance() -> None:
        """Another name of `clear_current`."""
        IOLoop.clear_current()

    @overload
    @staticmethod
    def current() -> IOLoop: ...

    @overload
    @staticmethod
    def current(instance: Literal[True]) -> IOLoop: ...

    @overload
    @staticmethod
    def current(instance: bool) -> IOLoop | None: ...

    @staticmethod
    def current(instance: bool = True) -> IOLoop | None:
        """The loop that runs in this thread, or the one made current in it.

        :param instance: when there is none, make one (and make it current) instead of
            returning None.
        """
        running = _get_running_loop()
        try:
            return IOLoop._ioloop_for_asyncio[running]  # type: ignore[index]
        except KeyError:
            return IOLoop._find_current(running, instance)

    @staticmethod
    def _find_current(running: asyncio.AbstractEventLoop | None, create: bool) -> IOLoop | None:
        """The slow way of `current`: outside a running loop, or the first time inside it."""
        asyncio_loop = running or assigned_asyncio_loop()
        if asyncio_loop is not None:
            known = IOLoop._ioloop_for_asyncio.get(asyncio_loop)
            if known is not None or not create:
                return known
        elif create:
            asyncio_loop = asyncio.new_event_loop()
            asyncio.set_event_loop(asyncio_loop)
        else:
            return None
        from zonda.platform.asyncio import AsyncIOMainLoop

        ioloop: IOLoop = AsyncIOMainLoop()
        return ioloop

    def make_current(self) -> None:
        """Make this the loop that `IOLoop.current` gives in this thread."""
        raise NotImplementedError

    @staticmethod
    def clear_current() -> None:
        """Undo `make_current` in this thread."""
        known = IOLoop.current(instance=False)
        if known is not None:
            known._clear_current()

    def _clear_current(self) -> None:
        raise NotImplementedError

    def initialize(self, make_current: bool = True) -> None:
        """Called by the constructor with its arguments."""
        if make_current:
            self.make_current()

    # -- running

    def start(self) -> None:
        """Run until `stop` is called."""
        raise NotImplementedError

    def stop(self) -> None:
        """Let `start` return after the present turn of the loop; it can be started again.

        Called before `start`, the loop runs for one turn. To be called in the loop's
        thread: from another one use ``loop.add_callback(loop.stop)``.
        """
        raise NotImplementedError

    def close(self, all_fds: bool = False) -> None:
        """Free what the loop holds. It must be stopped, and cannot be used again.

        :param all_fds: close the descriptors and file objects it watches, too.
        """
        raise NotImplementedError

    def run_sync(
        self, func: Callable[[], Any], timeout: float | datetime.timedelta | None = None
    ) -> Any:
        """Start the loop, run ``func``, stop the loop and return the result.

        :param func: may be a coroutine function or return anything that can be yielded
            in a coroutine; its outcome is then waited for.
        :param timeout: the longest time to wait, in seconds; what ``func`` returned is
            cancelled then.
        :raises TimeoutError: ``func`` took longer than ``timeout``.
        """
        main = self._run_within(func, timeout)
        try:
            return self.asyncio_loop.run_until_complete(main)
        except RuntimeError:
            # The loop is closed, runs already, or was stopped: nobody will go on with it.
            main.close()
            raise

    async def _run_within(
        self, func: Callable[[], Any], timeout: float | datetime.timedelta | None
    ) -> Any:
        if timeout is None:
            return await _outcome(func)
        if isinstance(timeout, datetime.timedelta):
            timeout = timeout.total_seconds()
        expired: list[bool] = []
        # The task is not kept in a variable: the traceback of a failure holds this frame,
        # and the task holds the failure.
        handle = self._limit(timeout, _expire, asyncio.current_task(), expired)
        try:
            return await _outcome(func)
        except asyncio.CancelledError as cancelled:
            if not expired:
                raise
            # The traceback shows what was waited for when time was up.
            raise TimeoutError(f"Operation timed out after {timeout} seconds").with_traceback(
                cancelled.__traceback__
            ) from None
        finally:
            handle.cancel()

    def _limit(self, timeout: float, callback: Callable[..., object], *args: Any) -> Cancellable:
        """The timer of `run_sync`, which loops whose time is not real measure otherwise."""
        return self.asyncio_loop.call_later(timeout, callback, *args)

    def __getattr__(self, name: str) -> Any:
        """Methods of Tornado 4's loops."""
        if name in ("log_stack", "set_blocking_log_threshold", "set_blocking_signal_threshold"):
            return functools.partial(getattr(past("ioloop"), name), self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # -- descriptors

    @overload
    def add_handler(self, fd: int, handler: Callable[[int, int], object], events: int) -> None: ...

    @overload
    def add_handler(self, fd: S, handler: Callable[[S, int], object], events: int) -> None: ...

    def add_handler(
        self, fd: int | Selectable, handler: Callable[..., object], events: int
    ) -> None:
        """Call ``handler(fd, events)`` whenever ``fd`` is ready.

        :param fd: a descriptor or an object with ``fileno()`` and ``close()``; the handler
            gets the same one.
        :param events: ``READ``, ``WRITE`` or both. Errors on the descriptor show as
            readiness.
        :raises ValueError: the descriptor has a handler already.
        """
        raise NotImplementedError

    def update_handler(self, fd: int | Selectable, events: int) -> None:
        """Change the events that ``fd`` is watched for.

        :raises KeyError: ``fd`` has no handler.
        """
        raise NotImplementedError

    def remove_handler(self, fd: int | Selectable) -> None:
        """Watch ``fd`` no longer; nothing happens if it is not watched."""
        raise NotImplementedError

    def split_fd(self, fd: int | Selectable) -> tuple[int, int | Selectable]:
        """``(descriptor, what was given)``."""
        if isinstance(fd, int):
            return fd, fd
        return fd.fileno(), fd

    def close_fd(self, fd: int | Selectable) -> None:
        """Close a descriptor or file object; not an error if it is closed."""
        try:
            if isinstance(fd, int):
                os.close(fd)
            else:
                fd.close()
        except OSError:
            pass

    # -- callbacks

    def add_callback(
        self, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Call ``callback`` on the loop's next turn. Safe from any thread.

        An exception is logged, and so is the one of an awaitable that it returns. Not for
        signal handlers: see `add_callback_from_signal`.
        """
        raise NotImplementedError

    def add_callback_from_signal(
        self, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """`add_callback` for handlers of Python's ``signal`` module."""
        raise NotImplementedError

    def spawn_callback(
        self, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Start something that nobody waits for: another name of `add_callback`."""
        self.add_callback(callback, *args, **kwargs)

    def add_future(self, future: AnyFuture[T], callback: Callable[[Any], object]) -> None:
        """Call ``callback(future)`` in this loop when ``future`` is done.

        The future may belong to another loop or to a thread pool. It need not be awaited
        besides: the callback is expected to look at its outcome.
        """
        raise NotImplementedError

    def _run_callback(self, callback: Callable[..., object], *args: Any) -> None:
        """Run a callback, log its exception and look after the awaitable it may return."""
        try:
            result = callback(*args)
            if result is not None:
                self._look_after(result)
        except asyncio.CancelledError:
            pass
        except Exception as error:
            if not take_over(error):
                self.handle_callback_exception(
                    functools.partial(callback, *args) if args else callback
                )

    def handle_callback_exception(self, callback: Callable[..., object]) -> None:
        """Called when a callback has raised, with the exception in ``sys.exc_info()``: log it."""
        app_log.error("Exception in callback %r", callback, exc_info=True)

    def _look_after(self, result: object) -> None:
        """What a callback returned: run it if it can be awaited, else forget it."""
        from zonda import gen

        try:
            future = gen.convert_yielded(result)
        except gen.BadYieldError:
            return
        self.add_future(future, self._discard_future_result)

    def _discard_future_result(self, future: AnyFuture[object]) -> None:
        """Nobody waits for this outcome; an exception goes to `_run_callback`'s log."""
        future.result()

    # -- timers

    def time(self) -> float:
        """The clock that `add_timeout` and `call_at` compare with: `time.time`."""
        return time.time()

    def add_timeout(
        self,
        deadline: float | datetime.timedelta,
        callback: Callable[P, object],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> object:
        """Call ``callback`` at ``deadline``; the result can be given to `remove_timeout`.

        :param deadline: **absolute** time as a number (on the clock of `time`), or a
            `datetime.timedelta` from now. A number in the past means at once.
        """
        if isinstance(deadline, datetime.timedelta):
            return self.call_later(deadline.total_seconds(), callback, *args, **kwargs)
        if isinstance(deadline, (int, float)):
            return self.call_at(deadline, callback, *args, **kwargs)
        raise TypeError(
            f"Unsupported deadline {deadline!r}: give absolute time as a number or a timedelta"
        )

    def call_later(
        self, delay: float, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> object:
        """Call ``callback`` in ``delay`` seconds; the result can be given to `remove_timeout`."""
        return self.call_at(self.time() + delay, callback, *args, **kwargs)

    def call_at(
        self, when: float, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> object:
        """Call ``callback`` at ``when``; the result can be given to `remove_timeout`."""
        raise NotImplementedError

    def remove_timeout(self, timeout: object) -> None:
        """Forget a timeout. Safe for one that has fired or was removed."""
        raise NotImplementedError

    # -- threads

    def run_in_executor(
        self,
        executor: concurrent.futures.Executor | None,
        func: Callable[..., T],
        *args: Any,
    ) -> Future[T]:
        """Run ``func(*args)`` in ``executor`` (None: the default one) and give its future."""
        raise NotImplementedError

    def set_default_executor(self, executor: concurrent.futures.Executor) -> None:
        """Set the executor that `run_in_executor` uses when given None."""
        raise NotImplementedError


def _expire(task: asyncio.Task[Any] | None, expired: list[bool]) -> None:
    assert task is not None
    expired.append(True)
    task.cancel()


async def _outcome(func: Callable[[], Any]) -> Any:
    result = func()
    if result is None:
        return None
    if asyncio.iscoroutine(result):
        return await result
    from zonda.gen import convert_yielded

    awaitable: Awaitable[Any] = convert_yielded(result)
    if isinstance(awaitable, concurrent.futures.Future):
        awaitable = asyncio.wrap_future(awaitable)
    return await awaitable
