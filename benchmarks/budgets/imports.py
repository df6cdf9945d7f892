"""What ``import zonda.web`` costs: at most half of ``import tornado.web``.

Counted in instructions, like the requests. Tornado's count is stored, so that only taking it
needs Tornado: ``--tornado --update``, in an environment that has it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.budgets.count import TIMEOUT, CannotCount
from benchmarks.budgets.store import Verdict
from benchmarks.processes import ROOT, last_words

PATH = Path(__file__).with_name("imports.json")
#: The share of Tornado's count that may be reached.
LIMIT = 0.5

_TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)


def count_import(module: str) -> int:
    """The instructions that importing a module takes in a new interpreter.

    Raises:
        CannotCount: valgrind or the module is missing.
    """
    if not shutil.which("valgrind"):
        raise CannotCount("valgrind not found: apt-get install valgrind")
    with tempfile.TemporaryDirectory() as folder:
        # Compiling is not counted: everything is compiled into this folder first.
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        _run([sys.executable, "-c", f"import {module}"], environment)
        whole, bare = (
            _instructions(statement, Path(folder, "profile"), environment)
            for statement in (f"import {module}", "pass")
        )
    return whole - bare


def _instructions(statement: str, profile: Path, environment: dict[str, str]) -> int:
    command = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={profile}"]
    _run([*command, sys.executable, "-c", statement], environment)
    total = _TOTAL.search(profile.read_text())
    if total is None:
        raise CannotCount(f"callgrind's profile of {statement!r} has no total")
    return int(total[1])


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=TIMEOUT
    )
    if done.returncode:
        raise CannotCount(last_words(done.stderr, f"ended with status {done.returncode}"))


def store(python: str, build: str, tornado: int, path: Path = PATH) -> None:
    """Store Tornado's count for one build of Python."""
    everything = json.loads(path.read_text()) if path.exists() else {}
    everything[python] = {"build": build, "tornado.web": tornado}
    path.write_text(json.dumps(everything, indent=2, sort_keys=True) + "\n")


def judge(python: str, build: str, counted: int, path: Path = PATH) -> Verdict:
    """Compare the count of ``import zonda.web`` with the stored one of ``import tornado.web``."""
    stored = json.loads(path.read_text()).get(python) if path.exists() else None
    text = f"import zonda.web: {counted:,} instructions"
    if stored is None or stored["build"] != build:
        return Verdict(f"{text}: not compared, Tornado was not counted with this build of Python")
    share = counted / stored["tornado.web"]
    return Verdict(f"{text}, {share:.0%} of tornado.web (at most {LIMIT:.0%})", share > LIMIT)
