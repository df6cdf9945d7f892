"""`IOLoop` on asyncio, and asyncio helpers that Tornado programs use.

`AsyncIOLoop` makes an asyncio loop of its own; `AsyncIOMainLoop` stands on the one that
is there already. Either way both interfaces can be used together::

    async def main():
        IOLoop.current().add_callback(print, "Tornado's way")
        asyncio.get_running_loop().call_soon(print, "asyncio's way")
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import sys
import threading
import warnings
from asyncio.events import _get_running_loop
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from zonda.concurrent import AnyFuture, Future, is_future
from zonda.ioloop import IOLoop
from zonda.ioloop.loop import Selectable, assigned_asyncio_loop
from zonda.platform.closing import close_streams
from zonda.platform.selector_thread import (
    AddThreadSelectorEventLoop,
    SelectorThread,
    _atexit_callback,
    _selector_loops,
)

if TYPE_CHECKING:
    from zonda.platform.policy import AnyThreadEventLoopPolicy

__all__ = [
    "AddThreadSelectorEventLoop",
    "AnyThreadEventLoopPolicy",
    "AsyncIOLoop",
    "AsyncIOMainLoop",
    "BaseAsyncIOLoop",
    "SelectorThread",
    "_atexit_callback",
    "_selector_loops",
    "to_asyncio_future",
    "to_tornado_future",
]

P = ParamSpec("P")
T = TypeVar("T")
Handler = Callable[..., object]


class BaseAsyncIOLoop(IOLoop):
    """An `IOLoop` on a given asyncio loop; `AsyncIOLoop` and `AsyncIOMainLoop` choose it.

    :raises RuntimeError: another `IOLoop` stands on this asyncio loop already.
    """

    def initialize(  # type: ignore[override]
        self, asyncio_loop: asyncio.AbstractEventLoop, **kwargs: Any
    ) -> None:
        """See `IOLoop`."""
        self.asyncio_loop = asyncio_loop
        # What add_reader and add_writer are called on: a proactor loop has none itself.
        self.selector_loop = asyncio_loop
        if _is_proactor(asyncio_loop):
            self.selector_loop = AddThreadSelectorEventLoop(asyncio_loop)  # type: ignore[abstract]
        self.handlers: dict[int, tuple[int | Selectable, Handler]] = {}
        self.readers: set[int] = set()
        self.writers: set[int] = set()
        self.closing = False
        _register(self, asyncio_loop)
        try:
            super().initialize(**kwargs)
        except BaseException:
            del IOLoop._ioloop_for_asyncio[asyncio_loop]
            raise

    def make_current(self) -> None:
        """See `IOLoop.make_current`."""
        asyncio.set_event_loop(self.asyncio_loop)
        self._note_main()

    def _clear_current(self) -> None:
        asyncio.set_event_loop(None)

    def _note_main(self) -> None:
        """For `IOLoop.instance`: this loop is current in the main thread, if this is it."""
        if threading.current_thread() is threading.main_thread():
            IOLoop._instance = self

    def close(self, all_fds: bool = False) -> None:
        """See `IOLoop.close`; the asyncio loop is closed, too."""
        self.closing = True
        for fd, (fileobj, _) in list(self.handlers.items()):
            self.remove_handler(fd)
            if all_fds:
                self.close_fd(fileobj)
        if all_fds:
            close_streams(self.asyncio_loop)
        if getattr(self.asyncio_loop, "_asyncgens", None) and not self.asyncio_loop.is_running():
            # Generators that were left in the middle still have something to clean up.
            self.asyncio_loop.run_until_complete(self.asyncio_loop.shutdown_asyncgens())
        if self.selector_loop is not self.asyncio_loop:
            self.selector_loop.close()
        else:
            self.asyncio_loop.close()
        # Only now: until it is closed, callbacks may still ask for the current loop.
        IOLoop._ioloop_for_asyncio.pop(self.asyncio_loop, None)
        if IOLoop._instance is self:
            IOLoop._instance = None

    # -- descriptors

    def add_handler(self, fd: int | Selectable, handler: Handler, events: int) -> None:
        """See `IOLoop.add_handler`."""
        fd, fileobj = self.split_fd(fd)
        if fd in self.handlers:
            raise ValueError(f"fd {fd} added twice: use update_handler to change its events")
        self.handlers[fd] = fileobj, handler
        self._watch(fd, events)

    def update_handler(self, fd: int | Selectable, events: int) -> None:
        """See `IOLoop.update_handler`."""
        fd, _ = self.split_fd(fd)
        if fd not in self.handlers:
            raise KeyError(f"fd {fd} has no handler: add_handler first")
        self._watch(fd, events)

    def remove_handler(self, fd: int | Selectable) -> None:
        """See `IOLoop.remove_handler`."""
        fd, _ = self.split_fd(fd)
        if fd in self.handlers:
            self._watch(fd, IOLoop.NONE)
            del self.handlers[fd]

    def _watch(self, fd: int, events: int) -> None:
        """Make asyncio's readers and writers agree with ``events``."""
        fileobj, handler = self.handlers[fd]
        loop = self.selector_loop
        if events & IOLoop.READ:
            if fd not in self.readers:
                loop.add_reader(fd, handler, fileobj, IOLoop.READ)
                self.readers.add(fd)
        elif fd in self.readers:
            self.readers.remove(fd)
            loop.remove_reader(fd)
        if events & IOLoop.WRITE:
            if fd not in self.writers:
                loop.add_writer(fd, handler, fileobj, IOLoop.WRITE)
                self.writers.add(fd)
        elif fd in self.writers:
            self.writers.remove(fd)
            loop.remove_writer(fd)

    # -- running

    def start(self) -> None:
        """See `IOLoop.start`."""
        self.asyncio_loop.run_forever()

    def stop(self) -> None:
        """See `IOLoop.stop`."""
        self.asyncio_loop.stop()

    # -- callbacks

    def add_callback(
        self, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """See `IOLoop.add_callback`."""
        if kwargs:
            callback = functools.partial(callback, **kwargs)
        loop = self.asyncio_loop
        # The thread-safe way writes to the loop's wake-up socket: twice as dear.
        schedule = loop.call_soon if _get_running_loop() is loop else loop.call_soon_threadsafe
        try:
            schedule(self._run_callback, callback, *args)
        except (RuntimeError, AttributeError):
            # Other threads cannot know that the loop is being closed; AttributeError
            # when its wake-up socket goes away at this very moment.
            if not loop.is_closed():
                raise

    def add_callback_from_signal(
        self, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """See `IOLoop.add_callback_from_signal`."""
        try:
            self.asyncio_loop.call_soon_threadsafe(
                self._run_callback, functools.partial(callback, *args, **kwargs)
            )
        except (RuntimeError, AttributeError):
            if not self.asyncio_loop.is_closed():
                raise

    def add_future(self, future: AnyFuture[T], callback: Callable[[Any], object]) -> None:
        """See `IOLoop.add_future`."""
        if isinstance(future, Future) and future.get_loop() is self.asyncio_loop:
            # Its callbacks come from this loop as it is: no second turn.
            future.add_done_callback(lambda done: self._run_callback(callback, done))
        elif is_future(future):
            future.add_done_callback(lambda done: self.add_callback(callback, done))
        else:
            raise TypeError(f"add_future wants a Future, not {future!r}")

    # -- timers

    def call_later(
        self, delay: float, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> object:
        """See `IOLoop.call_later`."""
        if kwargs:
            callback = functools.partial(callback, **kwargs)
        return self.asyncio_loop.call_later(
            delay if delay > 0 else 0, self._run_callback, callback, *args
        )

    def call_at(
        self, when: float, callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs
    ) -> object:
        """See `IOLoop.call_at`."""
        return self.call_later(when - self.time(), callback, *args, **kwargs)

    def remove_timeout(self, timeout: object) -> None:
        """See `IOLoop.remove_timeout`."""
        cast(asyncio.TimerHandle, timeout).cancel()

    # -- threads

    def run_in_executor(
        self,
        executor: concurrent.futures.Executor | None,
        func: Callable[..., T],
        *args: Any,
    ) -> Future[T]:
        """See `IOLoop.run_in_executor`."""
        return self.asyncio_loop.run_in_executor(executor, func, *args)

    def set_default_executor(self, executor: concurrent.futures.Executor) -> None:
        """See `IOLoop.set_default_executor`; asyncio wants a `ThreadPoolExecutor`."""
        self.asyncio_loop.set_default_executor(
            cast(concurrent.futures.ThreadPoolExecutor, executor)
        )


class AsyncIOMainLoop(BaseAsyncIOLoop):
    """An `IOLoop` on this thread's current asyncio loop.

    `IOLoop.current` makes one when it is called inside a running asyncio loop, so there is
    seldom a reason to make it oneself.
    """

    def initialize(self, **kwargs: Any) -> None:  # type: ignore[override]
        """See `IOLoop`."""
        asyncio_loop = _get_running_loop() or assigned_asyncio_loop()
        if asyncio_loop is None:
            asyncio_loop = asyncio.new_event_loop()
            asyncio.set_event_loop(asyncio_loop)
        super().initialize(asyncio_loop, **kwargs)

    def make_current(self) -> None:
        """Nothing to do for asyncio: it is its current loop already."""
        self._note_main()


class AsyncIOLoop(BaseAsyncIOLoop):
    """An `IOLoop` with an asyncio loop of its own (or the one given as ``asyncio_loop``)."""

    def initialize(self, **kwargs: Any) -> None:  # type: ignore[override]
        """See `IOLoop`."""
        self.is_current = False
        self.old_asyncio: asyncio.AbstractEventLoop | None = None
        given = kwargs.pop("asyncio_loop", None)
        own = None if given is not None else asyncio.new_event_loop()
        try:
            super().initialize(given if own is None else own, **kwargs)
        except BaseException:
            if own is not None:
                own.close()
            raise

    def close(self, all_fds: bool = False) -> None:
        """See `IOLoop.close`; the loop that was current before becomes current again."""
        if self.is_current:
            self._clear_current()
        super().close(all_fds=all_fds)

    def make_current(self) -> None:
        """See `IOLoop.make_current`."""
        if not self.is_current:
            self.old_asyncio = assigned_asyncio_loop()
            self.is_current = True
        super().make_current()

    def _clear_current(self) -> None:
        if self.is_current:
            asyncio.set_event_loop(self.old_asyncio)
            self.old_asyncio = None
            self.is_current = False


def _register(ioloop: IOLoop, asyncio_loop: asyncio.AbstractEventLoop) -> None:
    """Enter a loop in the table of `IOLoop.current`, and drop what is dead there.

    An asyncio loop may be closed without our knowing (``asyncio.run`` does), so the table
    is swept here. The copy and ``setdefault`` are single steps: loops are made in several
    threads at once.
    """
    table = IOLoop._ioloop_for_asyncio
    for loop in list(table):
        if loop.is_closed():
            table.pop(loop, None)
    known = table.setdefault(asyncio_loop, ioloop)
    if known is not ioloop:
        raise RuntimeError(f"IOLoop {known} already associated with asyncio loop {asyncio_loop}")


def _is_proactor(loop: asyncio.AbstractEventLoop) -> bool:
    return sys.platform == "win32" and isinstance(loop, asyncio.ProactorEventLoop)


def to_tornado_future(asyncio_future: asyncio.Future[T]) -> asyncio.Future[T]:
    """The future itself: Zonda's futures are asyncio's."""
    return asyncio_future


def to_asyncio_future(tornado_future: Any) -> asyncio.Future[Any]:
    """Anything that a coroutine can yield, as an `asyncio.Future`."""
    from zonda.gen import convert_yielded

    return asyncio.wrap_future(convert_yielded(tornado_future))


def __getattr__(name: str) -> Any:
    if name != "AnyThreadEventLoopPolicy":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Made when asked for: its base class is deprecated since Python 3.14.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from zonda.platform.policy import AnyThreadEventLoopPolicy
    globals()[name] = AnyThreadEventLoopPolicy
    return AnyThreadEventLoopPolicy
