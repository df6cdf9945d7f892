"""A pytest plugin for CI: a test that skips because the machine lacks something fails the run.

Such skips say ``needs ...`` (a browser, another program) or come from ``pytest.importorskip``.
Skips for other reasons, such as a test of the native kernel in the pure run, stay skips.
"""

from collections.abc import Generator

import pytest

MISSING = ("needs ", "could not import")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip for want of something into a failure."""
    report = yield
    refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips as a whole."""
    report = yield
    refuse(report)
    return report


def refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make the report a failure when it is a skip whose reason names something missing."""
    if report.outcome != "skipped" or not isinstance(report.longrepr, tuple):
        return
    reason = report.longrepr[2].removeprefix("Skipped: ")
    if reason.startswith(MISSING):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where everything must be there: {reason}"
