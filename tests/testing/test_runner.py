"""`main` and `setup_with_context_manager`."""

import contextlib
import os
import subprocess
import sys
import unittest

import pytest

import zonda
from zonda.testing import setup_with_context_manager

PATH = os.path.dirname(os.path.dirname(os.path.abspath(zonda.__file__)))

CASES = """
import unittest
from zonda.options import options

class Case(unittest.TestCase):
    def test_pass(self):
        print("passing", options.logging)

    def test_fail(self):
        self.fail("on purpose")

def all():
    return unittest.defaultTestLoader.loadTestsFromName("Case.test_pass", __import__(__name__))

if __name__ == "__main__":
    from zonda.testing import main
    main()
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "cases.py").write_text(CASES)

    def start(*args):
        return subprocess.run(
            [sys.executable, *args],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
            env={**os.environ, "PYTHONPATH": PATH, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    return start


def test_names_on_the_command_line(run):
    result = run("-m", "zonda.testing", "--logging=error", "cases.Case.test_pass")
    assert (result.returncode, result.stdout) == (0, "passing error\n")
    assert "Ran 1 test" in result.stderr
    result = run("-m", "zonda.testing", "cases.Case")
    assert result.returncode == 1
    assert "on purpose" in result.stderr


def test_no_names(run):
    result = run("-m", "zonda.testing")
    assert result.returncode == 1
    assert "No tests specified" in result.stderr


def test_a_script_with_all(run):
    result = run("cases.py", "--verbose", "--exception-on-interrupt=false")
    assert result.returncode == 0
    assert "test_pass" in result.stderr
    assert "test_fail" not in result.stderr


@pytest.mark.parametrize(
    ("flag", "sign"),
    [("--quiet", "Ran 2 tests"), ("--failfast", "Ran 1 test"), ("--buffer", "Ran 2")],
)
def test_unittests_flags(run, flag, sign):
    result = run("-m", "zonda.testing", flag, "cases.Case")
    assert sign in result.stderr
    assert ("passing" in result.stdout) == (flag == "--quiet")


def test_setup_with_context_manager():
    order = []

    @contextlib.contextmanager
    def manager():
        order.append("enter")
        yield "value"
        order.append("exit")

    class Case(unittest.TestCase):
        def setUp(self):
            self.value = setup_with_context_manager(self, manager())

        def test(self):
            order.append(self.value)

    Case("test").run(unittest.TestResult())
    assert order == ["enter", "value", "exit"]
