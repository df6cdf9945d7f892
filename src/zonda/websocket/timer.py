"""The one timer of a connection: the next ping, the end of its patience, the last farewell."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Final

from zonda.deadlines import NEVER

if TYPE_CHECKING:
    import asyncio

    from zonda.websocket.services import LoopServices

__all__ = ["Timer"]

#: From so many seconds on, once a second is often enough to look whether they have passed.
_COARSE: Final = 10.0


class Timer:
    """Calls one thing, after some time; setting it again forgets what was due.

    Args:
        services: those of the running loop.
        context: what is called runs in it.
    """

    __slots__ = ("_context", "_due", "_handle", "_services", "deadline")

    def __init__(self, services: LoopServices, context: Context) -> None:
        self._services = services
        self._context = context
        self._due: Callable[[], object] | None = None
        self._handle: asyncio.TimerHandle | None = None
        self.deadline = NEVER

    def set(self, delay: float, due: Callable[[], object]) -> None:
        """Call ``due()`` after so many seconds."""
        self.cancel()
        services = self._services
        if delay < _COARSE:
            self._handle = services.loop.call_later(delay, due, context=self._context)
        else:
            self._due = due
            self.deadline = services.loop.time() + delay
            services.deadlines.add(self)

    def cancel(self) -> None:
        """Call nothing."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._due is not None:
            self._due = None
            self.deadline = NEVER
            self._services.deadlines.discard(self)

    def deadline_passed(self, now: float) -> None:
        """What was due in many seconds is due now."""
        due = self._due
        self.cancel()
        if due is not None:
            self._context.run(due)
