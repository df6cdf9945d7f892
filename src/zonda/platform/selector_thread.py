"""``add_reader`` and ``add_writer`` for asyncio loops that lack them, by a thread.

Windows' proactor loop cannot watch sockets for readiness. `AddThreadSelectorEventLoop`
wraps such a loop: a helper thread sits in ``select`` and tells the loop what is ready.

The thread and the loop take turns. The loop hands a set of descriptors over and carries
on with other work; the thread waits for one of them, hands the ready ones back, and rests
until it gets the next set, which is after the callbacks have run. So a descriptor that
stays readable is reported once a turn, as in any other loop. A change to the set while
the thread waits reaches it through a socket pair (the waker) that is in every set.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import functools
import select
import socket
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeAlias

__all__ = ["AddThreadSelectorEventLoop", "SelectorThread"]

Watched: TypeAlias = dict[int, Callable[[], object]]
Sets: TypeAlias = tuple[list[int], list[int]]

_selector_loops: set[SelectorThread] = set()


def _atexit_callback() -> None:
    """End the threads of loops that nobody closed, so that the interpreter can end."""
    for selector in list(_selector_loops):
        selector.close()


atexit.register(_atexit_callback)


class SelectorThread:
    """Watches descriptors for one asyncio loop.

    The thread begins when the loop runs and ends with `close`, with the loop's
    ``shutdown_asyncgens`` (which `asyncio.run` calls) or with the interpreter.

    :param real_loop: the loop in which callbacks are called.
    """

    def __init__(self, real_loop: asyncio.AbstractEventLoop) -> None:
        self._real_loop = real_loop
        self._turn = threading.Condition()
        self._sets: Sets | None = None
        self._closing = False
        self._thread: threading.Thread | None = None
        self._readers: Watched = {}
        self._writers: Watched = {}
        self._waker_r, self._waker_w = socket.socketpair()
        self._waker_r.setblocking(False)
        self._waker_w.setblocking(False)
        self._readers[self._waker_r.fileno()] = self._drain_waker
        self._lifetime: AsyncGenerator[None] | None = None
        _selector_loops.add(self)
        real_loop.call_soon(self._begin)

    def close(self) -> None:
        """End the thread; safe to call again."""
        _selector_loops.discard(self)
        with self._turn:
            if self._closing:
                return
            self._closing = True
            self._turn.notify()
        self._wake()
        if self._thread is not None:
            self._thread.join()
        self._waker_r.close()
        self._waker_w.close()

    def add_reader(self, fd: Any, callback: Callable[..., object], *args: Any) -> None:
        """As `asyncio.loop.add_reader`."""
        self._readers[_fileno(fd)] = _in_this_context(callback, args)
        self._wake()

    def add_writer(self, fd: Any, callback: Callable[..., object], *args: Any) -> None:
        """As `asyncio.loop.add_writer`."""
        self._writers[_fileno(fd)] = _in_this_context(callback, args)
        self._wake()

    def remove_reader(self, fd: Any) -> bool:
        """As `asyncio.loop.remove_reader`."""
        return self._remove(self._readers, fd)

    def remove_writer(self, fd: Any) -> bool:
        """As `asyncio.loop.remove_writer`."""
        return self._remove(self._writers, fd)

    def _remove(self, watched: Watched, fd: Any) -> bool:
        removed = watched.pop(_fileno(fd), None) is not None
        self._wake()
        return removed

    # -- in the loop's thread

    def _begin(self) -> None:
        """In the loop's first turn: start the thread, and tie it to the loop's life.

        asyncio closes the asynchronous generators that were begun while it ran, which
        makes a suspended one the only notice of its end that a library can get.
        """
        if self._closing:
            return
        self._lifetime = self._close_at_the_end()
        try:
            self._lifetime.__anext__().send(None)
        except StopIteration:
            pass
        self._thread = threading.Thread(name="Zonda selector", target=self._run, daemon=True)
        self._thread.start()
        self._hand_over()

    async def _close_at_the_end(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            self.close()

    def _hand_over(self) -> None:
        with self._turn:
            self._sets = list(self._readers), list(self._writers)
            self._turn.notify()

    def _take_back(self, readable: list[int], writable: list[int]) -> None:
        """The thread's answer: call what is ready and still wanted, then the next turn."""
        for watched, ready in ((self._readers, readable), (self._writers, writable)):
            for fd in ready:
                callback = watched.get(fd)
                if callback is not None:
                    self._call(callback)
        self._hand_over()

    def _call(self, callback: Callable[[], object]) -> None:
        try:
            callback()
        except Exception as error:
            self._real_loop.call_exception_handler(
                {"message": f"Exception in callback {callback!r}", "exception": error}
            )

    def _forget(self, dead: list[int]) -> None:
        """Descriptors that were closed while they were watched; epoll forgets them, too."""
        for fd in dead:
            self._readers.pop(fd, None)
            self._writers.pop(fd, None)
        self._hand_over()

    def _give_up(self, error: ValueError) -> None:
        """More descriptors, or higher ones, than ``select`` takes: nothing is watched now."""
        self._real_loop.call_exception_handler(
            {"message": f"select() cannot watch these descriptors: {error}", "exception": error}
        )

    def _drain_waker(self) -> None:
        try:
            self._waker_r.recv(1024)
        except BlockingIOError:
            pass

    def _wake(self) -> None:
        try:
            self._waker_w.send(b"\0")
        except OSError:
            pass  # full, so it wakes as it is; or closed, with the thread

    # -- in the helper thread

    def _run(self) -> None:
        while True:
            with self._turn:
                while self._sets is None and not self._closing:
                    self._turn.wait()
                if self._closing or self._sets is None:
                    return
                sets, self._sets = self._sets, None
            answer = self._wait_for_one_of(*sets)
            try:
                self._real_loop.call_soon_threadsafe(*answer)
            except RuntimeError:
                return  # the loop was closed

    def _wait_for_one_of(self, readers: list[int], writers: list[int]) -> tuple[Any, ...]:
        """What to call in the loop's thread."""
        try:
            # Windows reports a failed connect as an exceptional condition only.
            readable, writable, failed = select.select(readers, writers, writers)
        except ValueError as error:
            return self._give_up, error
        except OSError:
            return self._forget, [fd for fd in {*readers, *writers} if not _is_open(fd)]
        return self._take_back, readable, list({*writable, *failed})


def _in_this_context(
    callback: Callable[..., object], args: tuple[Any, ...]
) -> Callable[[], object]:
    return functools.partial(contextvars.copy_context().run, callback, *args)


def _fileno(fd: Any) -> int:
    return fd if isinstance(fd, int) else int(fd.fileno())


def _is_open(fd: int) -> bool:
    try:
        select.select([fd], [], [], 0)
    except OSError:
        return False
    return True


class AddThreadSelectorEventLoop(asyncio.AbstractEventLoop):
    """An asyncio loop with ``add_reader`` and ``add_writer`` put before another one.

    Everything but the attributes in ``MY_ATTRIBUTES`` is the wrapped loop's.

    :param real_loop: the loop to wrap; `close` closes it, too.
    """

    MY_ATTRIBUTES = frozenset(
        {
            "_real_loop",
            "_selector",
            "add_reader",
            "add_writer",
            "close",
            "remove_reader",
            "remove_writer",
        }
    )

    def __getattribute__(self, name: str) -> Any:
        if name in AddThreadSelectorEventLoop.MY_ATTRIBUTES:
            return super().__getattribute__(name)
        return getattr(self._real_loop, name)

    def __init__(self, real_loop: asyncio.AbstractEventLoop) -> None:
        self._real_loop = real_loop
        self._selector = SelectorThread(real_loop)

    def close(self) -> None:
        """End the thread and close the wrapped loop."""
        self._selector.close()
        self._real_loop.close()

    def add_reader(self, fd: Any, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """As `asyncio.loop.add_reader`."""
        self._selector.add_reader(fd, callback, *args)

    def add_writer(self, fd: Any, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        """As `asyncio.loop.add_writer`."""
        self._selector.add_writer(fd, callback, *args)

    def remove_reader(self, fd: Any) -> bool:
        """As `asyncio.loop.remove_reader`."""
        return self._selector.remove_reader(fd)

    def remove_writer(self, fd: Any) -> bool:
        """As `asyncio.loop.remove_writer`."""
        return self._selector.remove_writer(fd)
