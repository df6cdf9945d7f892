"""The queue of those who wait for a lock, an event or a place in a queue."""

from __future__ import annotations

import datetime
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from zonda.concurrent import Future

__all__ = ["Waiters", "expire"]

#: From this length on, a row is looked through for dead waiters.
_SWEEP_AT = 100


class Waiters(deque[Any]):
    """Futures in the order in which they wait.

    A waiter that gave up (its time was out, or its task was cancelled) is left where it is:
    taking it out of the middle would cost a search. `pop_live` passes over the dead, and a
    row that has grown to twice its last living length is swept, so that waiting in vain
    again and again does not fill memory.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sweep_at = _SWEEP_AT
        self._expired = 0

    def wait(self, waiter: Any) -> None:
        """Put ``waiter`` at the end of the row."""
        if len(self) >= self._sweep_at:
            self.sweep()
        self.append(waiter)

    def pop_live(self) -> Any:
        """The first waiter that still waits, taken out of the row; None if there is none."""
        while self:
            waiter = self.popleft()
            if not self.is_dead(waiter):
                return waiter
        return None

    def drop_dead(self) -> None:
        """Take dead waiters out of the front of the row."""
        while self and self.is_dead(self[0]):
            self.popleft()

    def note_expired(self) -> None:
        """A waiter's time was out; half a row of such is reason enough to sweep."""
        self._expired += 1
        if self._expired * 2 >= len(self):
            self.sweep()

    def sweep(self) -> None:
        """Take out all who gave up."""
        living = [waiter for waiter in self if not self.is_dead(waiter)]
        self.clear()
        self.extend(living)
        self._expired = 0
        self._sweep_at = max(_SWEEP_AT, 2 * len(living))

    @staticmethod
    def is_dead(waiter: Any) -> bool:
        """Whether ``waiter`` waits no longer; waiters are futures here."""
        return bool(waiter.done())


def expire(
    future: Future[Any],
    timeout: float | datetime.timedelta,
    on_timeout: Callable[..., object],
    *args: Any,
) -> None:
    """Call ``on_timeout(future, *args)`` at a deadline unless ``future`` is done by then."""
    from zonda.ioloop import IOLoop

    ioloop = IOLoop.current()
    if isinstance(timeout, datetime.timedelta):
        delay = timeout.total_seconds()
    else:
        delay = timeout - ioloop.time()
    handle = ioloop.asyncio_loop.call_later(max(delay, 0), _check, future, on_timeout, args)
    future.add_done_callback(lambda _: handle.cancel())


def _check(future: Future[Any], on_timeout: Callable[..., object], args: tuple[Any, ...]) -> None:
    if not future.done():
        on_timeout(future, *args)
