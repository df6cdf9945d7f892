"""A bar for a terminal."""

from __future__ import annotations

import shutil
import time
from typing import Final, TextIO

__all__ = ["ProgressBar"]

#: Seconds between two drawings.
_PERIOD: Final = 0.1
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")


class ProgressBar:
    """Shows how far a download is, in one line that is drawn again and again.

    Args:
        out: a terminal.
        name: what is downloaded.
    """

    def __init__(self, out: TextIO, name: str) -> None:
        self._out = out
        self._name = name
        self._begun = self._drawn = time.monotonic()
        self._first: int | None = None
        self._latest: tuple[int, int | None] = (0, None)
        self._shown = False

    def __call__(self, here: int, total: int | None) -> None:
        """``here`` bytes of ``total`` have come; None: nobody knows how many there are."""
        if self._first is None:
            self._first = here  # what was there before has no speed
        self._latest = here, total
        now = time.monotonic()
        if not self._shown or now - self._drawn >= _PERIOD:
            self._draw(now)

    def close(self) -> None:
        """Draw it for the last time, and leave its line."""
        if self._shown:
            self._draw(time.monotonic())
            self._out.write("\n")
            self._out.flush()

    def _draw(self, now: float) -> None:
        self._drawn = now
        self._shown = True
        columns = shutil.get_terminal_size().columns
        line = self._line(now - self._begun, columns - 1)
        self._out.write(f"\r\x1b[K{line}")
        self._out.flush()

    def _line(self, elapsed: float, width: int) -> str:
        """The line after ``elapsed`` seconds, at most ``width`` characters."""
        here, total = self._latest
        speed = (here - (self._first or 0)) / elapsed if elapsed > 0 else 0.0
        facts = f"{amount(here)}"
        if total:
            facts = f"{here / total:4.0%}  {amount(here)} of {amount(total)}"
        facts += f"  {amount(speed)}/s"
        if total and speed:
            facts += f"  {duration((total - here) / speed)}"
        room = width - len(self._name) - len(facts) - 5
        bar = f" [{_bar(here / total, room)}]" if total and room >= 10 else ""
        return f"{self._name}{bar}  {facts}"[:width]


def _bar(share: float, width: int) -> str:
    done = int(min(share, 1.0) * width)
    return "#" * done + "-" * (width - done)


def amount(size: float) -> str:
    """A number of bytes for people: ``1.5 MiB``."""
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} {_UNITS[-1]}"


def duration(seconds: float) -> str:
    """A time for people: ``0:05``, ``1:02:03``."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
