"""Entry point: find an interpreter that is new enough, then run the command.

This one file keeps to syntax that any Python 3 reads, so that an old interpreter gets a
sentence (or a newer one, when the machine has it) instead of a SyntaxError.
"""

import os
import subprocess
import sys

OLDEST = (3, 11)
CANDIDATES = ["python3.13", "python3.12", "python3.11", "python3.14"]


def newer_interpreter():
    """Return the first candidate on PATH that really starts, or None."""
    for name in CANDIDATES:
        try:
            # A pyenv shim exists for every version but starts only for the chosen ones.
            if subprocess.call([name, "-c", ""], stderr=subprocess.DEVNULL) == 0:
                return name
        except OSError:
            continue
    return None


def main():
    """Run the command given on the command line; the result is the exit status."""
    if sys.version_info < OLDEST:
        found = newer_interpreter()
        if found:
            os.execvp(found, [found, "-m", "tools.dev"] + sys.argv[1:])  # noqa: RUF005
        print("Zonda needs Python 3.11 or newer, this is %d.%d." % sys.version_info[:2])  # noqa: UP031
        print("Name a newer one: make PYTHON=/path/to/python3.12 ...")
        return 2
    from tools.dev.commands import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
