"""Watching the program's files from its own loop, and starting it anew."""

from __future__ import annotations

import os
import signal
import sys
import weakref
from collections.abc import Callable

from zonda.autoreload.inotify import Inotify
from zonda.autoreload.sources import Sources
from zonda.ioloop import IOLoop, PeriodicCallback
from zonda.legacy import takes_io_loop
from zonda.log import gen_log

__all__ = ["add_reload_hook", "signal", "start", "wait", "watch"]

# Network file systems and some containers notify nobody. So every so many times that the
# watcher looks for new modules, it looks at the files as well.
_LOOK_EVERY = 10

# An editor may write several files; the program is to start with all of them.
_SETTLE = 0.05

_sources = Sources()
_reload_hooks: list[Callable[[], object]] = []
_watchers: weakref.WeakKeyDictionary[IOLoop, _Watcher] = weakref.WeakKeyDictionary()
_started_in = os.getcwd()


@takes_io_loop(0)
def start(check_time: int = 500) -> None:
    """Watch the files of this program from the current loop, and restart it on a change.

    :param check_time: how often to look for newly imported modules, in milliseconds; and
        for changed files where the system gives no notice of them.
    """
    ioloop = IOLoop.current()
    if ioloop in _watchers:
        return
    _watchers[ioloop] = _Watcher(ioloop, check_time)
    if len(_watchers) > 1:
        gen_log.warning("zonda.autoreload started more than once in the same process")


def wait() -> None:
    """Wait until a watched file changes, then restart the program.

    For the end of scripts that do not run a loop, such as test runners.
    """
    ioloop: IOLoop = IOLoop()
    ioloop.add_callback(start)
    ioloop.start()


def watch(filename: str) -> None:
    """Restart on changes of this file, too; those of imported modules need no mention."""
    _sources.add(filename)
    for watcher in _watchers.values():
        watcher.follow()


def add_reload_hook(fn: Callable[[], object]) -> None:
    """Call ``fn`` before the program is restarted.

    Not needed to close sockets and files: Python's own are closed by the system.
    """
    _reload_hooks.append(fn)


class _Watcher:
    """Looks after `_sources` from one loop."""

    def __init__(self, ioloop: IOLoop, check_time: int) -> None:
        # The loop holds this object by its callbacks; the table that finds it by its loop
        # must not keep the loop alive.
        self._ioloop = weakref.proxy(ioloop)
        self._inotify: Inotify | None = None
        _sources.add_modules()
        try:
            self._inotify = Inotify()
            self._inotify.watch(_sources.paths())
        except OSError as error:
            self._do_without(error)
        else:
            ioloop.add_handler(self._inotify, self._notified, IOLoop.READ)
        self._ticks = 0
        self._periodic = PeriodicCallback(self._tick, check_time)
        self._periodic.start()

    def follow(self) -> None:
        """Tell the system about new files."""
        if self._inotify is not None:
            try:
                self._inotify.watch(_sources.paths())
            except OSError as error:
                self._ioloop.remove_handler(self._inotify)
                self._do_without(error)

    def _do_without(self, error: OSError) -> None:
        gen_log.debug("autoreload looks at every file by itself: %s", error)
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    def _tick(self) -> None:
        if _sources.add_modules():
            self.follow()
        self._ticks += 1
        if self._inotify is None or self._ticks % _LOOK_EVERY == 0:
            self._look()

    def _notified(self, inotify: Inotify, events: int) -> None:
        if inotify.read():
            self._ioloop.call_later(_SETTLE, self._look)

    def _look(self) -> None:
        changed = _sources.changed()
        if changed is not None:
            gen_log.info("%s modified; restarting server", changed)
            _reload()


def _reload() -> None:
    """Run the hooks and put a new run of the program into this process."""
    for fn in _reload_hooks:
        try:
            fn()
        except Exception:
            gen_log.error("Exception in reload hook %r", fn, exc_info=True)
    if hasattr(signal, "setitimer"):
        # A timer outlives the program that set it, and its signal would end the next one.
        signal.setitimer(signal.ITIMER_REAL, 0, 0)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.chdir(_started_in)  # a relative path in the command line starts from there
    argv = [sys.executable, *sys.orig_argv[1:]]
    if sys.platform == "win32":
        # Windows' execv leaves the old process to its parent as if it had ended.
        import subprocess

        subprocess.Popen(argv)
        os._exit(0)
    os.execv(sys.executable, argv)
