"""The options that the whole program shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TextIO

from zonda.log import define_logging_options
from zonda.options.parser import OptionParser

#: The options of this program; read them as attributes.
options = OptionParser()


def define(
    name: str,
    default: Any = None,
    type: type | None = None,
    help: str | None = None,
    metavar: str | None = None,
    multiple: bool = False,
    group: str | None = None,
    callback: Callable[[Any], None] | None = None,
) -> None:
    """Define an option of this program, see :meth:`OptionParser.define`."""
    options.define(name, default, type, help, metavar, multiple, group, callback)


def parse_command_line(args: list[str] | None = None, final: bool = True) -> list[str]:
    """Set options from the command line, see :meth:`OptionParser.parse_command_line`."""
    return options.parse_command_line(args, final=final)


def parse_config_file(path: str, final: bool = True) -> None:
    """Set options from a file, see :meth:`OptionParser.parse_config_file`."""
    options.parse_config_file(path, final=final)


def print_help(file: TextIO | None = None) -> None:
    """Print all options, see :meth:`OptionParser.print_help`."""
    options.print_help(file)


def add_parse_callback(callback: Callable[[], None]) -> None:
    """Have a function called after parsing, see :meth:`OptionParser.add_parse_callback`."""
    options.add_parse_callback(callback)


define_logging_options(options)
