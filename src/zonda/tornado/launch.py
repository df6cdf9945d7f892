"""The launcher: starts Python anew in an environment that serves Tornado's names.

The program is run by Python itself and not by this module, so whatever it may look at is as
without the launcher: ``__main__``, ``sys.argv``, ``sys.path``, what ``multiprocessing`` and
``autoreload`` start again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from zonda.tornado.children import environment

__all__ = ["main"]

USAGE = """\
usage: python [OPTIONS] -m zonda.tornado PROGRAM.py [ARGUMENTS...]
       python [OPTIONS] -m zonda.tornado -m MODULE [ARGUMENTS...]
       python [OPTIONS] -m zonda.tornado -c COMMAND [ARGUMENTS...]

Runs a program that was written for Tornado, version 4, 5 or 6, on Zonda. What follows
"zonda.tornado" is what would follow "python". Its child processes run on Zonda, too.
"""

#: Without the environment or the site module, Python does not come to know of Zonda.
_DEAF = {"ignore_environment": "-E or -I", "no_site": "-S"}


def main(arguments: Sequence[str], orig_argv: Sequence[str]) -> int:
    """Run the program; return the exit status where it does not take this process's place.

    :param arguments: what follows ``-m zonda.tornado``.
    :param orig_argv: ``sys.orig_argv``.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    for flag, option in _DEAF.items():
        if getattr(sys.flags, flag):
            print(f"zonda.tornado: does not work with Python's option {option}", file=sys.stderr)
            return 2
    argv = [sys.executable, *interpreter_options(orig_argv), *arguments]
    env = environment(dict(os.environ))
    sys.stdout.flush()
    sys.stderr.flush()
    return _become(argv, env)


def _become(argv: list[str], env: dict[str, str]) -> NoReturn:
    """Run another program in the place of this one."""
    if os.name == "nt":  # whose exec lets the shell go on at once
        import subprocess

        sys.exit(subprocess.call(argv, env=env))
    os.execve(argv[0], argv, env)


def interpreter_options(orig_argv: Sequence[str]) -> list[str]:
    """Python's own options on the command line that started the launcher."""
    for index, word in enumerate(orig_argv):
        if word == "-mzonda.tornado" or list(orig_argv[index : index + 2]) == [
            "-m",
            "zonda.tornado",
        ]:
            return list(orig_argv[1:index])
    return []
