"""``python -m benchmarks.budgets``: count, compare with the budgets, fail when one is exceeded."""

import argparse
import os
import sys
from collections.abc import Sequence

from benchmarks.budgets import imports, store
from benchmarks.budgets.count import CannotCount, Count, build, count
from benchmarks.budgets.workloads import KERNEL, WHOLE

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    names = argparse.ArgumentParser(prog="python -m benchmarks.budgets", description=__doc__)
    add = names.add_argument
    add("--update", action="store_true", help="write what is counted as the new budgets")
    add("--kernel", choices=["native", "pure", "both"], default="both", help="default: both")
    add("--only", type=_words, help=f"of {', '.join([*KERNEL, *WHOLE])}")
    add("--no-instructions", action="store_true", help="count allocations only: quick")
    add("--tornado", action="store_true", help="count Tornado instead; --update keeps its import")
    return names


def _words(text: str) -> list[str]:
    names = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [name for name in names if name not in KERNEL and name not in WHOLE]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown workload: {', '.join(unknown)}")
    return names


def _show(title: str, counted: dict[str, Count]) -> None:
    print(title)
    for name, one in counted.items():
        instructions = "" if one.instructions is None else f"{one.instructions:>12,} instructions"
        print(f"  {name:14}{one.allocations:>8.1f} allocations{instructions}")


def _judge(counted: dict[str, dict[str, Count]]) -> bool:
    """Print every comparison; whether all budgets are kept."""
    budgets, kept = store.load(PYTHON), True
    same_build = budgets.build == build()
    for kernel, workloads in counted.items():
        if not budgets.kernels:
            _show(f"{kernel} kernel: no budgets for CPython {PYTHON}, nothing compared", workloads)
            continue
        print(f"{kernel} kernel, CPython {PYTHON}, per request")
        for name, one in workloads.items():
            budget = budgets.kernels.get(kernel, {}).get(name)
            verdicts = store.compare(one, budget, same_build=same_build)
            exceeded = any(verdict.exceeded for verdict in verdicts)
            kept = kept and not exceeded
            words = ", ".join(v.text + " EXCEEDED" * v.exceeded for v in verdicts)
            print(f"  {'FAIL' if exceeded else 'ok':5}{name:14} {words}")
    return kept


def _count_both(options: argparse.Namespace) -> dict[str, dict[str, Count]]:
    """Count on every kernel asked for; what is missing is said, and is an error in CI."""
    names = options.only or [*KERNEL, *WHOLE]
    counted = {}
    for kernel in ["native", "pure"] if options.kernel == "both" else [options.kernel]:
        try:
            counted[kernel] = count(names, kernel, instructions=not options.no_instructions)
        except CannotCount as reason:
            if options.update or os.environ.get("CI") == "true":
                raise
            print(f"{kernel} kernel: not counted: {reason}")
    return counted


def _count_tornado(options: argparse.Namespace) -> None:
    names = [name for name in options.only or WHOLE if name in WHOLE]
    instructions = not options.no_instructions
    counted = count(names, "pure", instructions=instructions, package="tornado")
    _show(f"Tornado, CPython {PYTHON}, per request", counted)
    if instructions:
        importing = imports.count_import("tornado.web")
        print(f"  import tornado.web: {importing:,} instructions")
        if options.update:
            imports.store(PYTHON, build(), importing)


def _judge_import(options: argparse.Namespace) -> bool:
    """Compare the import with Tornado's; whether it is cheap enough, or was not asked for."""
    if options.only or options.no_instructions:
        return True
    try:
        verdict = imports.judge(PYTHON, build(), imports.count_import("zonda.web"))
    except CannotCount as reason:
        if os.environ.get("CI") == "true":
            raise
        print(f"import zonda.web: not counted: {reason}")
        return True
    print(f"{'FAIL' if verdict.exceeded else 'ok'} {verdict.text}")
    return not verdict.exceeded


def main(arguments: Sequence[str] | None = None) -> None:
    """Count and compare; see ``--help``. Ends with status 1 when a budget is exceeded."""
    options = parser().parse_args(arguments)
    if options.update and options.no_instructions:
        raise SystemExit("--update needs instructions: leave --no-instructions out")
    try:
        if options.tornado:
            _count_tornado(options)
            return
        counted = _count_both(options)
        cheap_import = _judge_import(options)
    except CannotCount as reason:
        raise SystemExit(str(reason)) from None
    if options.update:
        store.update(PYTHON, build(), counted)
    if not (_judge(counted) and cheap_import):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
