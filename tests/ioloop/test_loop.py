"""`IOLoop`: current loops, descriptors, callbacks, timers, running to an end."""

import asyncio
import concurrent.futures
import contextvars
import datetime
import functools
import gc
import os
import signal
import socket
import threading
import time
import warnings
import weakref
from collections.abc import Iterator

import pytest

from zonda import gen
from zonda.ioloop import IOLoop
from zonda.iostream import IOStream
from zonda.log import app_log
from zonda.platform.asyncio import AsyncIOLoop, AsyncIOMainLoop
from zonda.testing import ExpectLog


@pytest.fixture
def loop() -> Iterator[IOLoop]:
    ioloop = IOLoop(make_current=True)
    yield ioloop
    ioloop.close(all_fds=True)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    a, b = socket.socketpair()
    a.setblocking(False)
    b.setblocking(False)
    yield a, b
    a.close()
    b.close()


def run_in_thread(function):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result(timeout=10)


class TestCurrent:
    def test_none_is_made_unless_asked_for(self):
        def ask():
            return IOLoop.current(instance=False)

        assert run_in_thread(ask) is None

    def test_one_is_made_and_kept(self):
        def ask():
            first = IOLoop.current()
            try:
                return first is IOLoop.current() is IOLoop.current(instance=False)
            finally:
                first.close()

        assert run_in_thread(ask)

    def test_no_warning_and_no_stray_loop_in_the_main_thread(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            asyncio.set_event_loop(None)
            assert IOLoop.current(instance=False) is None
            made = IOLoop.current()
            assert asyncio.get_event_loop() is made.asyncio_loop
            made.close()

    def test_inside_a_running_asyncio_loop(self):
        async def main():
            assert IOLoop.current(instance=False) is None
            current = IOLoop.current()
            assert isinstance(current, AsyncIOMainLoop)
            assert current.asyncio_loop is asyncio.get_running_loop()
            assert IOLoop.current() is current

        asyncio.run(main())

    def test_loops_closed_by_asyncio_are_forgotten(self):
        async def main():
            IOLoop.current()

        for _ in range(10):
            asyncio.run(main())
        assert sum(loop.is_closed() for loop in IOLoop._ioloop_for_asyncio) <= 1

    def test_a_new_loop_becomes_current_and_gives_way_when_it_is_closed(self, loop):
        second = IOLoop()
        assert IOLoop.current() is second
        second.close()
        assert IOLoop.current() is loop

    def test_make_current_and_clear_current(self, loop):
        second = IOLoop(make_current=False)
        assert IOLoop.current() is loop
        second.make_current()
        assert IOLoop.current() is second
        IOLoop.clear_current()
        assert IOLoop.current() is loop
        second.install()
        assert IOLoop.current() is second
        IOLoop.clear_instance()
        second.close()

    def test_two_ioloops_cannot_stand_on_one_asyncio_loop(self, loop):
        with pytest.raises(RuntimeError, match="already associated"):
            IOLoop(asyncio_loop=loop.asyncio_loop)
        assert IOLoop.current() is loop

    def test_a_failing_constructor_leaves_no_loop_behind(self, loop):
        with pytest.raises(TypeError):
            IOLoop(no_such_argument=1)
        assert IOLoop.current() is loop

    def test_instance_finds_the_main_threads_loop(self, loop):
        assert run_in_thread(IOLoop.instance) is loop
        assert IOLoop.instance() is loop

    def test_instance_prefers_the_threads_own(self, loop):
        def ask():
            own = IOLoop()
            try:
                return IOLoop.instance() is own
            finally:
                own.close()

        assert run_in_thread(ask)

    def test_many_threads_make_and_close_loops_at_once(self):
        def work():
            for _ in range(50):
                IOLoop(make_current=False).close()

        before = len(IOLoop._ioloop_for_asyncio)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(IOLoop._ioloop_for_asyncio) <= before


class TestConfigure:
    @pytest.fixture(autouse=True)
    def restore(self):
        yield
        IOLoop.configure(None)

    def test_default(self, loop):
        assert type(loop) is AsyncIOLoop

    def test_another_class_by_name_or_object(self):
        class Mine(AsyncIOLoop):
            pass

        IOLoop.configure(Mine)
        mine = IOLoop()
        assert type(mine) is Mine
        mine.close()
        IOLoop.configure("zonda.platform.asyncio.AsyncIOLoop")
        other = IOLoop()
        assert type(other) is AsyncIOLoop
        other.close()

    @pytest.mark.parametrize("wrong", [dict, "collections.OrderedDict"])
    def test_only_asyncio_loops(self, wrong):
        with pytest.raises(RuntimeError, match="BaseAsyncIOLoop"):
            IOLoop.configure(wrong)


class TestClose:
    def test_twice(self):
        ioloop = IOLoop(make_current=False)
        ioloop.close()
        ioloop.close()
        assert ioloop.asyncio_loop.is_closed()

    def test_callbacks_after_it_are_dropped_without_an_error(self):
        ioloop = IOLoop(make_current=False)
        ioloop.close()
        ioloop.add_callback(print)
        ioloop.add_callback_from_signal(print)

    def test_callbacks_from_other_threads_while_closing(self):
        ioloop = IOLoop(make_current=False)
        stop = threading.Event()
        errors = []

        def pester():
            try:
                while not stop.is_set():
                    ioloop.add_callback(int)
            except Exception as error:
                errors.append(error)

        thread = threading.Thread(target=pester)
        thread.start()
        ioloop.run_sync(lambda: gen.sleep(0.01))
        ioloop.close()
        stop.set()
        thread.join()
        assert not errors

    def test_all_fds(self, pair):
        ioloop = IOLoop(make_current=False)
        a, b = pair
        ioloop.add_handler(a, lambda *_: None, IOLoop.READ)
        duplicate = os.dup(b.fileno())
        ioloop.add_handler(duplicate, lambda *_: None, IOLoop.READ)
        ioloop.close(all_fds=True)
        assert a.fileno() == -1
        with pytest.raises(OSError):
            os.fstat(duplicate)

    def test_all_fds_of_streams(self, pair):
        ioloop = IOLoop(make_current=False)
        a, b = pair
        lost = []

        async def read():
            stream = IOStream(a)
            stream.set_close_callback(lambda: lost.append(True))
            reading = asyncio.ensure_future(stream.read_bytes(1))
            await asyncio.sleep(0)
            return stream, reading

        stream, reading = ioloop.run_sync(read)
        ioloop.close(all_fds=True)
        assert stream.closed()
        assert a.fileno() == -1
        assert b.recv(1) == b""
        reading.cancel()

    def test_generators_are_closed(self):
        ioloop = IOLoop(make_current=False)
        steps = []

        async def generator():
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                steps.append("closed")

        async def first():
            numbers = generator()
            steps.append(await anext(numbers))
            return numbers

        numbers = ioloop.run_sync(first)
        ioloop.close()
        assert steps == [1, "closed"]
        del numbers

    def test_loop_and_ioloop_are_freed(self):
        ioloop = IOLoop(make_current=False)
        dead = weakref.ref(ioloop)
        ioloop.close()
        del ioloop
        gc.collect()
        assert dead() is None


class TestRunSync:
    def test_results(self, loop):
        async def native():
            await asyncio.sleep(0)
            return 5

        @gen.coroutine
        def decorated():
            yield gen.moment
            return 6

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            assert loop.run_sync(lambda: pool.submit(lambda: 7)) == 7
        assert loop.run_sync(native) == 5
        assert loop.run_sync(decorated) == 6
        assert loop.run_sync(lambda: None) is None
        assert loop.run_sync(lambda: [native(), decorated()]) == [5, 6]

    def test_what_cannot_be_awaited(self, loop):
        with pytest.raises(gen.BadYieldError):
            loop.run_sync(lambda: 5)

    def test_errors(self, loop):
        async def fail():
            await asyncio.sleep(0)
            raise KeyError(1)

        with pytest.raises(KeyError):
            loop.run_sync(fail)
        with pytest.raises(ZeroDivisionError):
            loop.run_sync(lambda: 1 / 0)

    @pytest.mark.parametrize("timeout", [0, 0.01, datetime.timedelta(milliseconds=10)])
    def test_timeout(self, loop, timeout):
        with pytest.raises(TimeoutError, match=r"timed out after 0(\.01)? seconds"):
            loop.run_sync(lambda: asyncio.sleep(60), timeout=timeout)

    def test_timeout_that_is_not_reached(self, loop):
        assert loop.run_sync(lambda: asyncio.sleep(0, 5), timeout=60) == 5

    def test_a_coroutine_may_answer_the_cancellation(self, loop):
        async def stubborn():
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                return 7

        assert loop.run_sync(stubborn, timeout=0.01) == 7

    def test_cancellation_that_is_not_ours(self, loop):
        async def cancelled():
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            loop.run_sync(cancelled, timeout=60)

    def test_stop_ends_it(self, loop):
        async def stop():
            loop.stop()
            await asyncio.sleep(0.001)

        with pytest.raises(RuntimeError, match="stopped before Future completed"):
            loop.run_sync(stop)
        loop.run_sync(lambda: asyncio.sleep(0.01))

    def test_not_inside_a_running_loop(self, loop):
        async def nest():
            loop.run_sync(lambda: None)

        with pytest.raises(RuntimeError, match="already running"):
            loop.run_sync(nest)

    def test_the_loop_is_current_meanwhile(self, loop):
        second = IOLoop(make_current=False)

        async def ask():
            return IOLoop.current()

        assert second.run_sync(ask) is second
        assert IOLoop.current() is loop
        second.close()


class TestHandlers:
    def test_read_and_write(self, loop, pair):
        a, b = pair
        seen = []

        def handler(fd, events):
            seen.append((fd, events))
            loop.update_handler(fd, IOLoop.READ)
            if events == IOLoop.WRITE:
                b.send(b"x")
            else:
                assert a.recv(10) == b"x"
                loop.stop()

        loop.add_handler(a, handler, IOLoop.READ | IOLoop.WRITE)
        loop.start()
        assert seen == [(a, IOLoop.WRITE), (a, IOLoop.READ)]

    def test_the_handler_gets_what_was_registered(self, loop, pair):
        a, b = pair
        b.send(b"x")
        seen = []

        def handler(fd, events):
            seen.append(fd)
            loop.remove_handler(fd)
            loop.stop()

        loop.add_handler(a.fileno(), handler, IOLoop.READ)
        loop.start()
        loop.add_handler(a, handler, IOLoop.READ)
        loop.start()
        assert seen == [a.fileno(), a]

    def test_twice_is_an_error(self, loop, pair):
        a, _ = pair
        loop.add_handler(a, print, IOLoop.READ)
        with pytest.raises(ValueError, match="added twice"):
            loop.add_handler(a.fileno(), print, IOLoop.READ)

    def test_remove_and_update_without_add(self, loop, pair):
        loop.remove_handler(pair[0])
        with pytest.raises(KeyError, match="add_handler first"):
            loop.update_handler(pair[0], IOLoop.READ)

    def test_a_handler_may_remove_another_whose_event_is_there(self, loop, pair):
        a, b = pair
        called = []

        def handler(fd, events):
            called.append(fd)
            loop.remove_handler(a)
            loop.remove_handler(b)
            loop.add_callback(loop.stop)

        a.send(b"x")
        b.send(b"x")
        loop.add_handler(a, handler, IOLoop.READ)
        loop.add_handler(b, handler, IOLoop.READ)
        loop.start()
        assert len(called) == 1

    def test_no_events_until_they_are_asked_for(self, loop, pair):
        a, b = pair
        b.send(b"x")
        called = []
        loop.add_handler(a, lambda fd, events: (called.append(events), loop.stop()), IOLoop.NONE)
        loop.call_later(0.01, loop.stop)
        loop.start()
        assert not called
        loop.update_handler(a, IOLoop.READ)
        loop.start()
        assert called == [IOLoop.READ]

    def test_end_of_file_shows_as_readable(self, loop, pair):
        a, b = pair
        b.close()
        loop.add_handler(a, lambda fd, events: loop.stop(), IOLoop.READ | IOLoop.ERROR)
        loop.start()

    def test_close_fd_of_what_is_closed(self, loop, pair):
        a, _ = pair
        loop.close_fd(a)
        loop.close_fd(a)
        loop.close_fd(2**20)

    def test_split_fd(self, loop, pair):
        a, _ = pair
        assert loop.split_fd(3) == (3, 3)
        assert loop.split_fd(a) == (a.fileno(), a)


class TestCallbacks:
    def test_arguments_and_order(self, loop):
        calls = []
        loop.add_callback(calls.append, 1)
        loop.spawn_callback(lambda *a, **k: calls.append((a, k)), 2, key=3)
        loop.add_callback(loop.stop)
        loop.start()
        assert calls == [1, ((2,), {"key": 3})]

    def test_stop_before_start_runs_one_turn(self, loop):
        calls = []
        loop.add_callback(calls.append, 1)
        loop.stop()
        loop.start()
        assert calls == [1]

    def test_one_added_by_a_callback_waits_for_the_next_turn(self, loop):
        calls = []

        def again(n):
            calls.append(n)
            if n < 3:
                loop.add_callback(again, n + 1)
                loop.asyncio_loop.call_soon(calls.append, "turn")
            else:
                loop.stop()

        again(1)
        loop.start()
        assert calls == [1, 2, "turn", 3, "turn"]

    def test_from_another_thread_wakes_the_loop(self, loop):
        def call():
            while not loop.asyncio_loop.is_running():
                time.sleep(0.001)
            loop.add_callback(loop.stop)

        thread = threading.Thread(target=call)
        thread.start()
        loop.start()
        thread.join()

    def test_from_a_signal_handler(self, loop):
        def handler(number, frame):
            loop.add_callback_from_signal(loop.stop)

        previous = signal.signal(signal.SIGUSR1, handler)
        try:
            loop.add_callback(os.kill, os.getpid(), signal.SIGUSR1)
            loop.start()
        finally:
            signal.signal(signal.SIGUSR1, previous)

    @pytest.mark.parametrize(
        "add",
        [
            lambda loop, *a: loop.add_callback(*a),
            lambda loop, *a: loop.add_callback_from_signal(*a),
            lambda loop, *a: loop.call_later(0, *a),
            lambda loop, *a: loop.call_at(0, *a),
        ],
    )
    def test_an_exception_is_logged(self, loop, add):
        def divide(a, b):
            return a / b

        with ExpectLog(app_log, "Exception in callback .*divide") as log:
            add(loop, divide, 1, 0)
            loop.call_later(0, loop.stop)
            loop.start()
        assert log.logged_stack

    def test_an_exception_in_an_awaitable_is_logged(self, loop):
        async def fail():
            await asyncio.sleep(0)
            raise KeyError(1)

        with ExpectLog(app_log, "Exception in callback"):
            loop.add_callback(fail)
            loop.call_later(0.01, loop.stop)
            loop.start()

    def test_cancellation_is_not_an_error(self, loop):
        async def cancelled():
            raise asyncio.CancelledError

        loop.add_callback(cancelled)
        loop.add_callback(functools.partial(loop.run_in_executor, None, int))
        loop.run_sync(lambda: asyncio.sleep(0.01))

    @pytest.mark.parametrize("value", [[], {}, [1, 2], 5, "text"])
    def test_other_results_are_ignored(self, loop, value):
        loop.add_callback(lambda: value)
        loop.call_later(0, loop.stop)
        loop.start()

    def test_context_variables(self, loop):
        variable = contextvars.ContextVar("variable", default=0)
        seen = []

        def look():
            seen.append(variable.get())
            variable.set(99)

        def main():
            variable.set(1)
            loop.add_callback(look)
            loop.call_later(0, look)
            variable.set(2)
            loop.add_callback(look)

        contextvars.copy_context().run(main)
        loop.call_later(0.001, loop.stop)
        loop.start()
        assert sorted(seen) == [1, 1, 2]
        assert variable.get() == 0


class TestTimers:
    def test_time_is_since_the_epoch(self, loop):
        assert abs(loop.time() - time.time()) < 1

    def test_order(self, loop):
        calls = []
        now = loop.time()
        loop.add_timeout(datetime.timedelta(milliseconds=30), calls.append, "timedelta")
        loop.add_timeout(now + 0.02, calls.append, "absolute")
        loop.call_later(0.01, calls.append, "later")
        loop.call_at(now + 0.04, lambda **k: (calls.append(k), loop.stop()), key=1)
        loop.start()
        assert calls == ["later", "absolute", "timedelta", {"key": 1}]

    def test_a_time_in_the_past_means_at_once(self, loop):
        loop.add_timeout(1, loop.stop)
        loop.start()
        loop.call_later(-5, callback=loop.stop)
        loop.start()

    def test_remove(self, loop):
        calls = []
        first = loop.call_later(0, calls.append, 1)
        second = loop.add_timeout(loop.time() + 0.001, calls.append, 2)
        loop.remove_timeout(first)
        loop.call_later(0.01, loop.stop)
        loop.start()
        assert calls == [2]
        loop.remove_timeout(first)
        loop.remove_timeout(second)

    def test_remove_from_another_timeout_of_the_same_turn(self, loop):
        calls = []
        handles = []

        def fire(n):
            calls.append(n)
            for handle in handles:
                loop.remove_timeout(handle)

        now = loop.time()
        handles += [loop.call_at(now, fire, n) for n in range(2)]
        loop.call_later(0.01, loop.stop)
        loop.start()
        assert len(calls) == 1

    @pytest.mark.parametrize("deadline", ["soon", None])
    def test_wrong_deadline(self, loop, deadline):
        with pytest.raises(TypeError, match="Unsupported deadline"):
            loop.add_timeout(deadline, print)


class TestFutures:
    def test_add_future(self, loop):
        calls = []
        future = asyncio.Future(loop=loop.asyncio_loop)
        loop.add_future(future, calls.append)
        future.set_result(1)
        assert not calls
        loop.call_later(0, loop.stop)
        loop.start()
        assert calls == [future]
        loop.add_future(future, lambda done: loop.stop())
        loop.start()

    def test_add_future_of_a_pool_calls_back_in_the_loops_thread(self, loop):
        threads = []

        def done(future):
            threads.append(threading.current_thread())
            assert future.result() == 5
            loop.stop()

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            loop.add_future(pool.submit(lambda: 5), done)
            loop.start()
        assert threads == [threading.current_thread()]

    def test_add_future_of_another_loop(self, loop):
        future = concurrent.futures.Future()

        async def other():
            own = asyncio.get_running_loop().create_future()
            loop.add_future(own, lambda done: future.set_result(threading.current_thread()))
            own.set_result(None)
            await asyncio.sleep(0)

        run_in_thread(lambda: asyncio.run(other()))
        loop.run_sync(lambda: future)
        assert future.result() is threading.current_thread()

    def test_add_future_of_something_else(self, loop):
        with pytest.raises(TypeError, match="wants a Future"):
            loop.add_future(5, print)

    def test_an_exception_in_the_callback_is_logged(self, loop):
        future = asyncio.Future(loop=loop.asyncio_loop)
        loop.add_future(future, lambda done: done.result())
        future.set_exception(KeyError(1))
        with ExpectLog(app_log, "Exception in callback"):
            loop.call_later(0, loop.stop)
            loop.start()

    def test_run_in_executor(self, loop):
        async def main():
            first = threading.Barrier(2, timeout=10)
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                return await asyncio.gather(
                    loop.run_in_executor(pool, first.wait), loop.run_in_executor(pool, first.wait)
                )

        assert sorted(loop.run_sync(main)) == [0, 1]

    def test_default_executor(self, loop):
        with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="mine") as pool:
            loop.set_default_executor(pool)

            async def main():
                return await loop.run_in_executor(None, threading.current_thread)

            assert loop.run_sync(main).name.startswith("mine")


def test_uvloop():
    uvloop = pytest.importorskip("uvloop")
    ioloop = IOLoop(asyncio_loop=uvloop.new_event_loop())
    a, b = socket.socketpair()
    a.setblocking(False)
    calls = []

    async def main():
        assert IOLoop.current() is ioloop
        ioloop.add_handler(a, lambda fd, events: (calls.append(fd), ioloop.remove_handler(a)), 1)
        ioloop.add_callback(b.send, b"x")
        ioloop.call_later(0.001, calls.append, "later")
        await gen.sleep(0.02)

    ioloop.run_sync(main)
    assert sorted(calls, key=str) == sorted([a, "later"], key=str)
    a.close()
    b.close()
    ioloop.close()
