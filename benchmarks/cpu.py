"""CPU time of running process trees, and which core each side of a measurement gets."""

import os
import time
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` after the command name: state, parent, ... (proc(5))."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """The living processes of a session that ``root`` leads, and every descendant of them.

    A child whose parent has died belongs to init, but stays in the session.
    """
    members: list[int] = []
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                _, parent, _, session = _stat(int(entry.name))[:4]
            except OSError:
                continue
            if root in (int(entry.name), int(session)):
                members.append(int(entry.name))
            children.setdefault(int(parent), []).append(int(entry.name))
    for pid in members:
        members += [child for child in children.get(pid, []) if child not in members]
    return members


def cpu_seconds(pids: list[int]) -> float:
    """User and system seconds of all threads, living or ended, of these processes.

    Read from each process's CPU clock, which counts nanoseconds where
    ``/proc/PID/stat`` counts hundredths of a second. The number of that clock is
    what clock_getcpuclockid(3) gives: the complement of the PID, and 2 for
    "scheduler time" in the low three bits.
    """
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def user_seconds(pids: list[int]) -> float:
    """The user part of ``cpu_seconds``, to a hundredth of a second."""
    return sum(int(_stat(pid)[11]) for pid in pids) / TICKS


def cores() -> tuple[int, int]:
    """A core for what is measured and another for what puts load on it.

    The second is no hyper-thread sibling of the first where there is a choice,
    and the same one on a machine with a single core.
    """
    allowed = sorted(os.sched_getaffinity(0))
    measured = allowed[0]
    others = [core for core in allowed[1:] if core not in _siblings(measured)] or allowed[1:]
    return measured, (others or allowed)[0]


def _siblings(core: int) -> set[int]:
    path = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    found: set[int] = set()
    if path.exists():
        for part in path.read_text().strip().split(","):
            first, _, last = part.partition("-")
            found.update(range(int(first), int(last or first) + 1))
    return found
