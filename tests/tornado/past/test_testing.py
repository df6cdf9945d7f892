"""Leftovers of the testing module."""

import io
import logging
import socket
import unittest
from typing import Any

import pytest

from zonda import gen
from zonda.testing import AsyncTestCase, LogTrapTestCase, get_unused_port

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_logs_are_shown_for_failures_only() -> None:
    class Case(LogTrapTestCase):
        def test_good(self) -> None:
            logging.getLogger().warning("of the good one")

        def test_bad(self) -> None:
            logging.getLogger().warning("of the bad one")
            self.fail()

    shown = io.StringIO()
    handler = logging.StreamHandler(shown)
    logging.getLogger().addHandler(handler)
    try:
        result = unittest.TestResult()
        Case("test_good").run(result)
        Case("test_bad").run(result)
    finally:
        logging.getLogger().removeHandler(handler)
    assert (result.testsRun, len(result.failures)) == (2, 1)
    assert shown.getvalue() == "of the bad one\n"


def test_an_unused_port_can_be_bound() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", get_unused_port()))


def test_a_failing_callback_of_the_old_kind_fails_the_test() -> None:
    class Case(AsyncTestCase):
        def test_callback(self) -> None:
            @gen.coroutine
            def wait() -> Any:
                yield gen.moment

            start: Any = wait
            start(callback=lambda result: 1 / 0)
            self.wait()

        def test_engine(self) -> None:
            @gen.engine
            def fails() -> Any:
                yield gen.moment
                raise KeyError("engine")

            fails()
            self.wait()

    result = unittest.TestResult()
    Case("test_callback").run(result)
    Case("test_engine").run(result)
    errors = [text.splitlines()[-1] for _, text in result.errors]
    assert errors == ["ZeroDivisionError: division by zero", "KeyError: 'engine'"]
