"""Queues between coroutines, with the interface of `asyncio`'s and time-outs.

They serve the coroutines of one loop; they are not for threads. A ``timeout`` is a deadline
in **absolute** time, as `IOLoop.add_timeout` takes it (so 0 has passed), or a
`datetime.timedelta` from now.
"""

from __future__ import annotations

import datetime
import heapq
from collections import deque
from typing import Any, Generic, TypeAlias, TypeVar

from zonda.concurrent import Future
from zonda.gen.yielded import new_future
from zonda.locks import Event
from zonda.util import TimeoutError
from zonda.waiters import Waiters, expire

__all__ = ["LifoQueue", "PriorityQueue", "Queue", "QueueEmpty", "QueueFull"]

T = TypeVar("T")
Deadline: TypeAlias = float | datetime.timedelta


class QueueEmpty(Exception):
    """`Queue.get_nowait` found nothing."""


class QueueFull(Exception):
    """`Queue.put_nowait` found no room."""


class _Putters(Waiters):
    """Those who wait for room, each as ``(item, future)``."""

    @staticmethod
    def is_dead(waiter: Any) -> bool:
        return bool(waiter[1].done())


def _time_out(future: Future[Any]) -> None:
    future.set_exception(TimeoutError("Timeout"))


class Queue(Generic[T]):
    """First in, first out; producers wait when it is full, consumers when it is empty.

    ::

        async for item in queue:
            ...
            queue.task_done()       # for those who wait in `join`

    A subclass may keep items in another order by overriding ``_init``, ``_get`` and
    ``_put``.

    :param maxsize: how many items it holds; 0 means any number.
    :raises TypeError: ``maxsize`` is None.
    :raises ValueError: ``maxsize`` is negative.
    """

    # What holds the items; subclasses choose another type in ``_init``.
    _queue: Any = None

    def __init__(self, maxsize: int = 0) -> None:
        if maxsize is None:
            raise TypeError("maxsize can't be None")
        if maxsize < 0:
            raise ValueError("maxsize can't be negative")
        self._maxsize = maxsize
        self._init()
        self._getters = Waiters()
        self._putters = _Putters()
        self._unfinished_tasks = 0
        self._finished = Event()
        self._finished.set()

    @property
    def maxsize(self) -> int:
        """How many items it holds; 0 means any number."""
        return self._maxsize

    def qsize(self) -> int:
        """How many items are in it."""
        return len(self._queue)

    def empty(self) -> bool:
        """Whether there is no item in it."""
        return not self._queue

    def full(self) -> bool:
        """Whether there is no room in it."""
        return self._maxsize != 0 and len(self._queue) >= self._maxsize

    def put(self, item: T, timeout: Deadline | None = None) -> Future[None]:
        """Put an item in, and wait for room if there is none.

        :returns: a future of None, or of `TimeoutError` when ``timeout`` came first.
        """
        future = new_future()
        if not self.full():
            self._accept(item)
            future.set_result(None)
            return future
        self._putters.drop_dead()
        self._putters.wait((item, future))
        if timeout is not None:
            expire(future, timeout, _time_out)
        return future

    def put_nowait(self, item: T) -> None:
        """Put an item in.

        :raises QueueFull: there is no room.
        """
        if self.full():
            raise QueueFull
        self._accept(item)

    def get(self, timeout: Deadline | None = None) -> Future[T]:
        """Take an item out, and wait for one if there is none.

        :returns: a future of the item, or of `TimeoutError` when ``timeout`` came first.
        """
        future = new_future()
        if self._putters:
            self._let_in()
        if self._queue:
            future.set_result(self._get())
            return future
        self._getters.drop_dead()
        self._getters.wait(future)
        if timeout is not None:
            expire(future, timeout, _time_out)
        return future

    def get_nowait(self) -> T:
        """Take an item out.

        :raises QueueEmpty: there is none.
        """
        if self._putters:
            self._let_in()
        if not self._queue:
            raise QueueEmpty
        return self._get()

    def task_done(self) -> None:
        """Say that the work on one item that was taken out is finished.

        :raises ValueError: this was said more often than items were put in.
        """
        if self._unfinished_tasks <= 0:
            raise ValueError("task_done() called too many times")
        self._unfinished_tasks -= 1
        if self._unfinished_tasks == 0:
            self._finished.set()

    def join(self, timeout: Deadline | None = None) -> Future[None]:
        """Wait until `task_done` was called for every item.

        :returns: a future of None, or of `TimeoutError` when ``timeout`` came first.
        """
        return self._finished.wait(timeout)

    def __aiter__(self) -> _QueueIterator[T]:
        return _QueueIterator(self)

    # -- where the items are kept: for subclasses to override

    def _init(self) -> None:
        self._queue = deque()

    def _get(self) -> T:
        item: T = self._queue.popleft()
        return item

    def _put(self, item: T) -> None:
        self._queue.append(item)

    # -- handing over. Getters wait only while it is empty, putters only while it is full.

    def _accept(self, item: T) -> None:
        """Put an item in, for which there is room, and serve the first who waits for one."""
        if self._unfinished_tasks == 0:
            self._finished.clear()
        self._unfinished_tasks += 1
        self._put(item)
        if self._getters:
            getter = self._getters.pop_live()
            if getter is not None:
                getter.set_result(self._get())

    def _let_in(self) -> None:
        """Put in the item of the first who waits for room: there will be some in a moment.

        Before that item is taken out for which it makes room, as it may come first itself.
        """
        waiting = self._putters.pop_live()
        if waiting is not None:
            item, putter = waiting
            self._accept(item)
            putter.set_result(None)

    # -- to look at

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {id(self):#x} {self._format()}>"

    def __str__(self) -> str:
        return f"<{type(self).__name__} {self._format()}>"

    def _format(self) -> str:
        parts = [f"maxsize={self._maxsize!r}"]
        if self._queue:
            parts.append(f"queue={self._queue!r}")
        if self._getters:
            parts.append(f"getters[{len(self._getters)}]")
        if self._putters:
            parts.append(f"putters[{len(self._putters)}]")
        if self._unfinished_tasks:
            parts.append(f"tasks={self._unfinished_tasks}")
        return " ".join(parts)


class _QueueIterator(Generic[T]):
    """``async for``: takes items out and never ends."""

    __slots__ = ("_taken_from",)

    def __init__(self, taken_from: Queue[T]) -> None:
        self._taken_from = taken_from

    def __aiter__(self) -> _QueueIterator[T]:
        return self

    def __anext__(self) -> Future[T]:
        return self._taken_from.get()


class PriorityQueue(Queue[T]):
    """Gives the smallest item first; items are often ``(priority, data)`` tuples."""

    def _init(self) -> None:
        self._queue = []

    def _get(self) -> T:
        item: T = heapq.heappop(self._queue)
        return item

    def _put(self, item: T) -> None:
        heapq.heappush(self._queue, item)


class LifoQueue(Queue[T]):
    """Gives the item first that was put in last."""

    def _init(self) -> None:
        self._queue = []

    def _get(self) -> T:
        item: T = self._queue.pop()
        return item

    def _put(self, item: T) -> None:
        self._queue.append(item)
