"""The budgets file, and what counts as exceeding it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.budgets.count import Count

PATH = Path(__file__).with_name("budgets.json")

#: Instructions may rise by this share, allocations by so many, before a budget is exceeded.
INSTRUCTIONS_TOLERANCE = 0.05
ALLOCATIONS_TOLERANCE = 0.5
#: Blocks that a request may leave behind on average; a leak leaves at least one.
RETAINED_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class Budget:
    """What one request of a workload may cost."""

    instructions: int
    allocations: float


@dataclass(slots=True)
class Budgets:
    """The budgets for one minor version of Python: kernel, then workload.

    ``build`` says which interpreter instructions were counted with: a differently built
    one executes other instructions for the same program, so that they cannot be compared.
    """

    build: str = ""
    kernels: dict[str, dict[str, Budget]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One compared figure, in words, and whether it breaks the budget."""

    text: str
    exceeded: bool = False


def load(python: str, path: Path = PATH) -> Budgets:
    """The stored budgets for a version such as ``3.13``; empty ones when there are none."""
    stored = _read(path).get(python)
    if stored is None:
        return Budgets()
    kernels = {
        kernel: {name: Budget(**budget) for name, budget in workloads.items()}
        for kernel, workloads in stored["kernels"].items()
    }
    return Budgets(stored["build"], kernels)


def update(
    python: str, build: str, counted: dict[str, dict[str, Count]], path: Path = PATH
) -> None:
    """Store counts as the new budgets; those of other versions and kernels stay."""
    everything = _read(path)
    stored = everything.setdefault(python, {"kernels": {}})
    stored["build"] = build
    for kernel, workloads in counted.items():
        budgets = stored["kernels"].setdefault(kernel, {})
        for name, count in workloads.items():
            budgets[name] = {
                "instructions": count.instructions,
                "allocations": round(count.allocations, 1),
            }
    path.write_text(json.dumps(everything, indent=2, sort_keys=True) + "\n")


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def compare(count: Count, budget: Budget | None, *, same_build: bool) -> list[Verdict]:
    """Judge one workload: instructions, allocations, leaks."""
    verdicts = [_leak(count), _allocations(count.allocations, budget)]
    if count.instructions is not None:
        verdicts.append(_instructions(count.instructions, budget, same_build))
    return verdicts


def _allocations(counted: float, budget: Budget | None) -> Verdict:
    if budget is None:
        return Verdict(f"{counted:.1f} allocations: no budget yet, run with --update", True)
    text = f"{counted:.1f} allocations (budget {budget.allocations:.1f})"
    return Verdict(text, counted > budget.allocations + ALLOCATIONS_TOLERANCE)


def _leak(count: Count) -> Verdict:
    retained = count.retained
    return Verdict(f"{max(retained, 0):.2f} blocks retained", retained > RETAINED_LIMIT)


def _instructions(counted: int, budget: Budget | None, same_build: bool) -> Verdict:
    if budget is None:
        return Verdict(f"{counted:,} instructions")
    change = counted / budget.instructions - 1
    text = f"{counted:,} instructions (budget {budget.instructions:,}, {change:+.1%})"
    if not same_build:
        return Verdict(f"{text}: not compared, another build of Python")
    if change < -INSTRUCTIONS_TOLERANCE:
        text += ": cheaper, keep it with --update"
    return Verdict(text, change > INSTRUCTIONS_TOLERANCE)
