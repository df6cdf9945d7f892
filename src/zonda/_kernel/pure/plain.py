"""Whether a value is plain JSON, in pure Python."""

from __future__ import annotations

from math import isfinite
from typing import Any

DEPTH = 100
"""Containers in containers; what is deeper, or holds itself, is not looked through."""

_SCALARS = frozenset((str, int, bool, type(None)))


def is_plain(value: Any, _depth: int = DEPTH) -> bool:
    """Whether every JSON library writes the same of ``value``.

    It does of dicts whose keys are str or int, lists, tuples, str, int, finite float, bool and
    None. Other numbers become ``NaN`` or ``null``, subclasses what they say or what their base
    says, other types an error or a text, according to the library.
    """
    kind = type(value)
    if kind is dict:
        for key in value:
            if type(key) is not str and type(key) is not int:
                return False
        value = value.values()
    elif kind is float:
        return isfinite(value)
    elif kind is not list and kind is not tuple:
        return kind in _SCALARS
    if _depth == 0:
        return False
    for item in value:  # a generator takes twice as long
        if type(item) not in _SCALARS and not is_plain(item, _depth - 1):
            return False
    return True
