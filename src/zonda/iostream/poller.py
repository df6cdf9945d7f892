"""Who tells a stream that its file descriptor is ready.

asyncio pays for every readiness event with a selector key, a Handle and a context switch,
about as much as the `recv` that follows. `EpollPoller` keeps an epoll object of its own,
shows asyncio only that one descriptor, and calls the callbacks of all ready streams from a
plain loop. `LoopPoller` is the same face over the loop's own methods, for systems without
epoll.

Callbacks of an `EpollPoller` share one empty `contextvars` context: a callback that runs
users' code gives that code a context of its own.

Ownership: the loop's reader entry keeps the `EpollPoller` alive and the poller keeps its
callbacks, hence the streams, alive. Everybody else refers to it weakly, so closing the loop
frees the epoll descriptor and the streams without waiting for the garbage collector.
"""

from __future__ import annotations

import asyncio
import contextvars
import errno
import select
import weakref
from collections.abc import Callable

from zonda.platform.closing import closes_streams

Callback = Callable[[], object]


class Poller:
    """Readiness callbacks of one event loop. Get the loop's own with `Poller.of(loop)`."""

    __slots__ = ("__weakref__",)

    @staticmethod
    def of(loop: asyncio.AbstractEventLoop) -> Poller:
        """The poller of `loop`, made at the first call."""
        ref = _pollers.get(loop)
        poller = ref() if ref is not None else None
        if poller is None:
            poller = _make_poller(loop)
            _pollers[loop] = weakref.ref(poller)
        return poller

    def add_reader(self, fd: int, callback: Callback) -> None:
        """Call `callback()` whenever `fd` can be read; replaces an earlier callback."""
        raise NotImplementedError

    def remove_reader(self, fd: int) -> None:
        """Forget the read callback of `fd`; harmless if there is none."""
        raise NotImplementedError

    def add_writer(self, fd: int, callback: Callback) -> None:
        """Call `callback()` whenever `fd` can be written; replaces an earlier callback."""
        raise NotImplementedError

    def remove_writer(self, fd: int) -> None:
        """Forget the write callback of `fd`; harmless if there is none."""
        raise NotImplementedError


class LoopPoller(Poller):
    """The event loop's own `add_reader` and `add_writer`."""

    __slots__ = ("_loop",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)

    def add_reader(self, fd: int, callback: Callback) -> None:
        if (loop := self._loop()) is not None:
            loop.add_reader(fd, callback)

    def remove_reader(self, fd: int) -> None:
        loop = self._loop()
        if loop is not None and not loop.is_closed():
            loop.remove_reader(fd)

    def add_writer(self, fd: int, callback: Callback) -> None:
        if (loop := self._loop()) is not None:
            loop.add_writer(fd, callback)

    def remove_writer(self, fd: int) -> None:
        loop = self._loop()
        if loop is not None and not loop.is_closed():
            loop.remove_writer(fd)


# Events taken from the kernel in one turn. More only delays timers and other tasks.
_BATCH = 128

if hasattr(select, "epoll"):
    _READ, _WRITE = select.EPOLLIN, select.EPOLLOUT
    # A hang-up or an error wakes whoever listens: reading or writing then tells which it was.
    _WAKES_READER = ~_WRITE
    _WAKES_WRITER = ~(_READ | select.EPOLLPRI | select.EPOLLRDHUP)


class EpollPoller(Poller):
    """An epoll object nested in the loop's own selector."""

    __slots__ = ("_epoll", "_fallback", "_gone", "_loop", "_poll", "_readers", "_writers")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._epoll = select.epoll()
        self._poll = self._epoll.poll
        self._readers: dict[int, Callback] = {}
        self._writers: dict[int, Callback] = {}
        self._fallback: LoopPoller | None = None
        # Descriptors dropped since the current batch was fetched. Their number may already
        # belong to a new file, so the events still in the batch are not about that one.
        self._gone: set[int] = set()
        # An empty context, lest the first stream's variables be seen by all the others.
        contextvars.Context().run(loop.add_reader, self._epoll.fileno(), self._dispatch)
        closes_streams(loop, self, EpollPoller._close_all)

    def add_reader(self, fd: int, callback: Callback) -> None:
        known = self._readers.get(fd)
        self._readers[fd] = callback
        if not _same_owner(known, callback):
            self._watch(fd, self._readers)

    def add_writer(self, fd: int, callback: Callback) -> None:
        known = self._writers.get(fd)
        self._writers[fd] = callback
        if not _same_owner(known, callback):
            self._watch(fd, self._writers)

    def remove_reader(self, fd: int) -> None:
        if self._readers.pop(fd, None) is not None:
            self._unwatch(fd)
        elif self._fallback is not None:
            self._fallback.remove_reader(fd)

    def remove_writer(self, fd: int) -> None:
        if self._writers.pop(fd, None) is not None:
            self._unwatch(fd)
        elif self._fallback is not None:
            self._fallback.remove_writer(fd)

    def _mask(self, fd: int) -> int:
        return (_READ if fd in self._readers else 0) | (_WRITE if fd in self._writers else 0)

    def _watch(self, fd: int, table: dict[int, Callback]) -> None:
        """Tell the kernel about the new entry of `fd` in `table`."""
        mask = self._mask(fd)
        try:
            if mask == _READ | _WRITE:
                self._modify(fd, mask)
            else:
                self._register(fd, mask)
        except PermissionError:
            self._hand_to_loop(fd, table)
        except BaseException:
            del table[fd]
            raise

    def _register(self, fd: int, mask: int) -> None:
        try:
            self._epoll.register(fd, mask)
        except FileExistsError:
            self._epoll.modify(fd, mask)

    def _modify(self, fd: int, mask: int) -> None:
        try:
            self._epoll.modify(fd, mask)
        except FileNotFoundError:
            # The file was closed behind our back and its number given to a new one.
            self._epoll.register(fd, mask)

    def _hand_to_loop(self, fd: int, table: dict[int, Callback]) -> None:
        """epoll refuses `fd` (a regular file, EPERM); the loop may have another way."""
        callback = table.pop(fd)
        loop = self._loop()
        if loop is None:
            return
        if self._fallback is None:
            self._fallback = LoopPoller(loop)
        add = self._fallback.add_reader if table is self._readers else self._fallback.add_writer
        add(fd, callback)

    def _unwatch(self, fd: int) -> None:
        mask = self._mask(fd)
        try:
            if mask:
                self._epoll.modify(fd, mask)
            else:
                self._gone.add(fd)
                self._epoll.unregister(fd)
        except OSError as exc:
            # A closed file left the epoll set by itself.
            if exc.errno not in (errno.EBADF, errno.ENOENT):
                raise

    def _dispatch(self) -> None:
        """Call the callbacks of everything that is ready, once."""
        gone = self._gone
        gone.clear()
        readers, writers = self._readers, self._writers
        for fd, events in self._poll(0, _BATCH):
            if gone and fd in gone:
                continue
            callback = readers.get(fd)
            try:
                if callback is not None and (events == _READ or events & _WAKES_READER):
                    callback()
                if events == _READ:
                    continue
                if events & _WAKES_WRITER and fd not in gone:
                    callback = writers.get(fd)
                    if callback is not None:
                        callback()
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                self._report(exc, callback)

    def _close_all(self) -> None:
        """Close whatever is watched: its loop is being closed."""
        for callback in [*self._readers.values(), *self._writers.values()]:
            close = getattr(getattr(callback, "__self__", None), "close", None)
            if close is not None:
                close()

    def _report(self, exc: BaseException, callback: Callback | None) -> None:
        loop = self._loop()
        if loop is not None:
            message = f"Exception in readiness callback {callback!r}"
            loop.call_exception_handler({"message": message, "exception": exc})


# Weak on both sides: who keeps whom is told at the top. A LoopPoller has nobody to keep it,
# so it is kept here, as long as its loop.
_pollers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ref[Poller]]
_pollers = weakref.WeakKeyDictionary()
_kept: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopPoller]
_kept = weakref.WeakKeyDictionary()


def _same_owner(one: Callback | None, other: Callback) -> bool:
    """Whether both are methods of one object: its file is being watched already.

    If not, the file of `one` may have been closed behind our back, and its number reused.
    """
    return one is not None and getattr(one, "__self__", one) is getattr(other, "__self__", None)


def _make_poller(loop: asyncio.AbstractEventLoop) -> Poller:
    # Measured with 64 connections in ping-pong: on asyncio's own loops EpollPoller takes a tenth
    # off the CPU of a message. uvloop's Handles cost so little that nesting gains nothing.
    if isinstance(loop, asyncio.SelectorEventLoop) and hasattr(select, "epoll"):
        try:
            return EpollPoller(loop)
        except OSError:
            pass  # out of descriptors (EMFILE): the loop's own selector still works
    poller = _kept[loop] = LoopPoller(loop)
    return poller
