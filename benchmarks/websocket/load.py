"""Running ``load.c``: connect, meet, measure."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.environment import run
from benchmarks.processes import NotRun, last_words, pinned
from benchmarks.websocket.rows import DEFLATE, Row

SOURCE = Path(__file__).with_name("load.c")
#: Seconds that 2,000 handshakes and warming up may take besides what is measured.
SLACK = 60


def compile_load(out: Path) -> Path:
    """The load generator, compiled if its source is newer than the program."""
    program = out / "websocket-load"
    out.mkdir(parents=True, exist_ok=True)
    if not program.exists() or program.stat().st_mtime < SOURCE.stat().st_mtime:
        done = run(["cc", "-O2", "-Wall", "-Wextra", "-o", str(program), str(SOURCE)])
        if done.returncode:
            raise SystemExit(f"cannot compile {SOURCE}: {done.stderr}")
    return program


class Load:
    """One run; use it as a context manager. Inside, every connection is open and busy.

    Raises:
        NotRun: the server refuses, disconnects or answers wrongly.
    """

    def __init__(self, program: Path, port: int, row: Row, seconds: float, core: int) -> None:
        message = program.with_name(f"{row.name}.frame")
        message.write_bytes(row.frame)
        size = -1 if row.compressed else len(row.payload)
        command = [str(program), str(port), row.path, row.kind, str(row.connections)]
        command += [str(seconds), str(message), str(size), *([DEFLATE] if row.compressed else [])]
        self._command = pinned(command, core)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            self._command, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        try:
            self._hear(lambda line: line == "ready")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            with self._process:
                pass  # closes the pipes and waits for it

    def measure(self) -> dict[str, Any]:
        """Let it run; what it has seen."""
        self._say()
        seen: dict[str, Any] = json.loads(self._hear(lambda line: line.startswith("{")))
        if seen["wrong"] or not seen["requests"]:
            raise NotRun(f"{seen['wrong']} wrong among {seen['requests']} messages")
        return seen

    def _say(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _hear(self, wanted: Callable[[str], bool]) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not wanted(line):
            self._process.kill()
            assert self._process.stderr is not None
            words = last_words(self._process.stderr.read(), f"the load ended with {line!r}")
            raise NotRun(words)
        return line
