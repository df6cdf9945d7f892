"""A program in several processes: workers, and one process that looks after them. POSIX only."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Final, Self

from zonda.ioloop import IOLoop
from zonda.log import gen_log

__all__ = ["cpu_count", "fork_processes", "task_id"]

# Seconds: a worker that lived longer is replaced at once, others after a pause.
_SHORT_LIFE: Final = 10.0
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0

_task_id: int | None = None


def cpu_count() -> int:
    """How many processors this process may use."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def task_id() -> int | None:
    """The number of this process among those of `fork_processes`; None in any other."""
    return _task_id


def fork_processes(num_processes: int | None, max_restarts: int | None = None) -> int:
    """Fork worker processes; return in each of them, and never in this one.

    To be called before anything makes an event loop, since a loop's descriptors must not
    be shared. Listening sockets are meant to be: bind them first, and start serving after.
    This process waits for the workers. One that dies (by a signal or with a status other
    than 0) is replaced by another one with the same number, at once if it lived for a while,
    else after a pause that grows up to 5 seconds; when all have ended well, this process
    exits, too. A SIGTERM that it gets goes on to the workers, none of which is replaced
    then; see `wait_for_signal` for what they can do about it.

    :param num_processes: None or 0 for one per processor.
    :param max_restarts: give up when this many have been replaced; 100 by default.
    :returns: in a worker, its number, counted from 0 (see `task_id`).
    :raises RuntimeError: an event loop exists already; or, in the parent, workers died too
        often.
    """
    if _task_id is not None:
        raise RuntimeError("fork_processes was called already in this process or its parent")
    if IOLoop.current(instance=False) is not None:
        raise RuntimeError(
            "Cannot run in multiple processes: an event loop exists already, and its "
            "descriptors must not be shared. Fork before the first use of IOLoop.current(), "
            "AsyncHTTPClient() and the like."
        )
    if num_processes is None or num_processes <= 0:
        num_processes = cpu_count()
    gen_log.info("Starting %d processes", num_processes)
    workers: dict[int, int] = {}
    with _Termination(workers) as termination:
        for number in range(num_processes):
            if termination.fork(number):
                return number
        return _supervise(workers, 100 if max_restarts is None else max_restarts, termination)


def _fork(number: int, workers: dict[int, int]) -> bool:
    """Start a worker; True in it. (Python itself gives it another random sequence.)"""
    global _task_id
    pid = os.fork()
    if pid == 0:
        _task_id = number
        return True
    workers[pid] = number
    return False


class _Termination:
    """While workers are waited for, a SIGTERM is theirs as well."""

    def __init__(self, workers: dict[int, int]) -> None:
        self.workers = workers
        self._asked = False
        # A program's own handler for the signal stays in force.
        self._is_ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        )

    def __enter__(self) -> Self:
        if self._is_ours:
            signal.signal(signal.SIGTERM, self._arrive)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def stop(self) -> None:
        """A SIGTERM is again for this process alone."""
        if self._is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def fork(self, number: int) -> bool:
        """Start a worker, unless this process was told to end; True in the worker.

        A SIGTERM that comes meanwhile arrives afterwards: this process knows the worker by then,
        and the worker, which is born with this handler, has got rid of it.
        """
        if not self._is_ours:
            return _fork(number, self.workers)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        try:
            is_worker = not self._asked and _fork(number, self.workers)
            if is_worker:
                self.stop()
            return is_worker
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])

    def _arrive(self, number: int, frame: object) -> None:
        self._asked = True
        self.pass_on()

    def asked(self) -> bool:
        """Whether this process was told to end."""
        return self._asked

    def pass_on(self) -> None:
        """Send the workers a SIGTERM."""
        for pid in list(self.workers):
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass  # it has just ended


def _supervise(workers: dict[int, int], restarts_left: int, termination: _Termination) -> int:
    """Replace workers that die; returns in the replacements only."""
    started = dict.fromkeys(workers.values(), time.monotonic())
    pause = 0.0
    while workers:
        pid, status = os.wait()
        number = workers.pop(pid, None)
        if number is None:
            continue  # somebody else's child
        if termination.asked():
            gen_log.info("child %d (pid %d) ended", number, pid)
            continue
        if os.WIFSIGNALED(status):
            gen_log.warning(
                "child %d (pid %d) killed by signal %d, restarting",
                number,
                pid,
                os.WTERMSIG(status),
            )
        elif os.WEXITSTATUS(status) != 0:
            gen_log.warning(
                "child %d (pid %d) exited with status %d, restarting",
                number,
                pid,
                os.WEXITSTATUS(status),
            )
        else:
            gen_log.info("child %d (pid %d) exited normally", number, pid)
            continue
        if restarts_left <= 0:
            raise RuntimeError("Too many child restarts, giving up")
        restarts_left -= 1
        if time.monotonic() - started[number] >= _SHORT_LIFE:
            pause = 0.0
        else:
            time.sleep(pause)  # a signal interrupts it only for as long as its handler takes
            pause = min(2 * pause or _FIRST_PAUSE, _LONGEST_PAUSE)
        started[number] = time.monotonic()
        if termination.fork(number):
            return number
    sys.exit(0)
