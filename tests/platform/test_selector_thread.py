"""`AddThreadSelectorEventLoop`: readiness by a thread, without leaving one behind."""

import asyncio
import contextvars
import inspect
import os
import socket
import subprocess
import sys
import threading

import pytest

from zonda.ioloop import IOLoop
from zonda.platform.asyncio import (
    AddThreadSelectorEventLoop,
    AsyncIOLoop,
    SelectorThread,
    _selector_loops,
)


def threads():
    return [t for t in threading.enumerate() if t.name == "Zonda selector"]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not threads()
    assert not _selector_loops


@pytest.fixture
def pair():
    a, b = socket.socketpair()
    a.setblocking(False)
    b.setblocking(False)
    yield a, b
    a.close()
    b.close()


def in_loop(test):
    """Run an asynchronous test method in a loop of its own."""

    def run(self, *args, **kwargs):
        asyncio.run(test(self, *args, **kwargs))

    run.__signature__ = inspect.signature(test)
    return run


class TestReadiness:
    @in_loop
    async def test_read_and_write(self, pair):
        a, b = pair
        loop = AddThreadSelectorEventLoop(asyncio.get_running_loop())
        received = asyncio.Future()

        def readable(prefix):
            loop.remove_reader(a)
            received.set_result(prefix + a.recv(10))

        def writable():
            loop.remove_writer(b)
            b.send(b"x")

        loop.add_reader(a, readable, b"got ")
        loop.add_writer(b.fileno(), writable)
        assert await asyncio.wait_for(received, 10) == b"got x"
        assert not loop.remove_reader(a)
        assert not loop.remove_writer(b)

    @in_loop
    async def test_what_stays_readable_is_reported_once_a_turn(self, pair):
        a, b = pair
        loop = AddThreadSelectorEventLoop(asyncio.get_running_loop())
        counts = []
        done = asyncio.Event()

        def readable():
            counts.append(threading.current_thread())
            if len(counts) == 5:
                loop.remove_reader(a)
                done.set()

        loop.add_reader(a, readable)
        b.send(b"x")
        await asyncio.wait_for(done.wait(), 10)
        await asyncio.sleep(0.01)
        assert counts == [threading.current_thread()] * 5

    @in_loop
    async def test_a_callback_may_remove_another_that_is_ready(self, pair):
        a, b = pair
        loop = AddThreadSelectorEventLoop(asyncio.get_running_loop())
        calls = []

        def readable(sock):
            calls.append(sock)
            loop.remove_reader(a)
            loop.remove_reader(b)

        a.send(b"x")
        b.send(b"x")
        loop.add_reader(a, readable, a)
        loop.add_reader(b, readable, b)
        while not calls:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        assert len(calls) == 1

    @in_loop
    async def test_descriptors_closed_while_watched_are_forgotten(self, pair):
        a, b = pair
        real = asyncio.get_running_loop()
        loop = AddThreadSelectorEventLoop(real)
        read, write = os.pipe()
        loop.add_reader(read, print)
        await asyncio.sleep(0.01)
        os.close(read)
        os.close(write)
        received = asyncio.Future()
        loop.add_reader(a, lambda: (loop.remove_reader(a), received.set_result(a.recv(10))))
        b.send(b"x")
        assert await asyncio.wait_for(received, 10) == b"x"
        assert not loop.remove_reader(read)

    @in_loop
    async def test_an_exception_goes_to_the_loops_handler(self, pair):
        a, b = pair
        real = asyncio.get_running_loop()
        loop = AddThreadSelectorEventLoop(real)
        reported = asyncio.Future()
        real.set_exception_handler(lambda loop, context: reported.set_result(context))

        def readable():
            loop.remove_reader(a)
            raise KeyError(1)

        loop.add_reader(a, readable)
        b.send(b"x")
        context = await asyncio.wait_for(reported, 10)
        assert isinstance(context["exception"], KeyError)

    @pytest.mark.skipif(sys.platform == "win32", reason="descriptors are no numbers there")
    @in_loop
    async def test_a_descriptor_that_select_cannot_take_is_reported(self):
        real = asyncio.get_running_loop()
        reported = asyncio.Future()
        real.set_exception_handler(lambda loop, context: reported.set_result(context))
        loop = AddThreadSelectorEventLoop(real)
        loop.add_reader(5000, print)
        context = await asyncio.wait_for(reported, 10)
        assert "select() cannot watch" in context["message"]
        loop._selector.close()

    @in_loop
    async def test_callbacks_run_in_the_context_that_added_them(self, pair):
        a, b = pair
        variable = contextvars.ContextVar("variable", default=0)
        loop = AddThreadSelectorEventLoop(asyncio.get_running_loop())
        seen = asyncio.Future()

        def readable():
            loop.remove_reader(a)
            seen.set_result(variable.get())

        variable.set(1)
        loop.add_reader(a, readable)
        variable.set(2)
        b.send(b"x")
        assert await asyncio.wait_for(seen, 10) == 1


class TestEnd:
    def test_asyncio_run_ends_the_thread(self):
        async def main():
            SelectorThread(asyncio.get_running_loop())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert threads()

        asyncio.run(main())

    def test_close_ends_the_thread_and_closes_the_loop(self):
        real = asyncio.new_event_loop()
        loop = AddThreadSelectorEventLoop(real)
        loop.run_until_complete(asyncio.sleep(0.001))
        assert threads()
        loop.close()
        loop.close()
        assert real.is_closed()

    def test_close_before_the_loop_has_run(self):
        real = asyncio.new_event_loop()
        loop = AddThreadSelectorEventLoop(real)
        loop._selector.close()
        real.run_until_complete(asyncio.sleep(0))
        loop.close()

    def test_a_loop_that_nobody_closes_does_not_keep_the_interpreter(self):
        code = (
            "import asyncio; from zonda.platform.asyncio import AddThreadSelectorEventLoop as L; "
            "loop = asyncio.new_event_loop(); wrapped = L(loop); "
            "loop.run_until_complete(asyncio.sleep(0.01)); print('end')"
        )
        output = subprocess.check_output([sys.executable, "-c", code], timeout=30)
        assert output == b"end\n"

    def test_an_ioloop_over_a_wrapped_loop(self, pair):
        a, b = pair
        ioloop = AsyncIOLoop(
            asyncio_loop=AddThreadSelectorEventLoop(asyncio.new_event_loop()), make_current=False
        )
        ioloop.add_handler(a, lambda fd, events: ioloop.stop(), IOLoop.READ)
        b.send(b"x")
        ioloop.start()
        ioloop.close()
