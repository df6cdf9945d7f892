import os
import subprocess
import sys
import time

from benchmarks import cpu

# Starts a child, says so, spins for 0.2 s of its own CPU time and waits to be ended.
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
while time.process_time() < 0.2:
    pass
print("spun", flush=True)
input()
child.communicate(b"\\n")
"""


def test_a_tree_and_what_it_costs() -> None:
    command = [sys.executable, "-c", FAMILY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as family:
        assert family.stdout is not None
        child = int(family.stdout.readline())
        pids = cpu.tree(family.pid)
        assert sorted(pids) == sorted([family.pid, child])
        assert family.stdout.readline() == b"spun\n"
        assert 0.2 <= cpu.cpu_seconds([family.pid]) < 5
        assert cpu.cpu_seconds(pids) > cpu.cpu_seconds([family.pid])
        assert 0 < cpu.user_seconds([family.pid]) < 5
        family.communicate(b"\n")


def test_the_clock_is_that_of_the_process() -> None:
    own = time.process_time()
    assert own <= cpu.cpu_seconds([os.getpid()]) < own + 1


def test_load_and_server_get_different_cores_where_there_are_two() -> None:
    measured, load = cpu.cores()
    allowed = os.sched_getaffinity(0)
    assert {measured, load} <= allowed
    assert measured != load or len(allowed) == 1
