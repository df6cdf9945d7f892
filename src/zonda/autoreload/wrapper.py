"""``python -m zonda.autoreload``: run a script again whenever its source changes."""

from __future__ import annotations

import importlib.util
import os
import runpy
import sys
import traceback
from typing import NamedTuple

from zonda.autoreload.reloading import wait, watch
from zonda.log import gen_log

__all__ = ["main"]

_USAGE = """\
Usage:
  python -m zonda.autoreload [--until-success] -m module.to.run [args...]
  python -m zonda.autoreload [--until-success] path/to/script.py [args...]

Runs the script, and again whenever one of its source files changes.

  --until-success   stop when it has ended with exit status 0
"""


class _Command(NamedTuple):
    until_success: bool
    is_module: bool
    target: str
    args: list[str]


def main() -> None:
    """Run the script or module that the command line names, until it is interrupted.

    Unlike `wait` at the end of the script, this also outlasts what keeps the script from
    getting there, such as a syntax error: it then waits until that file changes.
    """
    command = _parse(sys.argv[1:])
    if command is None:
        print(_USAGE, file=sys.stderr)
        sys.exit(1)
    succeeded = _run(command)
    if succeeded and command.until_success:
        return
    _watch_target(command)
    wait()


def _parse(argv: list[str]) -> _Command | None:
    until_success = False
    while argv and argv[0] == "--until-success":
        until_success = True
        argv = argv[1:]
    is_module = bool(argv) and argv[0] == "-m"
    if is_module:
        argv = argv[1:]
    if not argv or argv[0].startswith("-"):
        return None
    return _Command(until_success, is_module, argv[0], argv[1:])


def _run(command: _Command) -> bool:
    """Run it as Python would by itself; True if it ended well."""
    sys.argv = [command.target, *command.args]
    try:
        if command.is_module:
            runpy.run_module(command.target, run_name="__main__", alter_sys=True)
        else:
            # A script's modules are looked for beside it. The present directory, where
            # ``python -m`` looks, stays in the path, as Tornado's wrapper has it.
            sys.path.insert(0, os.path.dirname(os.path.abspath(command.target)))
            runpy.run_path(command.target, run_name="__main__")
    except SystemExit as end:
        gen_log.info("Script exited with status %s", end.code)
        return end.code is None or end.code == 0
    except Exception as error:
        gen_log.warning("Script exited with uncaught exception", exc_info=True)
        # The file at fault may not be among the modules, since it was not imported.
        for frame in traceback.extract_tb(error.__traceback__):
            watch(frame.filename)
        if isinstance(error, SyntaxError) and error.filename is not None:
            watch(error.filename)
        return False
    gen_log.info("Script exited normally")
    return True


def _watch_target(command: _Command) -> None:
    """The main module's file is not known by the name it has elsewhere."""
    if not command.is_module:
        watch(command.target)
        return
    try:
        spec = importlib.util.find_spec(command.target)
    except (ImportError, ValueError):
        return
    if spec is not None and spec.origin is not None:
        watch(spec.origin)
