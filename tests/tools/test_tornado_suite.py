"""The gate over Tornado's suite: what it counts, what it complains of, what it never does."""

import json
from pathlib import Path

import pytest

import zonda
from tools.tornado_suite import gate
from tools.tornado_suite.gate import Gate
from tools.tornado_suite.modules import Result, Runner
from tools.tornado_suite.source import VERSIONS

MODULE = "demo_test"
TESTS = ["demo_test.T.test_one", "demo_test.T.test_two", "demo_test.T.test_three"]


@pytest.fixture
def make_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make a gate over data files of the test's own."""
    monkeypatch.setattr(gate, "HERE", tmp_path)

    def make(floor: int = 0, misses: dict[str, str] | None = None) -> Gate:
        files = {"baseline": {MODULE: TESTS}, "private": {}, "misses": misses or {}}
        (tmp_path / "1.0").mkdir(exist_ok=True)
        for name, data in {**files, "floor": {MODULE: floor}}.items():
            (tmp_path / "1.0" / f"{name}.json").write_text(json.dumps(data))
        return Gate("1.0")

    return make


def result(*passing: str) -> Result:
    return Result(MODULE, {t: "pass" if t in passing else "fail" for t in TESTS})


def test_a_module_below_its_floor_is_a_complaint(make_gate) -> None:
    gate = make_gate(floor=2)
    assert gate.complaints([result(*TESTS[:2])]) == []
    assert gate.complaints([result(TESTS[0])]) == ["demo_test: 1 pass, its floor is 2"]


def test_tests_that_tornado_does_not_pass_do_not_count(make_gate) -> None:
    extra = Result(MODULE, {"demo_test.T.test_new": "pass"})
    assert make_gate(floor=1).complaints([extra]) == ["demo_test: 0 pass, its floor is 1"]


def test_a_miss_that_passes_is_named_and_no_failure(make_gate) -> None:
    gate = make_gate(misses={TESTS[0]: "reads a private attribute"})
    assert gate.unexplained(result(TESTS[1])) == {TESTS[2]}
    [line] = gate.mended([result(TESTS[0])])
    assert line == f"{TESTS[0]} passes; if it always does, take it out of misses.json"
    assert gate.complaints([result(TESTS[0])]) == []


def test_floors_rise_and_never_sink(make_gate, tmp_path: Path) -> None:
    assert make_gate(floor=1).raise_floors([result(*TESTS)]) == ["demo_test: floor 1 -> 3"]
    assert json.loads((tmp_path / "1.0" / "floor.json").read_text()) == {MODULE: 3}
    assert Gate("1.0").raise_floors([result()]) == []
    assert json.loads((tmp_path / "1.0" / "floor.json").read_text()) == {MODULE: 3}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_data_files_speak_of_the_same_tests(version: str) -> None:
    gate = Gate(version)
    known = set().union(*gate.baseline.values())
    assert set(gate.private) <= known
    assert set(gate.misses) <= known
    assert set(gate.floor) == set(gate.baseline)
    assert all(gate.floor[m] <= len(gate.baseline[m]) for m in gate.floor)
    assert all(gate.misses.values())


SUITE = """
import os, sys, time, unittest

class T(unittest.TestCase):
    def test_1_passes(self): import tornado.util, zonda.util; assert tornado.util is zonda.util
    def test_2_fails(self): self.fail("no")
    def test_3_loops(self):
        while True: pass
    def test_4_crashes(self): os.kill(os.getpid(), 9)
    def test_5_forks(self):
        pid = os.fork()
        if pid == 0: sys.exit(3)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 70)
    @unittest.skip("elsewhere")
    def test_6_skips(self): pass
    def test_7_is_not_counted(self): pass
"""


def test_a_module_is_run_to_its_end_whatever_its_tests_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = tmp_path / "suite" / "tornado" / "test"
    tests.mkdir(parents=True)
    (tests / "__init__.py").write_text("")
    (tests / "some_test.py").write_text(SUITE)
    monkeypatch.setenv("PYTHONPATH", str(Path(zonda.__file__).parents[1]))
    runner = Runner(tmp_path / "suite", tmp_path / "work", timeout=1)
    runner.prepare()
    names = ["1_passes", "2_fails", "3_loops", "4_crashes", "5_forks", "6_skips"]
    outcomes = runner.run("some_test", {f"some_test.T.test_{name}" for name in names}).tests
    assert {name.rpartition("_")[2]: outcome for name, outcome in outcomes.items()} == {
        "passes": "pass",
        "fails": "fail",
        "loops": "timeout",
        "crashes": "crash",
        "forks": "pass",
        "skips": "skip",
    }


def test_a_module_that_cannot_be_imported_says_why(tmp_path: Path) -> None:
    tests = tmp_path / "tornado" / "test"
    tests.mkdir(parents=True)
    (tests / "__init__.py").write_text("")
    (tests / "some_test.py").write_text("import tornado.no_such_module")
    runner = Runner(tmp_path, tmp_path / "work", timeout=1)
    runner.prepare()
    assert "No module named 'tornado.no_such_module'" in runner.run("some_test", set()).error
