"""Coarse deadlines for many connections, without a timer for each.

A connection that is watched carries its own ``deadline``; setting a new one is an
attribute store. One timer a second looks over all of them. Time-outs that protect a
server need no better resolution, and a request then costs no timer at all.
"""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

__all__ = ["NEVER", "Deadlines", "Watched"]

#: A deadline that does not come.
NEVER = math.inf

#: Seconds between two looks; the error of every deadline.
INTERVAL = 1.0


class Watched(Protocol):
    """Something with a deadline."""

    #: Loop time, in seconds, after which :meth:`deadline_passed` is called.
    deadline: float

    def deadline_passed(self, now: float) -> None:
        """Called once a second from ``deadline`` on, until it is set anew."""


class Deadlines:
    """The set of watched objects of one event loop."""

    __slots__ = ("_handle", "_loop", "_watched", "now")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._watched: set[Watched] = set()
        self._handle: asyncio.TimerHandle | None = None
        #: Loop time, at most :data:`INTERVAL` seconds old while anything is watched.
        self.now = loop.time()

    def add(self, watched: Watched) -> None:
        """Look after ``watched`` from now on."""
        self._watched.add(watched)
        if self._handle is None:
            self.now = self._loop.time()
            self._handle = self._loop.call_later(INTERVAL, self._look)

    def discard(self, watched: Watched) -> None:
        """Stop looking after ``watched``."""
        self._watched.discard(watched)

    def close(self) -> None:
        """Forget everything and stop the timer."""
        self._watched.clear()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        self._handle = None
        if not self._watched:
            return
        now = self.now = self._loop.time()
        for watched in [w for w in self._watched if w.deadline <= now]:
            try:
                watched.deadline_passed(now)
            except Exception as error:
                self._loop.call_exception_handler(
                    {"message": f"deadline handler of {watched!r} failed", "exception": error}
                )
        if self._watched:
            self._handle = self._loop.call_later(INTERVAL, self._look)
