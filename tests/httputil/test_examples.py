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


def test_they_are_named_as_programs_import_what_they_explain() -> None:
    names = {test.id() for test in doctests()}
    assert {"zonda.httputil.HTTPHeaders.parse", "zonda.httputil.url_concat"} <= names
