"""Coroutines that start at once and become tasks only if they really suspend.

Most request handlers written as ``async def`` never wait for anything. Wrapping each
in an :class:`asyncio.Task` costs more than the handler. :meth:`EagerRunner.run` steps a
coroutine in place; if it returns, no task, no future and no loop turn were spent.

The difficulty is that code inside the coroutine may look at the task it runs in before
it first suspends: :func:`asyncio.timeout`, :class:`asyncio.TaskGroup` and
:func:`asyncio.current_task` all do, and what they find then must still be the task that
runs the coroutine later. So the first step runs under a *spare*: a real task, made in
advance and parked on a future. A coroutine that returns gives its spare back untouched;
one that suspends keeps it, and the spare's own body carries on from there. A spare that
somebody took a reference to, even a weak one, is not used again: they may cancel it, or
have noted something about it.

Spares are hidden from :func:`asyncio.all_tasks` while they are parked.
"""

from __future__ import annotations

import asyncio
import sys
import types
import weakref
from asyncio import tasks as _tasks
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any

__all__ = ["EagerRunner"]

#: How many parked tasks a loop keeps. A burst that outruns them makes tasks as it goes.
_SPARES = 16

_getrefcount = sys.getrefcount
_getweakrefcount = weakref.getweakrefcount

OnDone = Callable[[BaseException | None], None]


class _Spare:
    """A parked task and the future that it is parked on."""

    __slots__ = ("context", "coroutine", "on_done", "parked", "task", "yielded")

    def __init__(self, runner: EagerRunner) -> None:
        self.coroutine: Coroutine[Any, Any, Any] | None = None
        self.yielded: Any = None
        self.context: Context | None = None
        self.on_done: OnDone | None = None
        self.parked: asyncio.Future[None] = runner.loop.create_future()
        self.task: asyncio.Task[None] | None = asyncio.Task(
            self._body(runner), loop=runner.loop, context=Context()
        )
        _hide(self.task)

    async def _body(self, runner: EagerRunner) -> None:
        """Wait for a coroutine that has begun, then carry it to its end."""
        runner.admit(self)
        interrupt: BaseException | None = None
        try:
            await self.parked
        except asyncio.CancelledError as error:
            if self.coroutine is None:
                raise
            interrupt = error
        if self.coroutine is None:
            return  # it ended without suspending, and left this task to somebody
        context, on_done = self.context, self.on_done
        assert context is not None and on_done is not None
        failure: BaseException | None = None
        try:
            await self._carry(interrupt)
        except BaseException as error:
            failure = error
        # A cancelled task keeps its exception, with the frames that it came through.
        self.context = self.on_done = self.task = None
        runner.carrying.discard(self)
        try:
            context.run(on_done, failure)
            if isinstance(failure, asyncio.CancelledError | KeyboardInterrupt | SystemExit):
                raise failure
        finally:
            failure = interrupt = None  # their tracebacks refer to this frame

    @types.coroutine
    def _carry(self, interrupt: BaseException | None) -> Generator[Any, Any, None]:
        coroutine, context = self.coroutine, self.context
        assert coroutine is not None and context is not None
        send, throw, run = coroutine.send, coroutine.throw, context.run
        yielded, self.yielded = self.yielded, None
        self.coroutine = None
        try:
            if interrupt is not None:
                if yielded is not None:
                    yielded.cancel()
                yielded = run(throw, interrupt)
            while True:
                try:
                    value = yield yielded
                except BaseException as error:
                    yielded = run(throw, error)
                else:
                    yielded = run(send, value)
        except StopIteration:
            return
        finally:
            interrupt = yielded = None  # their exceptions' tracebacks refer to this frame


def _hide(task: asyncio.Task[None]) -> None:
    """Keep a parked task out of ``all_tasks`` and of the warning about pending ones."""
    _tasks._unregister_task(task)
    task._log_destroy_pending = False  # type: ignore[attr-defined]


def _show(task: asyncio.Task[None]) -> None:
    _tasks._register_task(task)
    task._log_destroy_pending = True  # type: ignore[attr-defined]


class EagerRunner:
    """Steps coroutines in place; one for each event loop."""

    __slots__ = ("_missing", "_spares", "carrying", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._spares: list[_Spare] = []
        self._missing = _SPARES
        #: Spares that carry a coroutine: asyncio itself refers to its tasks only weakly.
        self.carrying: set[_Spare] = set()

    def admit(self, spare: _Spare) -> None:
        """Take in a spare whose task has reached its parking place."""
        self._spares.append(spare)

    def run(
        self, coroutine: Coroutine[Any, Any, Any], context: Context, on_done: OnDone
    ) -> asyncio.Task[None] | None:
        """Step ``coroutine`` until it ends or suspends.

        Args:
            coroutine: not started yet.
            context: the context that is current during this call, and in which the
                coroutine goes on if it suspends.
            on_done: called with the coroutine's exception or None, inside the task,
                when a coroutine that suspended ends.

        Returns:
            None if it has ended; the task that carries it if it suspended.

        Raises: whatever the coroutine raises before it first suspends.
        """
        if not self._spares:
            return self._run_in_task(coroutine, context, on_done)
        spare = self._spares.pop()
        task: asyncio.Task[None] = spare.task  # type: ignore[assignment]  # parked: it is there
        loop = self.loop
        references = _getrefcount(task)
        outer = _swap_current_task(loop, task)
        try:
            spare.yielded = coroutine.send(None)
        except BaseException as error:
            _swap_current_task(loop, outer)
            if (
                _getrefcount(task) == references
                and not _getweakrefcount(task)
                and not spare.parked.done()
            ):
                self._spares.append(spare)  # untouched
            else:
                self._give_up(spare)
            if type(error) is StopIteration:
                return None
            raise
        _swap_current_task(loop, outer)
        self._missing += 1
        spare.coroutine = coroutine
        spare.context = context
        spare.on_done = on_done
        _show(task)
        self.carrying.add(spare)
        if not spare.parked.done():
            spare.parked.set_result(None)
        self._refill()
        return task

    def _give_up(self, spare: _Spare) -> None:
        """Leave a spare's task to whoever has it."""
        if not spare.parked.done():
            spare.parked.set_result(None)
        self._missing += 1
        self._refill()

    def _run_in_task(
        self, coroutine: Coroutine[Any, Any, Any], context: Context, on_done: OnDone
    ) -> asyncio.Task[None]:
        """Without a spare at hand: an ordinary task, begun on the next turn of the loop."""
        self._refill()
        return self.loop.create_task(_report(coroutine, on_done), context=context)

    def _refill(self) -> None:
        missing, self._missing = self._missing, 0
        for _ in range(missing):
            _Spare(self)


async def _report(coroutine: Coroutine[Any, Any, Any], on_done: OnDone) -> None:
    failure: BaseException | None = None
    try:
        await coroutine
    except BaseException as error:
        failure = error
    try:
        on_done(failure)
        if isinstance(failure, asyncio.CancelledError | KeyboardInterrupt | SystemExit):
            raise failure
    finally:
        failure = None  # its traceback refers to this frame


if sys.version_info >= (3, 12):
    _swap_current_task = _tasks._swap_current_task  # type: ignore[attr-defined]
else:

    def _swap_current_task(
        loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None
    ) -> asyncio.Task[Any] | None:
        outer = asyncio.current_task(loop)
        if outer is not None:
            _tasks._leave_task(loop, outer)
        if task is not None:
            _tasks._enter_task(loop, task)
        return outer
