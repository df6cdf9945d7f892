"""Child programs with streams for pipes."""

import asyncio
import inspect
import os
import signal
import subprocess
import sys

import pytest

from zonda.process import CalledProcessError, Subprocess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


def in_loop(test):
    """Run an asynchronous test method in a loop of its own."""

    def run(self, *args, **kwargs):
        asyncio.run(test(self, *args, **kwargs))

    run.__signature__ = inspect.signature(test)
    return run


ECHO = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.read().upper())"]


@pytest.fixture(params=["descriptor", "thread"])
def watching(request, monkeypatch):
    """Both ways to notice the end of a process."""
    if request.param == "thread":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    elif not hasattr(os, "pidfd_open"):
        pytest.skip("no descriptors for processes here")


@pytest.mark.usefixtures("watching")
class TestExit:
    @in_loop
    async def test_wait_for_exit(self):
        child = Subprocess([sys.executable, "-c", "pass"])
        assert await child.wait_for_exit() == 0
        assert child.returncode == 0
        assert child.pid == child.proc.pid

    @in_loop
    async def test_a_status_that_is_not_zero(self):
        command = [sys.executable, "-c", "import sys; sys.exit(3)"]
        with pytest.raises(CalledProcessError) as raised:
            await Subprocess(command).wait_for_exit()
        assert (raised.value.returncode, raised.value.cmd) == (3, command)
        assert await Subprocess(command).wait_for_exit(raise_error=False) == 3

    @in_loop
    async def test_a_signal(self):
        child = Subprocess([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        os.kill(child.pid, signal.SIGTERM)
        assert await child.wait_for_exit(raise_error=False) == -signal.SIGTERM
        child.stdin.close()

    @in_loop
    async def test_exit_callback(self):
        called = asyncio.Future()
        Subprocess.initialize()
        child = Subprocess([sys.executable, "-c", "pass"])
        child.set_exit_callback(print)
        child.set_exit_callback(called.set_result)
        assert await called == 0

    @in_loop
    async def test_somebody_else_waits_for_it(self):
        child = Subprocess([sys.executable, "-c", "import sys; sys.exit(3)"])
        child.proc.wait()
        assert await child.wait_for_exit(raise_error=False) == 3

    @in_loop
    async def test_many_at_once(self):
        children = [
            Subprocess([sys.executable, "-c", f"import sys; sys.exit({n})"]) for n in range(5)
        ]
        assert await asyncio.gather(
            *(child.wait_for_exit(raise_error=False) for child in children)
        ) == list(range(5))
        assert not Subprocess._watched

    @in_loop
    async def test_uninitialize_forgets_all(self):
        child = Subprocess([sys.executable, "-c", "pass"])
        future = child.wait_for_exit()
        Subprocess.uninitialize()
        child.proc.wait()
        await asyncio.sleep(0.05)
        assert not future.done()
        assert not child.io_loop.handlers


class TestStreams:
    @in_loop
    async def test_all_three(self):
        code = "import sys; sys.stderr.write('error'); sys.stdout.write(sys.stdin.read().upper())"
        child = Subprocess(
            [sys.executable, "-c", code],
            stdin=Subprocess.STREAM,
            stdout=Subprocess.STREAM,
            stderr=Subprocess.STREAM,
        )
        await child.stdin.write(b"hello")
        child.stdin.close()
        assert await child.stdout.read_until_close() == b"HELLO"
        assert await child.stderr.read_until_close() == b"error"
        await child.wait_for_exit()

    @in_loop
    async def test_stderr_to_stdout(self):
        child = Subprocess(
            [sys.executable, "-c", "import sys; sys.stderr.write('error')"],
            stdout=Subprocess.STREAM,
            stderr=subprocess.STDOUT,
        )
        assert await child.stdout.read_until_close() == b"error"
        assert child.stderr is None
        await child.wait_for_exit()

    @in_loop
    async def test_popens_own_pipes(self):
        child = Subprocess(ECHO, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        output, _ = await asyncio.to_thread(child.proc.communicate, b"hello")
        assert output == b"HELLO"
        await child.wait_for_exit()

    @in_loop
    async def test_a_program_that_is_not_there_leaves_no_descriptor(self):
        before = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []
        with pytest.raises(FileNotFoundError):
            Subprocess(
                ["/does/not/exist"],
                stdin=Subprocess.STREAM,
                stdout=Subprocess.STREAM,
                stderr=Subprocess.STREAM,
            )
        after = os.listdir("/proc/self/fd") if before else []
        assert len(after) == len(before)
