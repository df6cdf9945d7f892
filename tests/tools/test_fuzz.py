"""The fuzzer's own parts: how inputs are cut, where they begin, and that finds are seen."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.fuzz import __main__ as command
from tools.fuzz.pieces import Input
from tools.fuzz.targets import TARGETS, seeds


@given(st.binary(max_size=50), st.integers(0, 5))
def test_pieces_are_the_message(data: bytes, numbers: int) -> None:
    entry = Input(data, numbers)
    pieces = entry.pieces()
    assert b"".join(pieces) == entry.message
    assert all(pieces)
    assert data.startswith(entry.message)


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_seeds(name: str) -> None:
    assert seeds(name)


def test_an_input_is_tried_again(tmp_path: Path) -> None:
    file = tmp_path / "find"
    file.write_bytes(b"bytes=0-5")
    assert command.main(["--again", str(file), "ranges"]) == 0


def test_a_broken_promise_is_a_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> None:
        raise AssertionError("a promise was broken")

    monkeypatch.setitem(TARGETS, "ranges", broken)
    file = tmp_path / "find"
    file.write_bytes(b"x")
    with pytest.raises(AssertionError, match="a promise was broken"):
        command.main(["--again", str(file), "ranges"])


def test_unknown_targets_are_refused() -> None:
    run = [sys.executable, "-m", "tools.fuzz", "no_such_target"]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no_such_target" in done.stderr
