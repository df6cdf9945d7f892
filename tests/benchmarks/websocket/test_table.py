"""The WebSocket figures as Markdown."""

from benchmarks.results import Cell, Entry, Round, Section
from benchmarks.websocket import table

SECTION = Section(
    "now",
    {},
    "3.13",
    {"ws-echo": "echo", "ws-idle": "idle"},
    [
        Entry(
            "tornado-asyncio",
            "Tornado",
            "6",
            {
                "ws-echo": Cell([Round(1000, 1.0, 0.06, p50=100.0, p99=200.0)]),
                "ws-idle": Cell([Round(2000, 1.0, 0.2, kib=13.4)]),
            },
        ),
        Entry(
            "zonda-asyncio",
            "Zonda",
            "",
            {
                "ws-echo": Cell([Round(1000, 0.5, 0.01)]),
                "ws-idle": Cell(not_run="died | early"),
            },
        ),
    ],
)


def test_overview() -> None:
    assert table.overview(SECTION).splitlines()[2:] == [
        "| **Zonda** | **10.0** · 2,000/s · 6.0× | not run: died \\| early |",
        "| Tornado 6 | **60.0** · 1,000/s · 1.0× | **13.4** KiB · 100 |",
    ]


def test_details() -> None:
    lines = table.details(SECTION).splitlines()
    assert "| echo | Tornado | 60.00 | 0.00 | 6% | 100 | 200 |" in lines
    assert "| echo | Zonda | 10.00 | 0.00 | 2% | – | – |" in lines
    assert len(lines) == 5
