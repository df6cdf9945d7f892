"""Runs the suite's modules in processes of their own, and carries on after a hang or a crash."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from zonda.tornado.children import environment

HERE = Path(__file__).resolve().parent
RESTARTS = 40  # processes that one module may use up by hanging or crashing
MODULE_TIMEOUT = 600.0  # seconds for one process, should its own watchdog fail


@dataclass
class Result:
    """What became of one module's tests."""

    module: str
    tests: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> set[str]:
        """The ids of the tests that passed."""
        return {name for name, outcome in self.tests.items() if outcome == "pass"}


@dataclass(frozen=True)
class Runner:
    """The settings that all modules of a run share."""

    suite: Path
    work: Path
    timeout: float
    hidden: str = ""

    def prepare(self) -> None:
        """Make the scratch folder that the tests run in, with the shim that brings them."""
        self.work.mkdir(exist_ok=True)
        shutil.copytree(HERE / "shim", self.work / "shim", dirs_exist_ok=True)

    def run(self, module: str, tests: set[str]) -> Result:
        """Run these tests of one module, in as many processes as that takes."""
        result = Result(module)
        started = time.monotonic()
        for _ in range(RESTARTS):
            if self._process(module, tests, result):
                break
        result.seconds = time.monotonic() - started
        return result

    def _process(self, module: str, tests: set[str], result: Result) -> bool:
        """Run what is left of the module in one process; True when nothing is left to do."""
        results, todo, log = (self.work / f"{module}.{kind}" for kind in ("jsonl", "todo", "log"))
        results.write_text("")
        todo.write_text(json.dumps(sorted(tests - set(result.tests))))
        status = self._wait(module, results, todo, log)
        running = self._collect(results, result)
        if running is None:
            return True
        tail = log.read_text(errors="replace")[-1500:]
        if not running:
            result.error = f"died with status {status} outside of any test\n{tail}"
            return True
        hung = status is None or (status == 1 and "Timeout (" in tail)
        result.tests[running] = "hang" if hung else "crash"
        result.messages[running] = f"status {status}\n{tail}"
        return False

    def _wait(self, module: str, results: Path, todo: Path, log: Path) -> int | None:
        argv = [str(HERE / "child.py"), module, str(results), str(todo), str(self.timeout)]
        with open(log, "a") as output:
            process = subprocess.Popen(
                [sys.executable, *argv],
                cwd=self.work,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return process.wait(MODULE_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return None

    def _environment(self) -> dict[str, str]:
        path = [str(self.work / "shim"), os.environ.get("PYTHONPATH", "")]
        here = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
        return {
            **environment(here),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TORNADO_SUITE": str(self.suite),
            "TORNADO_SUITE_HIDDEN": self.hidden,
            "ASYNC_TEST_TIMEOUT": "10",
        }

    @staticmethod
    def _collect(results: Path, result: Result) -> str | None:
        """Take over the lines of one process.

        Returns:
            None when the module came to its end, else the test that was running then, or "".
        """
        running, ended = "", False
        for line in results.read_text().splitlines():
            record = json.loads(line)
            running = record.get("start", running)
            if "id" in record:
                running = ""
                result.tests[record["id"]] = record["outcome"]
                result.messages[record["id"]] = record["message"] or ""
            if "module_error" in record:
                result.error = record["module_error"]
            ended = ended or "finished" in record or "module_error" in record
        return None if ended else running
