"""Twisted's Deferreds in coroutines, if Twisted is there."""

import asyncio
import subprocess
import sys

import pytest

defer = pytest.importorskip("twisted.internet.defer")

import zonda.platform.twisted  # noqa: E402
from zonda import gen  # noqa: E402

assert zonda.platform.twisted


def test_yield():
    @gen.coroutine
    def function():
        with pytest.raises(KeyError):
            yield defer.fail(KeyError(1))
        later = defer.Deferred()
        asyncio.get_running_loop().call_soon(later.callback, 6)
        return (yield [defer.succeed(5), later])

    async def main():
        return await function()

    assert asyncio.run(main()) == [5, 6]


def test_install():
    code = (
        "import zonda.platform.twisted as t; t.install(); "
        "from twisted.internet import reactor; print(type(reactor).__name__)"
    )
    output = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=50)
    assert output.strip() == "AsyncioSelectorReactor"
