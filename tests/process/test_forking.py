"""Forked workers: numbers, replacement, termination."""

import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from zonda.ioloop import IOLoop
from zonda.process import cpu_count, fork_processes, forking, task_id

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


def test_cpu_count():
    assert 1 <= cpu_count() <= os.cpu_count()


class TestForkProcesses:
    def program(self, tmp_path, body, *, count=3, max_restarts=None):
        """The command of a program that forks; ``begun`` counts how often a worker has begun."""
        script = f"""
            import logging, os, random, sys
            from zonda.process import fork_processes, task_id

            logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stdout)
            assert task_id() is None
            number = fork_processes({count!r}, {max_restarts!r})
            assert task_id() == number

            def say(*words):
                # In one piece: several processes write at the same time.
                os.write(1, (" ".join(map(str, words)) + "\\n").encode())

            def begun():
                with open(os.path.join({str(tmp_path)!r}, str(number)), "a+") as file:
                    file.write("x")
                    file.seek(0)
                    return len(file.read())
        """
        return [sys.executable, "-c", textwrap.dedent(script) + textwrap.dedent(body)]

    def run(self, *args, **kwargs):
        command = self.program(*args, **kwargs)
        return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)

    def test_each_gets_a_number_and_the_parent_exits_after_them(self, tmp_path):
        result = self.run(tmp_path, "begun(); say('number', number)")
        assert result.returncode == 0
        lines = result.stdout.splitlines()
        assert lines[0] == "Starting 3 processes"
        assert sorted(line for line in lines if line.startswith("number")) == [
            f"number {n}" for n in range(3)
        ]
        assert sum("exited normally" in line for line in lines) == 3
        assert len(list(tmp_path.iterdir())) == 3

    def test_one_per_processor(self, tmp_path):
        assert self.run(tmp_path, "begun()", count=None).returncode == 0
        assert len(list(tmp_path.iterdir())) == cpu_count()

    def test_the_dead_are_replaced_under_the_same_number(self, tmp_path):
        result = self.run(
            tmp_path,
            """
            times = begun()
            if number == 1 and times == 1:
                sys.exit(3)
            if number == 1 and times == 2:
                os.kill(os.getpid(), 9)
            """,
        )
        assert result.returncode == 0
        assert {p.name: len(p.read_text()) for p in tmp_path.iterdir()} == {"0": 1, "1": 3, "2": 1}
        assert "exited with status 3, restarting" in result.stdout
        assert "killed by signal 9, restarting" in result.stdout

    def test_too_many_deaths(self, tmp_path):
        result = self.run(tmp_path, "begun(); sys.exit(1)", count=1, max_restarts=4)
        assert result.returncode == 1
        assert "Too many child restarts, giving up" in result.stderr
        assert len((tmp_path / "0").read_text()) == 5

    def test_random_numbers_differ(self, tmp_path):
        result = self.run(tmp_path, "say('random', random.random())")
        assert len({line for line in result.stdout.splitlines() if "random" in line}) == 3

    def test_a_worker_can_run_a_loop(self, tmp_path):
        result = self.run(
            tmp_path,
            """
            from zonda.ioloop import IOLoop
            ioloop = IOLoop.current()
            ioloop.call_later(0.01, ioloop.stop)
            ioloop.start()
            begun()
            """,
        )
        assert result.returncode == 0
        assert len(list(tmp_path.iterdir())) == 3

    def test_not_after_a_loop_was_made(self):
        ioloop = IOLoop()
        try:
            with pytest.raises(RuntimeError, match="event loop exists already"):
                fork_processes(2)
        finally:
            ioloop.close()
        assert task_id() is None

    def test_not_in_a_worker(self, monkeypatch):
        monkeypatch.setattr(forking, "_task_id", 0)
        with pytest.raises(RuntimeError, match="already"):
            fork_processes(2)

    def test_those_that_die_young_are_replaced_after_a_pause(self, tmp_path):
        result = self.run(
            tmp_path,
            """
            import time
            say("began", time.monotonic())
            sys.exit(begun() < 4)
            """,
            count=1,
        )
        assert result.returncode == 0
        lines = [line.split() for line in result.stdout.splitlines() if "began" in line]
        times = [float(line[1]) for line in lines]
        pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert pauses[1] >= 0.1
        assert pauses[2] >= 0.2

    def test_a_sigterm_is_for_the_workers(self, tmp_path):
        command = self.program(
            tmp_path,
            """
            import asyncio
            from zonda.process import wait_for_signal

            async def main():
                waiting = asyncio.ensure_future(wait_for_signal())
                await asyncio.sleep(0)
                begun()
                say("caught", await waiting)

            asyncio.run(main())
            """,
        )
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
            deadline = time.monotonic() + 30
            while len(list(tmp_path.iterdir())) < 3:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            parent.send_signal(signal.SIGTERM)
            output = parent.communicate(timeout=30)[0]
        assert parent.returncode == 0
        assert output.count(f"caught {int(signal.SIGTERM)}") == 3
        assert "restarting" not in output

    def test_a_worker_that_is_being_made_is_told_as_well(self, tmp_path):
        """Signals to the whole group make workers die and the parent replace them meanwhile."""
        body = "begun(); import time; time.sleep(60)"
        for _ in range(5):
            command = self.program(tmp_path, body, count=4)
            with subprocess.Popen(
                command, stdout=subprocess.DEVNULL, start_new_session=True
            ) as parent:
                deadline = time.monotonic() + 30
                while len(list(tmp_path.iterdir())) < 4:
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
                os.killpg(parent.pid, signal.SIGTERM)
                assert parent.wait(30) == 0
            for path in tmp_path.iterdir():
                path.unlink()

    def test_a_handler_of_the_programs_own_stays(self, tmp_path):
        body = "import signal; say('worker', signal.getsignal(signal.SIGTERM).__name__)"
        command = self.program(tmp_path, body, count=1)
        own = "import signal\ndef own(*_): pass\nsignal.signal(signal.SIGTERM, own)\n"
        command[2] = own + command[2]
        result = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
        assert "worker own" in result.stdout
