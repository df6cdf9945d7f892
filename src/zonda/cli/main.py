"""Choosing a command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from zonda._version import __version__

__all__ = ["main"]

#: Commands: the module that has ``main(arguments) -> exit code``, and what it does.
COMMANDS: Final = {
    "fetch": ("zonda.cli.fetch.command", "fetch a URL"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code.

    Args:
        arguments: the command line without the program's name; that of the process by default.

    Raises:
        SystemExit: help was asked for, or is needed: with 0 or 2.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in COMMANDS:
        module, _ = COMMANDS[arguments[0]]
        code: int = import_module(module).main(arguments[1:])
        return code
    _parser().parse_args(arguments)
    return 0


def _parser() -> argparse.ArgumentParser:
    """What is said to a command line without a command that we know."""
    commands = "\n".join(f"  {name:<10}{what}" for name, (_, what) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="zonda",
        description=f"commands:\n{commands}\n\n'zonda COMMAND --help' tells about one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"zonda {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="see above")
    return parser
