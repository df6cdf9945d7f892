"""Waiting to be told to end."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from zonda.process import wait_for_signal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_signal_is_told(number):
    async def main():
        waiting = asyncio.ensure_future(wait_for_signal())
        await asyncio.sleep(0)
        os.kill(os.getpid(), number)
        return await waiting

    before = signal.getsignal(number)
    assert asyncio.run(main()) == number
    assert signal.getsignal(number) == before


def test_only_those_that_were_named():
    async def main():
        waiting = asyncio.ensure_future(wait_for_signal(signal.SIGUSR1))
        await asyncio.sleep(0)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        os.kill(os.getpid(), signal.SIGUSR1)
        return await waiting

    assert asyncio.run(main()) == signal.SIGUSR1


def test_the_second_one_kills():
    code = (
        "import asyncio\n"
        "from zonda.process import wait_for_signal\n"
        "async def main():\n"
        "    waiting = asyncio.ensure_future(wait_for_signal())\n"
        "    await asyncio.sleep(0)\n"
        "    print('ready', flush=True)\n"
        "    print(await waiting, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == f"{int(signal.SIGTERM)}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM
