"""What ``importlib.metadata`` says about ``tornado`` where Zonda stands for it."""

from __future__ import annotations

from importlib.metadata import Distribution
from typing import NoReturn

from zonda.tornado.alias import VERSION


class TornadoDistribution(Distribution):
    """A distribution named tornado, without files."""

    def read_text(self, filename: str) -> str | None:
        """The metadata; no other file exists."""
        if filename != "METADATA":
            return None
        return (
            f"Metadata-Version: 2.1\nName: tornado\nVersion: {VERSION}\n"
            "Summary: Zonda, serving Tornado's names\n"
        )

    def locate_file(self, path: object) -> NoReturn:
        """Distributions have this; there is no file to find.

        :raises FileNotFoundError: always.
        """
        raise FileNotFoundError(f"zonda serves tornado without files: {path}")
