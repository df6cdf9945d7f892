"""Choosing a command."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import zonda
from zonda.cli import main

ROOT = Path(__file__).resolve().parents[2]


def test_the_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"zonda {zonda.version}\n"


def test_help_names_the_commands(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "fetch     fetch a URL" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["brew"], ["--verbose"]])
def test_anything_else_is_an_error_of_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: zonda" in capsys.readouterr().err


def test_a_command_gets_the_rest_of_the_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["fetch", "--help"])
    assert ended.value.code == 0
    assert "usage: zonda fetch" in capsys.readouterr().out


def test_the_entry_point_and_the_module_are_the_same_command():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"]["zonda"] == "zonda.cli:main"
    done = subprocess.run(
        [sys.executable, "-m", "zonda", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"zonda {zonda.version}\n"


def test_asking_for_the_version_imports_no_client():
    code = (
        "import sys; from zonda.cli import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: print([m for m in sys.modules if m.startswith('zonda.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = done.stdout.splitlines()[1]
    assert "zonda.cli.main" in names
    assert "httpclient" not in names
