"""The make rules' own machinery: what is installed again, what a step reports, what CI refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.dev.environment import ROOT, Environment
from tools.dev.steps import Step, report


def test_what_is_up_to_date_is_not_installed_again(tmp_path: Path) -> None:
    installed = []
    env = Environment(tmp_path)
    env._once("thing", lambda: "v1", lambda: installed.append("first"))
    env._once("thing", lambda: "v1", lambda: installed.append("again"))
    env._once("thing", lambda: "v2", lambda: installed.append("changed"))
    assert installed == ["first", "changed"]


def test_a_failed_installation_is_tried_again(tmp_path: Path) -> None:
    def fail() -> None:
        raise subprocess.CalledProcessError(1, "pip")

    env = Environment(tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        env._once("thing", lambda: "v1", fail)
    installed = []
    env._once("thing", lambda: "v1", lambda: installed.append("now"))
    assert installed == ["now"]


def test_a_step_keeps_pytests_closing_line(capfd: pytest.CaptureFixture[str]) -> None:
    step = Step("tests", (sys.executable, "-c", "print('=== 3 passed, 1 skipped in 0.12s ===')"))
    assert step.run(ROOT) == 0
    assert step.note == "3 passed, 1 skipped in 0.12s"
    assert "3 passed, 1 skipped" in capfd.readouterr().out


def test_one_failed_step_fails_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [Step(code, (sys.executable, "-c", f"exit({code})")) for code in ("0", "3")]
    for step in steps:
        step.run(ROOT)
    assert report(steps) == 1
    assert capsys.readouterr().out.endswith("failed: 3\n")
    assert report(steps[:1]) == 0
    assert capsys.readouterr().out.endswith("all green\n")


SKIPS = """
import pytest

@pytest.mark.skip("needs a browser")
def test_mark(): pass

def test_call(): pytest.skip("needs a browser")

def test_import(): pytest.importorskip("no_such_module")

def test_other(): pytest.skip("the pure kernel is running")
"""


@pytest.mark.parametrize(
    ("plugin", "expected"),
    [([], "4 skipped"), (["-p", "tools.dev.pytest_ci"], "2 failed, 1 skipped, 1 error")],
)
def test_ci_takes_a_missing_tool_for_a_failure(
    tmp_path: Path, plugin: list[str], expected: str
) -> None:
    (tmp_path / "test_skips.py").write_text(SKIPS)
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", *plugin, str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert expected in run.stdout


def test_ci_takes_a_module_that_skips_as_a_whole_for_a_failure(tmp_path: Path) -> None:
    (tmp_path / "test_skips.py").write_text("import pytest\npytest.importorskip('no_such_module')")
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "tools.dev.pytest_ci"]
    run = subprocess.run([*command, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert "could not import" in run.stdout
    assert run.returncode != 0
