"""Runs programs under the launcher, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import zonda

SOURCE = str(Path(zonda.__file__).parents[1])


def environment(**more: str) -> dict[str, str]:
    """An environment in which this Zonda is found."""
    inherited = {name: value for name, value in os.environ.items() if name != "ZONDA_TORNADO"}
    return {**inherited, "PYTHONPATH": SOURCE, **more}


def python(*args: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python to its end."""
    return subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=50,
    )


def launch(*args: str, cwd: Path | None = None, **env: str) -> str:
    """Run ``python -m zonda.tornado ARGS``; what it printed."""
    done = python("-m", "zonda.tornado", *args, cwd=cwd, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
