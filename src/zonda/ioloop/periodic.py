"""`PeriodicCallback`: the same function, again and again."""

from __future__ import annotations

import datetime
import inspect
import math
import random
from collections.abc import Callable
from typing import Any

from zonda.concurrent import AnyFuture, is_future
from zonda.ioloop.loop import IOLoop
from zonda.legacy import deprecated
from zonda.log import app_log


class PeriodicCallback:
    """Calls a function every ``callback_time`` milliseconds while the loop runs.

    Calls never overlap: when the function takes longer than the period (or returns an
    awaitable that does), the calls missed in the meantime are left out, and the next one
    comes at the next multiple of the period. Exceptions are logged and do not end the series.

    :param callback: called without arguments; may be a coroutine function.
    :param callback_time: milliseconds (a number) or a `datetime.timedelta`.
    :param jitter: the part of the period by which each interval varies at random: 0.1
        spreads the calls over 10 % of it, so that many processes do not act in step.
    :raises ValueError: ``callback_time`` is not positive.
    """

    io_loop: IOLoop

    def __init__(
        self,
        callback: Callable[[], object],
        callback_time: float | datetime.timedelta,
        jitter: float | IOLoop = 0,
        io_loop: IOLoop | None = None,
    ) -> None:
        if isinstance(jitter, IOLoop):  # which was in this place in Tornado 4
            io_loop, jitter = jitter, 0
        if io_loop is not None:
            deprecated("PeriodicCallback(io_loop=...)", "call start() in that loop")
        if isinstance(callback_time, datetime.timedelta):
            callback_time = callback_time / datetime.timedelta(milliseconds=1)
        if callback_time <= 0:
            raise ValueError("Periodic callback must have a positive callback_time")
        self.callback = callback
        self.callback_time = callback_time
        self.jitter = jitter
        self._given_loop = io_loop
        self._running = False
        self._timeout: object | None = None
        self._next_timeout = 0.0

    def start(self) -> None:
        """Begin; the first call comes one period from now, in the current loop."""
        self.stop()
        # Looked up here and not in the constructor: objects are often made at import time.
        self.io_loop = self._given_loop or IOLoop.current()
        self._running = True
        self._next_timeout = self.io_loop.time()
        self._schedule_next()

    def stop(self) -> None:
        """Make no more calls; `start` begins anew."""
        due, self._timeout = self._timeout, None
        self._running = False
        if due is not None:
            self.io_loop.remove_timeout(due)

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._running

    def _run(self) -> None:
        self._timeout = None
        if not self._running:
            return
        try:
            result = self.callback()
            if result is not None and (is_future(result) or inspect.isawaitable(result)):
                self._await(result)
                return
        except Exception:
            self._log()
        self._schedule_next()

    def _await(self, result: Any) -> None:
        from zonda.gen import convert_yielded

        self.io_loop.add_future(convert_yielded(result), self._awaited)

    def _awaited(self, future: AnyFuture[object]) -> None:
        try:
            if not future.cancelled():
                future.result()
        except Exception:
            self._log()
        # A series that was stopped and started anew meanwhile has its own timeout.
        if self._timeout is None:
            self._schedule_next()

    def _log(self) -> None:
        app_log.error("Exception in callback %r", self.callback, exc_info=True)

    def _schedule_next(self) -> None:
        if self._running:
            self._update_next(self.io_loop.time())
            self._timeout = self.io_loop.add_timeout(self._next_timeout, self._run)

    def _update_next(self, current_time: float) -> None:
        """Move the due time to the first one after ``current_time``.

        A clock that was set back does not bring the calls closer together: the due time
        always moves by a whole period at least.
        """
        period = self.callback_time / 1000
        if self.jitter:
            period *= 1 + self.jitter * (random.random() - 0.5)
        missed = max(0, math.floor((current_time - self._next_timeout) / period))
        self._next_timeout += (missed + 1) * period
