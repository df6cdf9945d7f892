"""The attacks of ``make soak``: a few of them, small, and what is made of their outcomes."""

import asyncio
import sys
from pathlib import Path

import pytest

from tools.soak import __main__ as soak
from tools.soak.report import BEGIN, END, Outcome, write
from tools.soak.scenarios import ENTRIES, Entry, Failed, require
from tools.soak.target import Target

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

BY_NAME = {entry.name: entry for entry in ENTRIES}


def attack(entry: Entry) -> Outcome:
    return asyncio.run(soak.attack(entry, "zonda", sys.executable, None))


@pytest.mark.parametrize("name", ["half closed clients", "pipelined requests", "random cuts"])
def test_zonda_bears_it(name: str) -> None:
    outcome = attack(BY_NAME[name])
    assert outcome.ok, outcome


def test_every_scenario_says_what_it_is_about() -> None:
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)
    assert all(entry.promise.endswith(".") for entry in ENTRIES)


def test_a_failure_is_told() -> None:
    async def gives_way(target: Target) -> str:
        require((await target.ask("/")).status == 0, "it answered")
        return ""

    outcome = attack(Entry(gives_way))
    assert (outcome.ok, outcome.figures) == (False, "it answered")


def test_descriptors_that_are_left_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "PATIENCE", 0.1)
    held = []

    async def holds_on(target: Target) -> str:
        held.extend([target.raw() for _ in range(5)])
        return ""

    outcome = attack(Entry(holds_on))
    for sock in held:
        sock.close()
    assert outcome.ok is False
    assert "+5 descriptors are left" in outcome.figures


def test_what_cannot_run_is_told() -> None:
    assert attack(BY_NAME["a full disk"]).ok is None


def test_require() -> None:
    require(True, "nothing")
    with pytest.raises(Failed, match="something"):
        require(False, "something")


def test_the_table(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nearlier\n{END}\nafter\n")
    write(
        page,
        {
            "zonda": [Outcome("a", "It stands.", True, "2 MB")],
            "tornado": [Outcome("a", "It stands.", False, "stuck")],
        },
    )
    text = page.read_text()
    assert "| It stands. | holds: 2 MB | **fails**: stuck |" in text
    assert "earlier" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
