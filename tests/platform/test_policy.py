"""`AnyThreadEventLoopPolicy`."""

import asyncio
import sys
import threading

import pytest

from zonda import gen
from zonda.ioloop import IOLoop
from zonda.platform.asyncio import AnyThreadEventLoopPolicy

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 14), reason="policies are deprecated")


@pytest.fixture
def any_thread():
    before = asyncio.get_event_loop_policy()
    asyncio.set_event_loop_policy(AnyThreadEventLoopPolicy())
    yield
    asyncio.set_event_loop_policy(before)


def in_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


@pytest.mark.usefixtures("any_thread")
class TestAnyThread:
    def test_every_thread_gets_a_loop_and_keeps_it(self):
        def ask():
            loop = asyncio.get_event_loop()
            same = asyncio.get_event_loop() is loop
            loop.close()
            return same

        assert in_thread(ask)

    def test_ioloop(self):
        def ask():
            ioloop = IOLoop.current()
            try:
                return ioloop.run_sync(gen.coroutine(lambda: 5))
            finally:
                ioloop.close()

        assert in_thread(ask) == 5


def test_without_it_other_threads_have_none():
    def ask():
        with pytest.raises(RuntimeError, match="no current event loop"):
            asyncio.get_event_loop()
        return True

    assert in_thread(ask)
