"""Counts one thing in a process of its own; started by ``benchmarks.budgets.count``.

``python -m benchmarks.budgets.child LIBRARY allocations|instructions PACKAGE COUNT NAME...``
prints one line of JSON. Instructions are only counted when valgrind runs this.
"""

import ctypes
import gc
import json
import sys

from benchmarks.budgets.workloads import Work, make

#: Requests before counting: the interpreter has specialised its code, caches are filled.
WARM_UP = 300


def allocations(library: ctypes.PyDLL, work: Work, count: int) -> dict[str, float]:
    """Allocations per request, and memory blocks that each request left behind."""
    blocks = sys.getallocatedblocks()
    library.allocations_start()
    work(count)
    allocated = library.allocations_stop()
    gc.collect()
    return {
        "allocations": allocated / count,
        "retained": (sys.getallocatedblocks() - blocks) / count,
    }


def instructions(library: ctypes.PyDLL, work: Work, count: int, name: str) -> None:
    """Have callgrind write a profile of so many requests under the workload's name."""
    library.instructions_start()
    work(count)
    library.instructions_stop(name.encode())


def main() -> None:
    path, what, package, count, *names = sys.argv[1:]
    library = ctypes.PyDLL(path)
    library.allocations_stop.restype = ctypes.c_size_t
    counted = {}
    for name in names:
        work = make(name, package)
        work(WARM_UP)
        gc.collect()
        gc.freeze()
        if what == "allocations":
            counted[name] = allocations(library, work, int(count))
        else:
            instructions(library, work, int(count), name)
    kernel = "" if package == "tornado" else _kernel()
    print(json.dumps({"kernel": kernel, "counted": counted}))


def _kernel() -> str:
    import zonda

    return zonda.kernel()


if __name__ == "__main__":
    main()
