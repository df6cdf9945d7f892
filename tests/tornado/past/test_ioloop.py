"""What Tornado 4's loops had besides."""

from __future__ import annotations

import logging
import signal
import threading
import time
from typing import Any

import pytest

from zonda.ioloop import IOLoop, PollIOLoop
from zonda.platform.asyncio import AsyncIOLoop
from zonda.tornado.past.platform import EPollIOLoop, SelectIOLoop

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def loop() -> Any:
    io_loop: Any = IOLoop()
    yield io_loop
    io_loop.close()


def test_a_worker_threads_instance_is_the_programs_loop(loop: Any) -> None:
    called: list[threading.Thread] = []

    def work() -> None:
        IOLoop.instance().add_callback(lambda: called.append(threading.current_thread()))
        IOLoop.instance().add_callback(loop.stop)

    thread = threading.Thread(target=work)
    loop.add_callback(thread.start)
    loop.start()
    thread.join()
    assert called == [threading.main_thread()]


def test_initialized(loop: Any) -> None:
    assert IOLoop.initialized()
    IOLoop.clear_instance()
    loop.install()
    assert IOLoop.instance() is loop


def test_a_blocked_loop_is_logged(loop: Any, caplog: pytest.LogCaptureFixture) -> None:
    old = signal.getsignal(signal.SIGALRM)

    def block() -> None:
        end = time.monotonic() + 5
        while time.monotonic() < end and not caplog.records:
            pass
        loop.stop()

    try:
        loop.set_blocking_log_threshold(0.01)
        loop.add_callback(block)
        with caplog.at_level(logging.WARNING, "tornado.general"):
            loop.start()
        assert "IOLoop blocked in" in caplog.text
        assert "in block" in caplog.text
        loop.set_blocking_signal_threshold(None, None)
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_exceptions_of_callbacks_can_be_handled(loop: Any) -> None:
    seen: list[object] = []
    loop.handle_callback_exception = seen.append

    def fail() -> None:
        raise KeyError

    loop.add_callback(fail)
    loop.add_callback(loop.stop)
    loop.start()
    assert seen == [fail]


def test_the_loops_of_the_past_are_asyncios() -> None:
    assert EPollIOLoop is SelectIOLoop is PollIOLoop is AsyncIOLoop
    IOLoop.configure("zonda.tornado.past.platform.EPollIOLoop")
    try:
        loop: IOLoop = IOLoop()
        assert isinstance(loop, EPollIOLoop)
        loop.close()
    finally:
        IOLoop.configure(None)


def test_other_attributes_are_missing_as_ever(loop: Any) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        loop.nothing
