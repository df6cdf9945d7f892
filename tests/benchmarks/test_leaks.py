"""The small version of ``python -m benchmarks.leaks``."""

import os

import pytest

from benchmarks import leaks


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="descriptors are counted in /dev/fd")
def test_the_client_leaves_nothing() -> None:
    lines: list[str] = []
    assert leaks.check(1500, lines.append), lines
    # All kinds of ends were met.
    for outcome in ("'200'", "'500'", "'cancelled'", "HTTPTimeoutError", "HTTPStreamClosedError"):
        assert outcome in lines[0]
