"""Tells who blocks the event loop: for development.

While a handler sleeps or waits for a database with a blocking call, nobody else is served, and
nothing shows it. A thread beside the loop asks it from time to time whether it still turns. If
it does not, the thread looks at what the loop's thread is doing and logs that, once for each
such time.
"""

from __future__ import annotations

import asyncio
import linecache
import sys
import threading
import time
import traceback
import weakref
from types import FrameType
from typing import Final

from zonda.log import app_log
from zonda.web.handler import RequestHandler

__all__ = ["Watchdog", "watch"]

# An answer that comes this many seconds late was only waiting for this thread, or for a
# computer that had been asleep.
_GRACE: Final = 0.03
_MAX_FRAMES: Final = 15

_watched: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Watchdog] = (
    weakref.WeakKeyDictionary()
)


def watch(loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    """Have it logged when `loop` does not turn for so many seconds. Once is enough."""
    if loop not in _watched:
        _watched[loop] = Watchdog(loop, seconds)
        _watched[loop].start()


class Watchdog(threading.Thread):
    """Watches one loop, until that is closed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        super().__init__(name="zonda-watchdog", daemon=True)
        self._loop = weakref.ref(loop)
        self._seconds = seconds
        self._answered = threading.Event()
        self._thread_id = 0

    def run(self) -> None:
        """Ask, and wait for the answer, for ever."""
        while self._ask():
            if not self._answered.wait(self._seconds):
                self._complain()
                # However long it takes: this time has been told of.
                while not self._answered.wait(self._seconds) and self._is_running():
                    pass
            time.sleep(self._seconds / 2)

    def _ask(self) -> bool:
        """Ask the loop to answer; False if it will never do so again."""
        loop = self._loop()
        if loop is None:
            return False
        self._answered.clear()
        try:
            loop.call_soon_threadsafe(self._answer)
        except RuntimeError:  # it is closed
            return False
        return True

    def _answer(self) -> None:
        self._thread_id = threading.get_ident()
        self._answered.set()

    def _is_running(self) -> bool:
        loop = self._loop()
        return loop is not None and loop.is_running()

    def _complain(self) -> None:
        frame = sys._current_frames().get(self._thread_id)
        if frame is None or not self._is_running() or self._answered.wait(_GRACE):
            return
        stack = [frame]
        while (frame := frame.f_back) is not None:
            stack.append(frame)
        if not any(frame.f_globals.get("__name__") in ("pdb", "bdb") for frame in stack):
            message = "%s has been blocking the event loop for %g seconds.\n%s\n%s"
            app_log.warning(
                message, _whose(stack), self._seconds, _advice(stack), _shown(stack).rstrip()
            )


def _whose(stack: list[FrameType]) -> str:
    """The handler and its request, if it is one; else the function."""
    for frame in stack:
        handler = frame.f_locals.get("self")
        if isinstance(handler, RequestHandler) and not _is_library(frame):
            name = f"{type(handler).__module__}.{frame.f_code.co_qualname}"
            return f"{name}, for {handler._request_summary()},"
    frame = next((frame for frame in stack if not _is_library(frame)), stack[0])
    return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"


def _is_library(frame: FrameType) -> bool:
    return _module(frame) in ("zonda", "asyncio", "threading", "selectors")


def _module(frame: FrameType) -> str:
    """The package that the frame's code is from."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


#: What to use instead of some libraries that block.
_INSTEAD: Final = {
    "requests": "await zonda.httpclient.AsyncHTTPClient().fetch(url)",
    "urllib": "await zonda.httpclient.AsyncHTTPClient().fetch(url)",
    "urllib3": "await zonda.httpclient.AsyncHTTPClient().fetch(url)",
    "http": "await zonda.httpclient.AsyncHTTPClient().fetch(url)",
    "httpx": "httpx.AsyncClient, or zonda.httpclient.AsyncHTTPClient",
    "subprocess": "await asyncio.create_subprocess_exec(...)",
    "psycopg2": "a driver for asyncio",
    "pymysql": "a driver for asyncio",
    "MySQLdb": "a driver for asyncio",
    "pymongo": "a driver for asyncio",
    "redis": "redis.asyncio",
}


def _advice(stack: list[FrameType]) -> str:
    """What to do about it."""
    for frame in reversed(stack):
        instead = _INSTEAD.get(_module(frame))
        if instead is not None:
            return f"Nobody else is served meanwhile. Instead of {_module(frame)} use {instead}."
    line = linecache.getline(stack[0].f_code.co_filename, stack[0].f_lineno, stack[0].f_globals)
    if "sleep(" in line:
        return "Nobody else is served meanwhile. Use await asyncio.sleep(...) instead."
    return (
        "Nobody else is served meanwhile. Run what takes so long in a thread, "
        "await asyncio.to_thread(function, ...), or wait for it with a library for asyncio."
    )


def _shown(stack: list[FrameType]) -> str:
    """The stack as in a traceback, from the first frame that is not the loop's."""
    called = stack[::-1]
    own = [number for number, frame in enumerate(called) if not _is_library(frame)]
    handlers = [n for n in own if isinstance(called[n].f_locals.get("self"), RequestHandler)]
    # Outermost is what runs the loop: the program itself.
    first = (handlers or own[1:] or own or [0])[0]
    chosen = called[first:][-_MAX_FRAMES:]
    frames = ((frame, frame.f_lineno) for frame in chosen)
    return "".join(traceback.StackSummary.extract(frames).format())
