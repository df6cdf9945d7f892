"""The examples in this package's docstrings as tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import unittest


def doctests() -> unittest.TestSuite:
    """The examples in the docstrings of this package as a test suite."""
    import doctest

    from zonda.iostream import buffer

    return doctest.DocTestSuite(buffer)
