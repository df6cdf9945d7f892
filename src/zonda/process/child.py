"""Child programs whose pipes are streams, and whose end can be awaited."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from subprocess import CalledProcessError
from typing import IO, TYPE_CHECKING, Any, ClassVar

from zonda.concurrent import Future, future_set_result_unless_cancelled
from zonda.gen.yielded import new_future
from zonda.ioloop import IOLoop
from zonda.legacy import takes_io_loop

if TYPE_CHECKING:
    from zonda.iostream import PipeIOStream

__all__ = ["Subprocess"]


class Subprocess:
    """A `subprocess.Popen` whose pipes may be streams, and whose end can be awaited.

    ::

        child = Subprocess(["sort"], stdin=Subprocess.STREAM, stdout=Subprocess.STREAM)
        await child.stdin.write(text)
        child.stdin.close()
        result = await child.stdout.read_until_close()
        await child.wait_for_exit()

    Takes the arguments of `subprocess.Popen`. For ``stdin``, ``stdout`` and ``stderr`` it
    knows one more value, ``Subprocess.STREAM``: the attribute of that name is then a
    `PipeIOStream` of the current `IOLoop`. ``proc`` is the `subprocess.Popen`, and
    ``returncode`` the exit status once it is known (a signal's number, negated).

    The end of a child is noticed through a descriptor that Linux offers for each process,
    elsewhere by a thread that waits for it. Signal handlers are left alone.
    """

    STREAM = object()

    _watched: ClassVar[set[Subprocess]] = set()

    stdin: PipeIOStream | IO[Any] | None
    stdout: PipeIOStream | IO[Any] | None
    stderr: PipeIOStream | IO[Any] | None

    @takes_io_loop(sys.maxsize)
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.io_loop = IOLoop.current()
        pipes = _Pipes(kwargs)
        try:
            self.proc = subprocess.Popen(*args, **kwargs)
        except BaseException:
            pipes.close_all()
            raise
        pipes.close_childs()
        for name in ("stdin", "stdout", "stderr"):
            setattr(self, name, pipes.stream(name) or getattr(self.proc, name))
        self.pid = self.proc.pid
        self.returncode: int | None = None
        self._exit_callback: Callable[[int], object] | None = None
        self._pidfd = -1

    def set_exit_callback(self, callback: Callable[[int], object]) -> None:
        """Call ``callback(returncode)`` in the loop when the process has ended."""
        self._exit_callback = callback
        if self not in Subprocess._watched:
            Subprocess._watched.add(self)
            self._watch()

    def wait_for_exit(self, raise_error: bool = True) -> Future[int]:
        """Wait for the end of the process.

        :returns: a future of ``returncode``; of `CalledProcessError` if that is not 0.
        :param raise_error: False to get ``returncode`` in any case.
        """
        future: Future[int] = new_future()

        def ended(returncode: int) -> None:
            if returncode != 0 and raise_error:
                if not future.done():
                    future.set_exception(CalledProcessError(returncode, self.proc.args))
            else:
                future_set_result_unless_cancelled(future, returncode)

        self.set_exit_callback(ended)
        return future

    @classmethod
    @takes_io_loop(1)
    def initialize(cls) -> None:
        """Nothing needs to be prepared; Tornado installs a signal handler here."""

    @classmethod
    def uninitialize(cls) -> None:
        """Watch no process any more, so that another loop can take over."""
        for process in list(cls._watched):
            process._unwatch()

    def _watch(self) -> None:
        try:
            self._pidfd = os.pidfd_open(self.pid)
        except (AttributeError, OSError):
            # Not Linux, an old kernel, or no such process: somebody has waited for it.
            threading.Thread(
                target=self._wait_in_thread, name=f"Zonda wait {self.pid}", daemon=True
            ).start()
        else:
            self.io_loop.add_handler(self._pidfd, self._ended, IOLoop.READ)

    def _wait_in_thread(self) -> None:
        self.proc.wait()
        self.io_loop.add_callback(self._ended)

    def _unwatch(self) -> None:
        Subprocess._watched.discard(self)
        if self._pidfd >= 0:
            self.io_loop.remove_handler(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1

    def _ended(self, *_event: int) -> None:
        if self not in Subprocess._watched:
            return  # the thread came late
        self._unwatch()
        # Popen keeps the status, whoever asked for it first.
        self.returncode = self.proc.wait()
        callback, self._exit_callback = self._exit_callback, None
        if callback is not None:
            self.io_loop.add_callback(callback, self.returncode)


class _Pipes:
    """The pipes for those arguments of `Subprocess` that are ``STREAM``."""

    def __init__(self, kwargs: dict[str, Any]) -> None:
        self.ours: dict[str, int] = {}
        self.childs: list[int] = []
        for name in ("stdin", "stdout", "stderr"):
            if kwargs.get(name) is Subprocess.STREAM:
                reading, writing = os.pipe()
                ours, childs = (writing, reading) if name == "stdin" else (reading, writing)
                self.ours[name] = ours
                self.childs.append(childs)
                kwargs[name] = childs

    def stream(self, name: str) -> PipeIOStream | None:
        if name not in self.ours:
            return None
        from zonda.iostream import PipeIOStream

        return PipeIOStream(self.ours[name])

    def close_childs(self) -> None:
        for fd in self.childs:
            os.close(fd)

    def close_all(self) -> None:
        self.close_childs()
        for fd in self.ours.values():
            os.close(fd)
