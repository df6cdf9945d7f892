import shutil
from pathlib import Path

import pytest

from benchmarks.budgets.count import CannotCount
from benchmarks.budgets.imports import count_import, judge, store

needs_valgrind = pytest.mark.skipif(not shutil.which("valgrind"), reason="needs valgrind")


@needs_valgrind
def test_only_what_the_import_adds_is_counted() -> None:
    # The interpreter alone takes more than thirty million, compiling the module a few.
    assert 10_000 < count_import("colorsys") < 1_000_000


@needs_valgrind
def test_a_missing_module_is_named() -> None:
    with pytest.raises(CannotCount, match="no_such_module"):
        count_import("no_such_module")


def test_half_of_tornado_is_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "imports.json"
    store("3.13", "this build", 1000, path)
    assert not judge("3.13", "this build", 500, path).exceeded
    verdict = judge("3.13", "this build", 510, path)
    assert verdict.exceeded
    assert "51% of tornado.web" in verdict.text


@pytest.mark.parametrize(("python", "build"), [("3.13", "another"), ("3.14", "this build")])
def test_other_interpreters_are_not_compared(tmp_path: Path, python: str, build: str) -> None:
    path = tmp_path / "imports.json"
    store("3.13", "this build", 1000, path)
    verdict = judge(python, build, 900, path)
    assert not verdict.exceeded
    assert "not compared" in verdict.text


def test_nothing_stored_is_not_compared(tmp_path: Path) -> None:
    assert "not compared" in judge("3.13", "this build", 1, tmp_path / "none.json").text
