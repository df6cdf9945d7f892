"""Runs one module of the suite in a process of its own and writes each outcome as it is known.

Started by ``modules.py`` as a script, with the shim on its path; it imports nothing else of
this folder. A line of JSON is written before and after each test, so that the parent knows which
one was running when the process hung or died.

A test that runs longer than its time limit is stopped twice over: by a signal, which leaves the
process usable, and by faulthandler's C-level watchdog, which works even when no Python code does.
"""

import faulthandler
import importlib
import json
import logging
import os
import signal
import sys
import time
import traceback
import unittest
import warnings
from collections.abc import Iterator
from types import FrameType
from typing import Any, TextIO

WATCHDOG_GRACE = 10.0  # seconds that the watchdog leaves to the signal
MESSAGE_LIMIT = 2500  # characters kept of a traceback, from its end
SEVERITY = ("pass", "skip", "xfail", "xpass", "fail", "error")


class TestTimeout(KeyboardInterrupt):
    """The time limit. Asyncio lets a KeyboardInterrupt out of its callbacks, unlike Exception."""


class Outcome(unittest.TestResult):
    """Collects the gravest thing that a test, with its subtests and clean-ups, reported."""

    def __init__(self) -> None:
        super().__init__()
        self.outcome: str | None = None
        self.message: str | None = None

    def note(self, outcome: str, message: str | None = None) -> None:
        """Keep the outcome if it is graver than what is kept."""
        if self.outcome is None or SEVERITY.index(outcome) > SEVERITY.index(self.outcome):
            self.outcome, self.message = outcome, message

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.note("pass")

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self.note("error", text_of(err))

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self.note("fail", text_of(err))

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.note("skip", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        self.note("xfail")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self.note("xpass")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        if err is not None:
            self.note("error", f"{subtest}\n{text_of(err)}")


def text_of(err: Any) -> str:
    """The end of a traceback."""
    return "".join(traceback.format_exception(*err))[-MESSAGE_LIMIT:]


def on_alarm(number: int, frame: FrameType | None) -> None:
    """SIGALRM: the running test is out of time."""
    raise TestTimeout


class Run:
    """The tests of one module, run one after the other."""

    def __init__(self, results: TextIO, timeout: float) -> None:
        self.results = results
        self.timeout = timeout
        self.pid = os.getpid()

    def emit(self, **record: object) -> None:
        """Write one line for the parent, unless this is a process that a test forked."""
        if os.getpid() == self.pid:
            self.results.write(json.dumps(record) + "\n")
            self.results.flush()

    def load(self, module: str) -> unittest.TestSuite:
        """Import the module under the watchdog and return its tests."""
        faulthandler.dump_traceback_later(self.timeout + WATCHDOG_GRACE, exit=True)
        try:
            if module.endswith(".doctests"):
                target = importlib.import_module("tornado." + module.removesuffix(".doctests"))
                suite: unittest.TestSuite = target.doctests()
                return suite
            target = importlib.import_module("tornado.test." + module)
            return unittest.defaultTestLoader.loadTestsFromModule(target)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def one(self, name: str, test: unittest.TestCase) -> None:
        """Run one test and write what became of it."""
        self.emit(start=name)
        result = Outcome()
        started = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, self.timeout)
        faulthandler.dump_traceback_later(self.timeout + WATCHDOG_GRACE, exit=True)
        try:
            unittest.TestSuite([test]).run(result)
        except TestTimeout:
            result.outcome, result.message = "timeout", traceback.format_exc()[-MESSAGE_LIMIT:]
        except (KeyboardInterrupt, SystemExit):
            result.outcome, result.message = "error", traceback.format_exc()[-MESSAGE_LIMIT:]
        finally:
            if os.getpid() != self.pid:
                os._exit(70)  # a forked child must not go on with the parent's tests
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()
        seconds = round(time.monotonic() - started, 3)
        outcome = result.outcome or "error"
        self.emit(id=name, outcome=outcome, seconds=seconds, message=result.message)


def flatten(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """The tests of a suite of suites."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def named(suite: unittest.TestSuite) -> Iterator[tuple[str, unittest.TestCase]]:
    """The tests with the ids that the data files use; a repeated id gets a number."""
    seen: dict[str, int] = {}
    for test in flatten(suite):
        name = test.id().removeprefix("tornado.test.")
        if name.startswith("zonda."):  # doctests are named after the module they stand in
            name = "tornado" + name.removeprefix("zonda")
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name}#{seen[name]}"), test


def main(module: str, results: str, todo: str, timeout: str) -> None:
    """Run those of the module's tests that are listed in the file ``todo``."""
    warnings.simplefilter("ignore")  # tests about warnings switch them on themselves
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGALRM, on_alarm)
    with open(todo) as file:
        wanted = set(json.load(file))
    output = open(results, "a")  # noqa: SIM115  # os._exit below ends it; each line is flushed
    run = Run(output, float(timeout))
    try:
        suite = run.load(module)
    except unittest.SkipTest as reason:
        run.emit(module_error=f"skipped: {reason}")
    except BaseException:
        run.emit(module_error=traceback.format_exc()[-MESSAGE_LIMIT:])
    else:
        for name, test in named(suite):
            if name in wanted:
                run.one(name, test)
        run.emit(finished=True)
    sys.stdout.flush()
    os._exit(0)  # threads that a test left behind must not keep the process


if __name__ == "__main__":
    main(*sys.argv[1:])
