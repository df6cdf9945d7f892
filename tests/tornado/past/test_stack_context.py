"""What follows callbacks through the loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wire import looped
from zonda import gen
from zonda.ioloop import IOLoop
from zonda.tornado.past.stack_context import (
    ExceptionStackContext,
    NullContext,
    StackContext,
    StackContextInconsistentError,
    run_with_stack_context,
    wrap,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Tracker:
    """A context manager factory that notes what is inside of it."""

    def __init__(self) -> None:
        self.depth = 0
        self.seen: list[tuple[str, int]] = []
        self.done = asyncio.Event()

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def note(self, where: str, last: bool = False) -> None:
        self.seen.append((where, self.depth))
        if last:
            self.done.set()


def noting(errors: list[BaseException]) -> Any:
    """A handler that deals with every error, by noting it."""

    def handle(typ: type, value: BaseException, tb: Any) -> bool:
        errors.append(value)
        return True

    return handle


@looped
async def test_callbacks_run_in_the_context_they_were_made_in() -> None:
    tracker = Tracker()
    loop = IOLoop.current()

    def first() -> None:
        tracker.note("first")
        loop.call_later(0, tracker.note, "second", last=True)

    with StackContext(tracker):
        tracker.note("inside")
        loop.add_callback(first)
    tracker.note("outside")
    await tracker.done.wait()
    assert tracker.seen == [("inside", 1), ("outside", 0), ("first", 1), ("second", 1)]


@looped
async def test_a_deactivated_context_follows_no_more() -> None:
    tracker = Tracker()
    loop = IOLoop.current()
    with StackContext(tracker) as deactivate:
        loop.add_callback(tracker.note, "before")
        loop.add_callback(deactivate)
        loop.add_callback(tracker.note, "after", last=True)
    await tracker.done.wait()
    assert tracker.seen == [("before", 1), ("after", 0)]


@looped
async def test_null_context_takes_everything_away() -> None:
    tracker = Tracker()
    handled: list[BaseException] = []
    with StackContext(tracker), ExceptionStackContext(noting(handled)):
        with NullContext():
            IOLoop.current().add_callback(tracker.note, "null")
            asyncio.get_running_loop().call_soon(int)
        IOLoop.current().add_callback(lambda: 1 / 0)
        IOLoop.current().add_callback(tracker.note, "inside", last=True)
    await tracker.done.wait()
    assert tracker.seen == [("null", 0), ("inside", 1)]
    assert [type(error) for error in handled] == [ZeroDivisionError]


@looped
async def test_coroutines_go_on_in_their_context() -> None:
    tracker = Tracker()

    @gen.coroutine
    def body() -> Any:
        tracker.note("begin")
        yield gen.moment
        tracker.note("after moment")
        yield gen.sleep(0)
        tracker.note("after sleep")
        return "value"

    future = run_with_stack_context(StackContext(tracker), body)
    tracker.note("outside")
    assert await future == "value"
    assert tracker.seen == [
        ("begin", 1),
        ("outside", 0),
        ("after moment", 1),
        ("after sleep", 1),
    ]


def test_exceptions_of_the_block_itself() -> None:
    seen: list[type] = []

    def handle(typ: type, value: BaseException, tb: Any) -> bool:
        seen.append(typ)
        return typ is KeyError

    with ExceptionStackContext(handle):
        raise KeyError
    with pytest.raises(ValueError, match="x"), ExceptionStackContext(handle):
        raise ValueError("x")
    assert seen == [KeyError, ValueError]


@looped
async def test_an_inner_handler_comes_first() -> None:
    order: list[str] = []
    done = asyncio.Event()

    def handler(name: str, handles: bool) -> Any:
        def handle(*exc_info: Any) -> bool:
            order.append(name)
            if handles:
                done.set()
            return handles

        return handle

    outer, inner = handler("outer", True), handler("inner", False)
    with ExceptionStackContext(outer), ExceptionStackContext(inner):
        IOLoop.current().add_callback(lambda: 1 / 0)
    await done.wait()
    assert order == ["inner", "outer"]


@looped
async def test_wrap_ties_a_function_to_its_contexts() -> None:
    tracker = Tracker()
    handled: list[BaseException] = []
    with StackContext(tracker), ExceptionStackContext(noting(handled)):
        note = wrap(tracker.note)
        fail = wrap(lambda: 1 / 0)
    assert wrap(note) is note
    assert wrap(None) is None
    note("direct")
    fail()
    IOLoop.current().add_callback(note, "from the loop", last=True)
    await tracker.done.wait()
    assert tracker.seen == [("direct", 1), ("from the loop", 1)]
    assert [type(error) for error in handled] == [ZeroDivisionError]


@looped
async def test_a_yield_inside_of_a_with_statement_is_an_error() -> None:
    tracker = Tracker()

    @gen.coroutine
    def inner() -> Any:
        context = StackContext(tracker)
        other = StackContext(tracker)
        context.__enter__()
        other.__enter__()
        context.__exit__(None, None, None)
        yield

    with pytest.raises(StackContextInconsistentError):
        await inner()
