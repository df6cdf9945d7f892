"""``python -m zonda.testing package.tests.module``: see `zonda.testing.main`."""

import sys

from zonda.testing.runner import main

if len(sys.argv) == 1:
    sys.exit("No tests specified: give the name of a test module, class or method")
main(module=None)
