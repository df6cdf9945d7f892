"""The figures of a run: every round kept, medians computed, one JSON file."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Round:
    """One short measurement: answers, wall seconds, CPU seconds and the user part of them.

    ``p50`` and ``p99`` are latencies in microseconds, where the load generator tells them;
    ``kib`` is memory per connection, where that was looked at.
    """

    requests: int
    seconds: float
    cpu: float
    user: float | None = None
    p50: float | None = None
    p99: float | None = None
    kib: float | None = None

    @property
    def cpu_per_request(self) -> float:
        """CPU microseconds per answered request."""
        return self.cpu / self.requests * 1e6

    @property
    def rate(self) -> float:
        """Answered requests per second."""
        return self.requests / self.seconds


@dataclass(slots=True)
class Cell:
    """One peer in one row: its rounds, or why there are none."""

    rounds: list[Round] = field(default_factory=list)
    not_run: str | None = None

    @property
    def measured(self) -> bool:
        """Whether there is a figure to show."""
        return self.not_run is None and bool(self.rounds)

    @property
    def cpu(self) -> float:
        """Median CPU microseconds per request."""
        return statistics.median(one.cpu_per_request for one in self.rounds)

    @property
    def rate(self) -> float:
        """Median requests per second."""
        return statistics.median(one.rate for one in self.rounds)

    @property
    def user(self) -> float | None:
        """Median user microseconds per request, where they were read."""
        found = [one.user / one.requests * 1e6 for one in self.rounds if one.user is not None]
        return statistics.median(found) if found else None

    @property
    def busy(self) -> float:
        """Median share of a core that was used; well under 1 means that the load was too small."""
        return statistics.median(one.cpu / one.seconds for one in self.rounds)

    def latency(self, which: Literal["p50", "p99"]) -> float | None:
        """Median over the rounds of a latency percentile, microseconds."""
        found = [value for one in self.rounds if (value := getattr(one, which)) is not None]
        return statistics.median(found) if found else None

    @property
    def kib(self) -> float | None:
        """Median KiB of memory per connection, where that was looked at."""
        found = [one.kib for one in self.rounds if one.kib is not None]
        return statistics.median(found) if found else None

    @property
    def spread(self) -> float:
        """Half the interquartile range of CPU microseconds per request."""
        if len(self.rounds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(
            (one.cpu_per_request for one in self.rounds), n=4, method="inclusive"
        )
        return (high - low) / 2


@dataclass(slots=True)
class Entry:
    """One peer of a section and its cells by row name."""

    name: str
    title: str
    version: str = ""
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass(slots=True)
class Section:
    """Servers, clients or what else was measured: where and when, which rows, every peer."""

    when: str
    machine: dict[str, str]
    python: str
    rows: dict[str, str]
    entries: list[Entry] = field(default_factory=list)

    def cell(self, peer: str, row: str) -> Cell | None:
        """The measured cell of a peer, None when it was not measured."""
        for entry in self.entries:
            if entry.name == peer:
                cell = entry.cells.get(row)
                return cell if cell is not None and cell.measured else None
        return None


@dataclass(slots=True)
class Results:
    """All sections; a run that measures one keeps the others as they were."""

    servers: Section | None = None
    clients: Section | None = None
    runtime: Section | None = None
    websocket: Section | None = None

    def save(self, path: Path) -> None:
        """Write the JSON file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Results":
        """Read the JSON file; empty results when there is none yet."""
        if not path.exists():
            return cls()
        stored = json.loads(path.read_text())
        return cls(**{name: _section(section) for name, section in stored.items()})


def _section(stored: dict[str, Any] | None) -> Section | None:
    if stored is None:
        return None
    entries = [
        Entry(
            entry["name"],
            entry["title"],
            entry["version"],
            {
                row: Cell([Round(**one) for one in cell["rounds"]], cell["not_run"])
                for row, cell in entry["cells"].items()
            },
        )
        for entry in stored["entries"]
    ]
    return Section(**{**stored, "entries": entries})
