"""Starting a server on a core, waiting until it answers, and always ending it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.cpu import cpu_seconds, tree, user_seconds

HOST = "127.0.0.1"
START_TIMEOUT = 20.0
STOP_TIMEOUT = 3.0
ROOT = Path(__file__).resolve().parent.parent


class NotRun(Exception):
    """Why a peer, or one row of it, could not be measured; shown in the table."""


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def clean_environment(variables: dict[str, str] | None = None) -> dict[str, str]:
    """The environment for a peer: nothing of this shell that would choose another Zonda."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ZONDA_PURE")}
    return {**kept, **(variables or {})}


def pinned(command: Sequence[str], core: int) -> list[str]:
    """The command bound, with all its threads and children, to one core."""
    return ["taskset", "-c", str(core), *command]


def last_words(text: str, otherwise: str) -> str:
    """The last line that a program wrote, which is where Python says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:160] if lines else otherwise


class Server:
    """A server process of the benchmark; use it as a context manager.

    ``command`` gets the port as the argument that reads ``PORT``. What it prints
    goes to ``log``.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        core: int,
        env: dict[str, str] | None = None,
        tls: bool = False,
    ) -> None:
        self.tls = tls
        self.port = free_port()
        self.log = log
        self._env = clean_environment(env)
        self._command = pinned(
            [str(self.port) if part == "PORT" else part for part in command], core
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._pids: list[int] = []

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=ROOT,
                start_new_session=True,
            )
        try:
            self._wait_until_listening(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_until_listening(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if process.poll() is not None:
                words = last_words(self.log.read_text(errors="replace"), "no message")
                raise NotRun(f"did not start: {words}")
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                self._pids = tree(process.pid)
                return
        raise NotRun(f"did not listen within {START_TIMEOUT:.0f} s")

    @property
    def pid(self) -> int:
        """The first process of the tree."""
        assert self._process is not None, "the server is not started"
        return self._process.pid

    def cpu(self) -> tuple[float, float]:
        """CPU seconds and user seconds of the whole process tree up to now."""
        assert self._process is not None, "the server is not started"
        self._pids = tree(self._process.pid)
        try:
            return cpu_seconds(self._pids), user_seconds(self._pids)
        except OSError:
            raise NotRun("died under load") from None

    def stop(self) -> None:
        """End the process and every descendant it had: politely, then for certain."""
        process = self._process
        if process is None:
            return
        pids = {*self._pids, *tree(process.pid)}
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in {*pids, *tree(process.pid)}:
            _kill_if_ours(pid, process.pid)
        self._process = None


def _kill_if_ours(pid: int, session: int) -> None:
    """Kill a descendant that is still there; the session tells it from a reused PID."""
    try:
        if os.getsid(pid) == session:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
