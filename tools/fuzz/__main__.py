"""``python -m tools.fuzz [--seconds 60] [TARGET ...]``: fuzz each target for so long.

Inputs that taught something are kept in ``.fuzz/TARGET`` and begun with the next time. An
input that breaks a target's promise is left in ``.fuzz/TARGET-crash-...`` and its report is
shown; ``python -m tools.fuzz --again FILE TARGET`` runs the target on it once more.
"""

import argparse
import hashlib
import math
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.fuzz.targets import TARGETS, seeds

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".fuzz"
#: An input that takes longer than this is a find, in seconds; so is this much memory, in MB.
SLOW = 10
MEMORY = 2048


def parser() -> argparse.ArgumentParser:
    """The command line."""
    arguments = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    arguments.add_argument("targets", nargs="*", choices=[[], *TARGETS], metavar="TARGET")
    arguments.add_argument(
        "--seconds", type=int, default=60, help="of CPU, for each target; default: 60"
    )
    arguments.add_argument("--again", type=Path, metavar="FILE", help="an input that was a find")
    return arguments


def corpus(name: str) -> Path:
    """The folder of a target's inputs, with its seeds in it."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds(name):
        (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    return folder


def children_cpu() -> float:
    """CPU seconds of all processes that have been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def once(name: str, seconds: float) -> int:
    """Fuzz for so many seconds by the clock; the number of inputs tried.

    Raises:
        subprocess.CalledProcessError: it found something.
    """
    command = [
        *(sys.executable, "-m", "tools.fuzz.one", name, str(corpus(name))),
        *(f"-max_total_time={math.ceil(seconds)}", f"-timeout={SLOW}", f"-rss_limit_mb={MEMORY}"),
        *("-max_len=4096", "-print_final_stats=1", f"-artifact_prefix={FOLDER}/{name}-"),
    ]
    printed = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    ).stdout
    runs = [line.split()[-1] for line in printed.splitlines() if "number_of_executed" in line]
    return int(runs[0])


def fuzz(name: str, seconds: int) -> bool:
    """Fuzz one target until that has taken so many CPU seconds; whether nothing was found."""
    start, runs = children_cpu(), 0
    while (left := seconds - (children_cpu() - start)) > 0:
        try:
            runs += once(name, left)
        except subprocess.CalledProcessError as error:
            print(f"FOUND {name}", *error.stdout.splitlines()[-60:], sep="\n", flush=True)
            return False
    used = children_cpu() - start
    print(f"ok    {name:16}{runs:>10} runs  {used:.0f} s of CPU", flush=True)
    return True


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz what was asked for; the exit status is 1 when something was found."""
    options = parser().parse_args(argv)
    names = options.targets or list(TARGETS)
    if options.again:
        for name in names:
            TARGETS[name](options.again.read_bytes())
        return 0
    return 0 if sum(not fuzz(name, options.seconds) for name in names) == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
