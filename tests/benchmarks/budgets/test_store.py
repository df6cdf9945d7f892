from pathlib import Path

import pytest

from benchmarks.budgets import store
from benchmarks.budgets.count import Count
from benchmarks.budgets.store import Budget

BUDGET = Budget(instructions=10_000, allocations=20.0)


def exceeded(count: Count, *, same_build: bool = True) -> bool:
    return any(one.exceeded for one in store.compare(count, BUDGET, same_build=same_build))


@pytest.mark.parametrize(
    ("count", "broken"),
    [
        (Count(20.0, 0.0, 10_000), False),
        (Count(20.4, 0.1, 10_499), False),
        (Count(20.6, 0.0, 10_000), True),
        (Count(20.0, 0.0, 10_501), True),
        (Count(20.0, 1.0, 10_000), True),
        (Count(1.0, -1.0, 1_000), False),
        (Count(20.0, 0.0, None), False),
    ],
)
def test_what_exceeds_a_budget(count: Count, broken: bool) -> None:
    assert exceeded(count) is broken


def test_instructions_of_another_build_are_not_compared() -> None:
    assert not exceeded(Count(20.0, 0.0, 99_000), same_build=False)
    assert exceeded(Count(21.0, 0.0, 99_000), same_build=False)


def test_a_workload_without_budget_is_a_failure() -> None:
    verdicts = store.compare(Count(1.0, 0.0, 10), None, same_build=True)
    assert any(one.exceeded and "--update" in one.text for one in verdicts)


def test_a_cheaper_request_asks_to_be_kept() -> None:
    verdicts = store.compare(Count(20.0, 0.0, 9_000), BUDGET, same_build=True)
    assert any("--update" in one.text for one in verdicts)


def test_update_keeps_what_was_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "budgets.json"
    store.update("3.13", "clang", {"native": {"json": Count(5.04, 0.0, 50)}}, path)
    store.update("3.13", "gcc", {"pure": {"json": Count(9.0, 0.0, 90)}}, path)
    store.update("3.12", "gcc", {"pure": {"json": Count(8.0, 0.0, 80)}}, path)
    budgets = store.load("3.13", path)
    assert budgets.build == "gcc"
    assert budgets.kernels == {
        "native": {"json": Budget(50, 5.0)},
        "pure": {"json": Budget(90, 9.0)},
    }


def test_no_file_means_no_budgets(tmp_path: Path) -> None:
    assert store.load("3.13", tmp_path / "budgets.json") == store.Budgets()
