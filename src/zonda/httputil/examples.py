"""The examples in this room's docstrings, as a test suite."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import unittest

__all__ = ["doctests"]

# What the room stands on, and does not show under its own name.
_BELOW = ("zonda.protocol.multipart", "zonda.protocol.parameters")


def doctests() -> unittest.TestSuite:
    """Return the examples of the docstrings in this package as a test suite.

    Each is a test of its own, named as programs import it: ``zonda.httputil.HTTPHeaders.parse``.
    """
    import doctest
    import unittest

    suite = unittest.TestSuite()
    for name in _BELOW:
        suite.addTests(doctest.DocTestSuite(import_module(name)))
    room = import_module("zonda.httputil")
    finder = doctest.DocTestFinder()
    for name in room.__all__:
        # Its home is a file of the room, so the finder must not compare modules.
        for test in finder.find(
            getattr(room, name),
            f"{room.__name__}.{name}",
            module=False,
            globs=vars(room).copy(),
        ):
            if test.examples:
                suite.addTest(doctest.DocTestCase(test))
    return suite
