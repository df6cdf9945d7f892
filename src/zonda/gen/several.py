"""Waiting for several things: all of them (`multi`), or one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Self

from zonda.concurrent import AnyFuture, Future, call_when_done, chain_future
from zonda.gen.yielded import convert_yielded, new_future
from zonda.log import app_log

Exceptions = type[BaseException] | tuple[type[BaseException], ...]


def multi(
    children: Iterable[Any] | Mapping[Any, Any], quiet_exceptions: Exceptions = ()
) -> Future[Any]:
    """Wait for all of ``children`` at the same time.

    :param children: what a coroutine can yield, in a list (or other iterable) or as the
        values of a dict.
    :param quiet_exceptions: exceptions of these types are not logged.
    :returns: a future of the results, in a list or under the same keys.

    If any child fails, the future fails with the first one's exception (in the order
    given), after all children are done; the other exceptions are logged.
    """
    keys: list[Any] | None = None
    if isinstance(children, Mapping):
        keys = list(children)
        children = children.values()
    return _All([convert_yielded(child) for child in children], keys, quiet_exceptions).result


class _All:
    """Counts down the futures that `multi` waits for."""

    __slots__ = ("children", "keys", "quiet", "result", "waiting")

    def __init__(
        self, children: list[AnyFuture[Any]], keys: list[Any] | None, quiet: Exceptions
    ) -> None:
        self.children = children
        self.keys = keys
        self.quiet = quiet
        self.result = new_future()
        pending = {child for child in children if not child.done()}
        self.waiting = len(pending)
        for child in pending:
            call_when_done(child, self.child_done)
        if not pending:
            self.finish()

    def child_done(self, _child: AnyFuture[Any]) -> None:
        self.waiting -= 1
        if not self.waiting:
            self.finish()

    def finish(self) -> None:
        """All are done: gather results, or choose the exception to pass on."""
        results = []
        for child in self.children:
            try:
                results.append(child.result())
            except (Exception, asyncio.CancelledError) as error:
                self.fail(error)
        if not self.result.done():
            self.result.set_result(
                results if self.keys is None else dict(zip(self.keys, results, strict=True))
            )
        self.children = []

    def fail(self, error: BaseException) -> None:
        """Pass on the first exception, and log the others unless they are cancellations."""
        if not self.result.done():
            self.result.set_exception(error)
        elif isinstance(error, Exception) and not isinstance(error, self.quiet):
            app_log.error("Multiple exceptions in yield list", exc_info=error)


class WaitIterator:
    """Gives the results of several futures in the order in which they come.

    ::

        waiting = gen.WaitIterator(first, second)       # or with keywords: a=first, b=second
        async for result in waiting:
            print(waiting.current_index, result)

    In a generator coroutine: ``while not waiting.done(): result = yield waiting.next()``.

    ``current_future`` is the future whose result was given last, and ``current_index`` its
    position among the arguments, or its keyword.

    :raises ValueError: both positional and keyword arguments were given.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError("You must provide args or kwargs, not both")
        # A future that was given twice has two keys, and its result is given twice.
        self._unfinished: dict[AnyFuture[Any], list[int | str]] = {}
        for key, awaited in kwargs.items() if kwargs else enumerate(args):
            self._unfinished.setdefault(convert_yielded(awaited), []).append(key)
        self._finished: deque[AnyFuture[Any]] = deque()
        self.current_index: int | str | None = None
        self.current_future: AnyFuture[Any] | None = None
        self._running_future: Future[Any] | None = None
        for future, keys in self._unfinished.items():
            if future.done():
                self._finished.extend([future] * len(keys))
            else:
                call_when_done(future, self._done_callback)

    def done(self) -> bool:
        """Whether all results were given."""
        if self._finished or self._unfinished:
            return False
        self.current_index = self.current_future = None
        return True

    def next(self) -> Future[Any]:
        """A future of the next result.

        :raises RuntimeError: all results were given; ask `done` before.
        """
        if not self._unfinished:
            raise RuntimeError("WaitIterator has no more results: check done() before next()")
        self._running_future = new_future()
        if self._finished:
            self._give(self._finished.popleft())
        return self._running_future

    def _done_callback(self, done: AnyFuture[Any]) -> None:
        self._finished.extend([done] * len(self._unfinished[done]))
        if self._running_future is not None and not self._running_future.done():
            self._give(self._finished.popleft())

    def _give(self, done: AnyFuture[Any]) -> None:
        """Copy an outcome to the future that `next` returned."""
        assert self._running_future is not None
        self.current_future = done
        keys = self._unfinished[done]
        self.current_index = keys.pop(0)
        if not keys:
            del self._unfinished[done]
        chain_future(done, self._running_future)

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Future[Any]:
        if self.done():
            raise StopAsyncIteration
        return self.next()
