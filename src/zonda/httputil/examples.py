"""The examples in this room's docstrings, as a test suite."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import unittest

__all__ = ["doctests"]

_MODULES = (
    "httputil.dates",
    "httputil.headers",
    "httputil.parameters",
    "httputil.ranges",
    "httputil.startline",
    "httputil.url",
    "protocol.cookies",
    "protocol.multipart",
    "protocol.parameters",
)


def doctests() -> unittest.TestSuite:
    """Return the examples of the docstrings in this package as a test suite."""
    import doctest
    import unittest

    suite = unittest.TestSuite()
    for name in _MODULES:
        suite.addTests(doctest.DocTestSuite(import_module(f"zonda.{name}")))
    return suite
