"""The chart: horizontal bars in SVG, drawn here, readable on light and on dark pages."""

from dataclasses import dataclass
from html import escape
from itertools import pairwise

from benchmarks.results import Results, Section
from benchmarks.table import microseconds, ordered

WIDTH = 840
LABEL = 250
VALUE = 70
BAR = 20
STEP = 27
TITLE = 44
GAP = 22

STYLE = """\
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .note { fill: #59636e; }
  .ours { font-weight: 600; }
  .peer { fill: #9aa5b1; }
  .floor { fill: #6e7781; }
  .zonda { fill: #0e8a80; }
  .tornado { fill: #c2703d; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note { fill: #9198a1; }
    .peer { fill: #6b7684; }
    .floor { fill: #9198a1; }
    .zonda { fill: #2bb8ab; }
    .tornado { fill: #d98a57; }
  }"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One peer: its label, its figure and the colour it gets."""

    label: str
    value: float
    kind: str


def bars(section: Section, row: str) -> list[Bar]:
    """The measured peers of one row, cheapest first."""
    found = []
    for entry in ordered(section, row):
        cell = entry.cells.get(row)
        if cell is not None and cell.measured:
            found.append(Bar(entry.title, cell.cpu, _kind(entry.name)))
    return found


def _kind(name: str) -> str:
    first = name.partition("-")[0]
    return {"zonda": "zonda", "tornado": "tornado", "c": "floor"}.get(first, "peer")


def draw(results: Results) -> str:
    """The whole SVG document."""
    parts: list[str] = []
    top = 0
    for section, row, title in (
        (results.servers, "plaintext", "Server, plaintext: CPU µs per request"),
        (results.clients, "fifty", "Client, 50 fetches in flight: CPU µs per fetch"),
    ):
        shown = bars(section, row) if section else []
        if shown:
            parts.append(_panel(title, shown, top))
            top += TITLE + STEP * len(shown) + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top or TITLE}" '
        f'width="{WIDTH}" height="{top or TITLE}" role="img" '
        f'aria-label="CPU time per request of Zonda and its peers; shorter is better">\n'
        f"<style>\n{STYLE}\n</style>\n" + "".join(parts) + "</svg>\n"
    )


def _panel(title: str, shown: list[Bar], top: int) -> str:
    """One group of bars. A bar far longer than its neighbours is cut and says so."""
    limit = _limit([bar.value for bar in shown])
    room = WIDTH - LABEL - VALUE
    lines = [
        f'<text class="title" x="0" y="{top + 20}">{escape(title)}</text>',
        f'<text class="note" x="{WIDTH}" y="{top + 20}" text-anchor="end">shorter is better</text>',
    ]
    for place, bar in enumerate(shown):
        y = top + TITLE + STEP * place
        width = max(2.0, room * min(bar.value, limit) / limit)
        ours = ' class="ours"' if bar.kind == "zonda" else ""
        lines += [
            f'<text{ours} x="{LABEL - 10}" y="{y + 15}" text-anchor="end">'
            f"{escape(bar.label)}</text>",
            *_bar(bar, y, width, cut=bar.value > limit),
            f'<text{ours} x="{LABEL + width + 8:.1f}" y="{y + 15}">'
            f"{microseconds(bar.value)}</text>",
        ]
    return "\n".join(lines) + "\n"


def _bar(bar: Bar, y: int, width: float, *, cut: bool) -> list[str]:
    """The bar as a rectangle; one that is cut shows a gap near its end."""
    pieces = [(0.0, width - 24), (width - 16, 16.0)] if cut else [(0.0, width)]
    return [
        f'<rect class="{bar.kind}" x="{LABEL + start:.1f}" y="{y}" width="{length:.1f}" '
        f'height="{BAR}" rx="3"/>'
        for start, length in pieces
    ]


def _limit(values: list[float]) -> float:
    """Where bars are cut: the longest one before one more than four times as long."""
    ranked = sorted(values)
    for shorter, longer in pairwise(ranked[len(ranked) // 2 :]):
        if longer > 4 * shorter:
            return shorter
    return ranked[-1]
