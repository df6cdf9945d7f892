"""``PollIOLoop``, and the watch over callbacks that block the loop."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

from zonda.ioloop import IOLoop
from zonda.legacy import deprecated
from zonda.log import gen_log
from zonda.platform.asyncio import AsyncIOLoop

__all__ = [
    "PollIOLoop",
    "log_stack",
    "set_blocking_log_threshold",
    "set_blocking_signal_threshold",
]

#: The loop of Tornado 4 that was no other library's; its place has asyncio's.
PollIOLoop = AsyncIOLoop


def set_blocking_signal_threshold(
    io_loop: IOLoop,
    seconds: float | None,
    action: Callable[[int, FrameType | None], Any] | int | None,
) -> None:
    """Have SIGALRM sent when the loop is blocked for longer than *seconds*; None: no more.

    :param action: the signal's handler, as for `signal.signal`; None for the default one,
        which ends the process.
    :raises RuntimeError: not in the main thread, or the loop has no selector to watch.
    """
    deprecated("set_blocking_signal_threshold", "asyncio's debug mode")
    selector = getattr(io_loop.asyncio_loop, "_selector", None)
    if selector is None or threading.current_thread() is not threading.main_thread():
        raise RuntimeError("blocking can be watched in the main thread and on asyncio's own loops")
    select = type(selector).select
    if seconds is None:
        vars(selector).pop("select", None)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return
    limit = seconds

    def watched_select(timeout: float | None = None) -> Any:
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            return select(selector, timeout)
        finally:
            signal.setitimer(signal.ITIMER_REAL, limit)

    selector.select = watched_select
    signal.signal(signal.SIGALRM, signal.SIG_DFL if action is None else action)


def set_blocking_log_threshold(io_loop: IOLoop, seconds: float | None) -> None:
    """Log the stack when the loop is blocked for longer than *seconds*."""
    set_blocking_signal_threshold(
        io_loop, seconds, lambda number, frame: log_stack(io_loop, number, frame)
    )


def log_stack(io_loop: IOLoop, number: int, frame: FrameType | None) -> None:
    """A handler for ``set_blocking_signal_threshold``: log where the loop is held up."""
    stack = "".join(traceback.format_stack(frame))
    gen_log.warning("IOLoop blocked in\n%s", stack)
