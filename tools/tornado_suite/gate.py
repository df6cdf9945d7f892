"""Holds the results against the floors and the list of misses."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.tornado_suite.modules import Result

HERE = Path(__file__).resolve().parent


class Gate:
    """The data files of one version's suite, and what they say about a result."""

    def __init__(self, version: str) -> None:
        self.folder = HERE / version
        self.baseline: dict[str, set[str]] = {
            module: set(tests) for module, tests in self._read("baseline.json").items()
        }
        self.private: dict[str, str] = self._read("private.json")
        self.misses: dict[str, str] = self._read("misses.json")
        self.floor: dict[str, int] = self._read("floor.json")

    def _read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def passed(self, result: Result) -> set[str]:
        """The tests of the module that Tornado passes, and we too."""
        return self.baseline[result.module] & result.passed

    def failed(self, result: Result) -> set[str]:
        """The tests that Tornado passes and we do not."""
        return self.baseline[result.module] - result.passed

    def unexplained(self, result: Result) -> set[str]:
        """Failed tests for which ``misses.json`` has no reason."""
        return self.failed(result) - set(self.misses)

    def below(self, result: Result) -> bool:
        """Whether fewer tests pass than the module's floor."""
        return len(self.passed(result)) < self.floor[result.module]

    def complaints(self, results: Iterable[Result]) -> list[str]:
        """A line for each floor that is not reached."""
        return [
            f"{r.module}: {len(self.passed(r))} pass, its floor is {self.floor[r.module]}"
            for r in results
            if self.below(r)
        ]

    def mended(self, results: Iterable[Result]) -> list[str]:
        """A line for each listed miss that passed.

        No failure: some misses depend on what ran before them or on the time a thing took.
        """
        tests = sorted(t for r in results for t in self.passed(r) & set(self.misses))
        return [f"{test} passes; if it always does, take it out of misses.json" for test in tests]

    def raise_floors(self, results: Iterable[Result]) -> list[str]:
        """Raise the floors to what passes now; return a line for each one raised."""
        lines = []
        for result in results:
            count, floor = len(self.passed(result)), self.floor[result.module]
            if count > floor:
                self.floor[result.module] = count
                lines.append(f"{result.module}: floor {floor} -> {count}")
        text = json.dumps(self.floor, indent=0, sort_keys=True)
        (self.folder / "floor.json").write_text(text + "\n")
        return lines
