"""Makes ``tornado.test`` come from the suite that ``TORNADO_SUITE`` names, in every process.

The rest of ``tornado`` is served by the launcher's hook, which runs this file.
"""

import importlib.machinery
import importlib.util
import os
import sys
import unittest

TESTS = "tornado.test"


class TestsFinder:
    """Answers for the package of the tests; what is below it lies in its folder."""

    @staticmethod
    def find_spec(
        fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Where the suite is."""
        if fullname != TESTS:
            return None
        folder = os.path.join(os.environ["TORNADO_SUITE"], "tornado", "test")
        return importlib.util.spec_from_file_location(
            TESTS, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )


#: Methods that the suite of 2017 calls and that Python 3.12 has dropped.
RENAMED = {
    "assertEquals": "assertEqual",
    "assertNotEquals": "assertNotEqual",
    "assertRaisesRegexp": "assertRaisesRegex",
    "assertRegexpMatches": "assertRegex",
    "assert_": "assertTrue",
}

if "TORNADO_SUITE" in os.environ:
    sys.meta_path.append(TestsFinder)
    for old, new in RENAMED.items():
        if not hasattr(unittest.TestCase, old):
            setattr(unittest.TestCase, old, getattr(unittest.TestCase, new))
    for name in os.environ.get("TORNADO_SUITE_HIDDEN", "").split():
        sys.modules[name] = None  # type: ignore[assignment]  # importing it fails
