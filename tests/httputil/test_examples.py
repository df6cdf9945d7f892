"""The examples in the docstrings hold."""

import unittest

from zonda.httputil import doctests


def test_examples() -> None:
    result = unittest.TestResult()
    suite = doctests()
    assert suite.countTestCases() > 10
    suite.run(result)
    assert not result.failures
    assert not result.errors
