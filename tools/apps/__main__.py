"""Run the checks, all of them or those named; fail if one of them does."""

from __future__ import annotations

import subprocess
import sys

APPS = ("jupyter", "bokeh", "dask", "flower")


def main(names: list[str]) -> int:
    """Run the scripts one after the other, each in a process of its own."""
    failed = []
    for name in names or APPS:
        print(f"{name}:", flush=True)
        if subprocess.call([sys.executable, "-m", f"tools.apps.{name}"]):
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "all of them work")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
