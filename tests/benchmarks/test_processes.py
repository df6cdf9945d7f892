import os
import select
import sys
from pathlib import Path

import pytest

from benchmarks import processes
from benchmarks.cpu import tree
from benchmarks.processes import NotRun, Server

# Listens, and keeps a child that ignores everything polite.
STUBBORN = """
import os, signal, socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=5)
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("started", os.environ.get("PYTHONPATH"), os.environ.get("COLOUR"), flush=True)
while True:
    time.sleep(60)
"""

# Leaves a child behind as soon as somebody connects.
LEAVING = """
import os, socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=5)
if os.fork() == 0:
    time.sleep(60)
listener.accept()
"""


def core() -> int:
    return min(os.sched_getaffinity(0))


def test_a_server_is_ended_with_all_its_descendants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    command = [sys.executable, "-c", STUBBORN, "PORT"]
    server = Server(command, log=tmp_path / "log", core=core(), env={"COLOUR": "teal"})
    with server:
        spent, user = server.cpu()
        assert spent > 0
        assert user >= 0
        family = [os.pidfd_open(pid) for pid in server._pids]
        assert len(family) == 2
    for member in family:
        ended, _, _ = select.select([member], [], [], 10)
        os.close(member)
        assert ended
    assert "started None teal" in (tmp_path / "log").read_text()


def test_a_child_that_outlives_its_parent_is_ended_too(tmp_path: Path) -> None:
    server = Server([sys.executable, "-c", LEAVING, "PORT"], log=tmp_path / "log", core=core())
    with server:
        assert server._process is not None
        leader = server._process.pid
        server._process.wait(10)
        (orphan,) = tree(leader)
        assert orphan != leader
        member = os.pidfd_open(orphan)
    ended, _, _ = select.select([member], [], [], 10)
    os.close(member)
    assert ended


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such loop')", "PORT"]
    server = Server(command, log=tmp_path / "log", core=core())
    with pytest.raises(NotRun, match="did not start: no such loop"):
        server.__enter__()


def test_a_program_that_never_listens_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "START_TIMEOUT", 0.2)
    command = [sys.executable, "-c", "input = __import__('time').sleep(60)", "PORT"]
    server = Server(command, log=tmp_path / "log", core=core())
    with pytest.raises(NotRun, match="did not listen"):
        server.__enter__()


def test_last_words_are_the_last_line_with_something_on_it() -> None:
    assert processes.last_words("Traceback\n  File\nOSError: no\n\n", "nothing") == "OSError: no"
    assert processes.last_words(" \n", "nothing") == "nothing"
