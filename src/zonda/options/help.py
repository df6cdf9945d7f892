"""The text that ``--help`` prints."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from typing import TextIO

from zonda.options.option import Option

#: Descriptions stand in this column, and lines end before column 80.
_COLUMN = 35
_WIDTH = 79


def write_help(options: Iterable[Option], file: TextIO) -> None:
    """Write usage and all options, group by group, to *file*."""
    print(f"Usage: {sys.argv[0]} [OPTIONS]", file=file)
    print("\nOptions:\n", file=file)
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.group_name, []).append(option)
    for name, members in sorted(groups.items()):
        if name:
            print(f"\n{name} options:\n", file=file)
        for option in sorted(members, key=lambda option: option.name):
            _write_option(option, file)
    print(file=file)


def _write_option(option: Option, file: TextIO) -> None:
    head = "  --" + option.name.replace("_", "-")
    if option.metavar:
        head += "=" + option.metavar
    lines = textwrap.wrap(_description(option), _WIDTH - _COLUMN) or [""]
    if len(head) >= _COLUMN - 1:
        lines.insert(0, "")
    print(f"{head:<{_COLUMN}}{lines[0]}".rstrip(), file=file)
    for line in lines[1:]:
        print(" " * _COLUMN + line, file=file)


def _description(option: Option) -> str:
    text = option.help or ""
    if option.default not in (None, "", []):
        text = f"{text} (default {option.default})".lstrip()
    return text
