"""A row of a result."""

from __future__ import annotations

from zonda.util import ObjectDict

__all__ = ["Row"]


class Row(ObjectDict):
    """A row: its columns are items and attributes, ``row["title"]`` and ``row.title``.

    A column named like a method of dict (``items``, ``keys``, ``get``, ...) is reached as an
    item only. Of several columns with one name the last one stays: give them names with ``AS``.
    """
