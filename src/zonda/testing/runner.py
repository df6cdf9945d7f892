"""A test runner with command-line options, and a helper for ``setUp``."""

from __future__ import annotations

import signal
import sys
import unittest
from contextlib import AbstractContextManager
from typing import Any, TypeVar

T = TypeVar("T")


def main(**kwargs: Any) -> None:
    """Run tests as `unittest.main` does, with the options of `zonda.options` besides.

    ::

        python -m zonda.testing package.test_module
        python run_tests.py --logging=debug --verbose test_module.MyTest

    A script that gathers tests defines a function ``all()`` which returns a
    `unittest.TestSuite`, and calls this; it is used when no tests are named.

    :param kwargs: passed on to `unittest.main`.
    """
    from zonda.options import define, options, parse_command_line

    define(
        "exception_on_interrupt",
        type=bool,
        default=True,
        help="whether Ctrl-C raises KeyboardInterrupt (and prints where), or ends at once",
    )
    # Those of unittest's own command line, which does not get to see it.
    flags = ("verbose", "quiet", "failfast", "catch", "buffer")
    for flag in flags:
        define(flag, type=bool)
    argv = [sys.argv[0], *parse_command_line(sys.argv)]

    if not options.exception_on_interrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if options.verbose:
        kwargs["verbosity"] = 2
    if options.quiet:
        kwargs["verbosity"] = 0
    for flag, argument in (("failfast", "failfast"), ("catch", "catchbreak"), ("buffer", "buffer")):
        if options[flag]:
            kwargs[argument] = True
    module = kwargs.get("module", "__main__")
    if hasattr(sys.modules.get(module or ""), "all"):
        kwargs.setdefault("defaultTest", "all")
    unittest.main(argv=argv, **kwargs)


def setup_with_context_manager(testcase: unittest.TestCase, cm: AbstractContextManager[T]) -> T:
    """Enter a context manager in ``setUp``, to be left after the test.

    What `unittest.TestCase.enterContext` does since Python 3.11.
    """
    return testcase.enterContext(cm)
