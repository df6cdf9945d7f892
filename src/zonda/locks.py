"""Locks for coroutines, with the interface of `threading`'s.

They serve the coroutines of one loop; they are not for threads. Where a ``timeout`` is
accepted it is a deadline in **absolute** time, as `IOLoop.add_timeout` takes it (so 0 has
passed), or a `datetime.timedelta` from now.
"""

from __future__ import annotations

import asyncio
import datetime
from typing import Any, NoReturn, TypeAlias

from zonda.concurrent import Future
from zonda.gen.yielded import new_future
from zonda.util import TimeoutError
from zonda.waiters import Waiters, expire

__all__ = ["BoundedSemaphore", "Condition", "Event", "Lock", "Semaphore"]

Deadline: TypeAlias = float | datetime.timedelta


class Condition:
    """Lets coroutines wait until they are notified.

    Unlike `threading.Condition` it needs no lock: between two waits, nothing else runs.
    """

    def __init__(self) -> None:
        self._waiters = Waiters()

    def __repr__(self) -> str:
        waiting = f" waiters[{len(self._waiters)}]" if self._waiters else ""
        return f"<{type(self).__name__}{waiting}>"

    def wait(self, timeout: Deadline | None = None) -> Future[bool]:
        """Wait for `notify`.

        :returns: a future of True when notified, of False when ``timeout`` came first.
        """
        future = new_future()
        self._waiters.wait(future)
        if timeout is not None:
            expire(future, timeout, _give_up, self._waiters)
        return future

    def notify(self, n: int = 1) -> None:
        """Wake ``n`` of those who wait, the first first."""
        woken: list[Future[bool]] = []
        while len(woken) < n and (waiter := self._waiters.pop_live()) is not None:
            woken.append(waiter)
        for waiter in woken:
            waiter.set_result(True)

    def notify_all(self) -> None:
        """Wake all who wait."""
        self.notify(len(self._waiters))


class Event:
    """Blocks coroutines while it is clear, and lets all pass once it is set."""

    def __init__(self) -> None:
        self._value = False
        self._waiters = Waiters()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'set' if self._value else 'clear'}>"

    def is_set(self) -> bool:
        """Whether the event is set."""
        return self._value

    def set(self) -> None:
        """Set the event and wake all who wait; `wait` returns at once from now on."""
        self._value = True
        while (waiter := self._waiters.pop_live()) is not None:
            waiter.set_result(None)

    def clear(self) -> None:
        """Let `wait` block again."""
        self._value = False

    def wait(self, timeout: Deadline | None = None) -> Future[None]:
        """Wait until the event is set.

        :returns: a future of None, or of `TimeoutError` when ``timeout`` came first.
        """
        future = new_future()
        if self._value:
            future.set_result(None)
            return future
        self._waiters.wait(future)
        if timeout is not None:
            expire(future, timeout, _time_out, self._waiters)
        return future


def _give_up(future: Future[bool], waiters: Waiters) -> None:
    future.set_result(False)
    waiters.note_expired()


def _time_out(future: Future[Any], waiters: Waiters) -> None:
    future.set_exception(TimeoutError("Timeout"))
    waiters.note_expired()


class _ReleasingContextManager:
    """``with (yield lock.acquire()):`` releases at the end of the block."""

    __slots__ = ("_held",)

    def __init__(self, held: _Held) -> None:
        self._held = held

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc_info: object) -> None:
        self._held.release()


class _Held:
    """``async with`` for what is acquired and released; plain ``with`` cannot wait for it."""

    def acquire(self, timeout: Deadline | None = None) -> Future[_ReleasingContextManager]:
        raise NotImplementedError

    def release(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> NoReturn:
        raise RuntimeError(f"Use 'async with' instead of 'with' for {type(self).__name__}")

    def __exit__(self, *exc_info: object) -> None:
        self.__enter__()

    async def __aenter__(self) -> None:
        admitted = self.acquire()
        try:
            await admitted
        except asyncio.CancelledError:
            if not admitted.cancelled():
                self.release()  # it was handed over at the moment of cancellation
            raise

    async def __aexit__(self, *exc_info: object) -> None:
        self.release()


class Semaphore(_Held):
    """Admits a number of holders at a time; the others wait in the order of their coming.

    ::

        async with semaphore:
            ...                             # in native coroutines

        with (yield semaphore.acquire()):
            ...                             # in decorated ones

    :param value: how many may hold it at a time.
    :raises ValueError: ``value`` is negative.
    """

    def __init__(self, value: int = 1) -> None:
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._value = value
        self._waiters = Waiters()

    def __repr__(self) -> str:
        state = "locked" if self._value == 0 else f"unlocked,value:{self._value}"
        if self._waiters:
            state += f",waiters:{len(self._waiters)}"
        return f"{super().__repr__()[:-1]} [{state}]>"

    def release(self) -> None:
        """Let the next one in. Anyone may release, not only a holder."""
        if self._waiters:
            waiter = self._waiters.pop_live()
            if waiter is not None:
                waiter.set_result(_ReleasingContextManager(self))
                return
        self._value += 1

    def acquire(self, timeout: Deadline | None = None) -> Future[_ReleasingContextManager]:
        """Wait for admission.

        :returns: a future of a context manager that releases, or of `TimeoutError` when
            ``timeout`` came first.
        """
        future = new_future()
        if self._value > 0:
            self._value -= 1
            future.set_result(_ReleasingContextManager(self))
            return future
        self._waiters.wait(future)
        if timeout is not None:
            expire(future, timeout, _time_out, self._waiters)
        return future


class BoundedSemaphore(Semaphore):
    """A `Semaphore` that notices when it is released more often than it was acquired."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value=value)
        self._initial_value = value

    def release(self) -> None:
        """Let the next one in.

        :raises ValueError: it is not held.
        """
        if self._value >= self._initial_value:
            raise ValueError("Semaphore released too many times")
        super().release()


class Lock(_Held):
    """One holder at a time; the others wait in the order of their coming.

    ``async with lock:`` in native coroutines, ``with (yield lock.acquire()):`` in decorated
    ones.
    """

    def __init__(self) -> None:
        self._block = BoundedSemaphore(value=1)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} _block={self._block}>"

    def acquire(self, timeout: Deadline | None = None) -> Future[_ReleasingContextManager]:
        """Wait for the lock.

        :returns: a future of a context manager that releases, or of `TimeoutError` when
            ``timeout`` came first.
        """
        return self._block.acquire(timeout)

    def release(self) -> None:
        """Hand the lock to the first who waits, or unlock it. Anyone may release it.

        :raises RuntimeError: it is not locked.
        """
        if self._block._value:
            raise RuntimeError("release unlocked lock")
        Semaphore.release(self._block)
