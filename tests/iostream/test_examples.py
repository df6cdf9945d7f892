"""The examples in the docstrings."""

import unittest

from zonda.iostream import doctests


def test_the_examples_hold() -> None:
    suite = doctests()
    assert suite.countTestCases()
    result = unittest.TestResult()
    suite.run(result)
    assert result.wasSuccessful(), result.failures
