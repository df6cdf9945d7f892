import shutil

import pytest

from benchmarks.budgets.count import count

pytestmark = pytest.mark.skipif(
    not shutil.which("cc") or not shutil.which("valgrind"), reason="needs cc and valgrind"
)


def test_counts_are_the_same_every_time() -> None:
    first, second = (
        count(["answer", "request-head"], "pure", instructions=False) for _ in range(2)
    )
    for name in ("answer", "request-head"):
        assert first[name].allocations >= 1
        assert first[name].allocations == pytest.approx(second[name].allocations, abs=0.1)
        assert abs(first[name].retained) < 0.5


def test_instructions_are_told_apart_by_workload() -> None:
    counted = count(["answer", "request-head"], "pure", instructions=True)
    answer, request = counted["answer"].instructions, counted["request-head"].instructions
    assert answer is not None
    assert request is not None
    assert 500 < answer < request < 1_000_000
