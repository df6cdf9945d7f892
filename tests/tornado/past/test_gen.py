"""Coroutines around callbacks: engine, Task, Callback and Wait."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest

from tests.wire import looped
from zonda import gen
from zonda.ioloop import IOLoop
from zonda.tornado.past.stack_context import ExceptionStackContext

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def answer(*args: Any, callback: Any, **kwargs: Any) -> None:
    """Call back with the arguments, on the loop's next turn."""
    IOLoop.current().add_callback(callback, *args, **kwargs)


@pytest.mark.parametrize(
    ("args", "kwargs", "result"),
    [
        ((), {}, None),
        ((1,), {}, 1),
        ((1, 2), {}, gen.Arguments((1, 2), {})),
        ((), {"a": 1}, gen.Arguments((), {"a": 1})),
    ],
)
@looped
async def test_the_result_of_a_task_is_what_the_callback_got(args, kwargs, result) -> None:
    assert await gen.Task(answer, *args, **kwargs) == result


@looped
async def test_a_tasks_exceptions_are_the_futures() -> None:
    def at_once(callback: Any) -> None:
        raise ValueError("at once")

    def later(callback: Any) -> None:
        IOLoop.current().add_callback(lambda: 1 / 0)

    with pytest.raises(ValueError, match="at once"):
        await gen.Task(at_once)
    with pytest.raises(ZeroDivisionError):
        await gen.Task(later)


@looped
async def test_a_task_may_be_called_back_from_a_thread() -> None:
    def thread(callback: Any) -> None:
        threading.Thread(target=callback, args=("thread",)).start()

    assert await gen.Task(thread) == "thread"


@looped
async def test_an_engine_returns_nothing_and_its_errors_go_to_the_context() -> None:
    errors: list[BaseException] = []
    done = asyncio.Event()

    def handle(typ: Any, value: BaseException, tb: Any) -> bool:
        errors.append(value)
        done.set()
        return True

    @gen.engine
    def fails() -> Any:
        yield gen.Task(answer)
        raise KeyError("later")

    @gen.engine
    def returns() -> Any:
        yield gen.Task(answer)
        return "value"

    with ExceptionStackContext(handle):
        assert fails() is None
    await done.wait()
    done.clear()
    with ExceptionStackContext(handle):
        assert returns() is None
    await done.wait()
    assert [type(error) for error in errors] == [KeyError, gen.ReturnValueIgnoredError]


@looped
async def test_an_engines_errors_without_a_context_are_logged(caplog) -> None:
    done = asyncio.Event()

    @gen.engine
    def fails() -> Any:
        try:
            yield gen.Task(answer)
            raise KeyError("later")
        finally:
            IOLoop.current().add_callback(done.set)

    with caplog.at_level(logging.ERROR, "tornado.application"):
        fails()
        await done.wait()
        await gen.moment
    assert "KeyError" in caplog.text


@looped
async def test_callbacks_and_waits_by_key() -> None:
    @gen.coroutine
    def main() -> Any:
        answer("one", callback=(yield gen.Callback("k1")))
        answer(2, 3, callback=(yield gen.Callback("k2")))
        answer(callback=(yield gen.Callback("k3")))
        first = yield gen.Wait("k1")
        rest = yield gen.WaitAll(["k2", "k3"])
        answer("again", callback=(yield gen.Callback("k1")))
        both = yield [gen.Wait("k1"), gen.Task(answer, 4)]
        answer("d", callback=(yield gen.Callback("k1")))
        named = yield {"wait": gen.Wait("k1"), "native": native()}
        return first, rest, both, named

    async def native() -> int:
        return 5

    first, rest, both, named = await main()
    assert first == "one"
    assert rest == [gen.Arguments((2, 3), {}), None]
    assert both == ["again", 4]
    assert named == {"wait": "d", "native": 5}


@looped
async def test_mistakes_with_keys() -> None:
    @gen.coroutine
    def reuse() -> Any:
        yield gen.Callback("k")
        yield gen.Callback("k")

    @gen.coroutine
    def unknown() -> Any:
        yield gen.Wait("k")

    @gen.coroutine
    def leak() -> Any:
        yield gen.Callback("k")

    with pytest.raises(gen.KeyReuseError):
        await reuse()
    with pytest.raises(gen.UnknownKeyError):
        await unknown()
    with pytest.raises(gen.LeakedCallbackError, match="'k'"):
        await leak()


@looped
async def test_a_decorated_coroutine_takes_a_callback() -> None:
    def plain(number: int) -> Any:
        yield gen.moment
        return 2 * number

    double: Any = gen.coroutine(plain)

    @gen.coroutine
    def own(callback: Any) -> Any:
        yield gen.moment
        return callback

    called: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    double(3, callback=called.set_result)
    assert await called == 6
    assert await double(3, callback=None) == 6
    assert await own(callback="mine") == "mine"  # its own argument is its own affair
