"""How the rooms of today reach those of the past."""

import importlib
import warnings
from typing import Any

import pytest

from zonda import legacy


@pytest.mark.parametrize(("room", "name"), [(r, n) for r in legacy.NAMES for n in legacy.NAMES[r]])
def test_names_of_the_past_are_in_their_public_modules(room: str, name: str) -> None:
    module = importlib.import_module("zonda." + room)
    assert name not in vars(module)
    assert getattr(module, name) is getattr(legacy.past(room), name)
    assert name not in module.__all__


@pytest.mark.parametrize("room", legacy.NAMES)
def test_other_names_are_not(room: str) -> None:
    module = importlib.import_module("zonda." + room)
    with pytest.raises(AttributeError, match=f"module 'zonda.{room}' has no attribute 'nothing'"):
        module.nothing


def test_a_warning_says_what_to_write_and_points_at_the_program() -> None:
    from zonda import web

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")

        @web.asynchronous
        def get(self: object) -> None: ...

    [warning] = caught
    assert warning.category is DeprecationWarning
    assert "@web.asynchronous" in str(warning.message)
    assert "Today: async def" in str(warning.message)
    assert warning.filename == __file__


def test_take_over_asks_the_handler_of_the_context() -> None:
    seen = []
    error = ValueError("x")
    assert not legacy.take_over(error)

    def handle(*info: object) -> bool:
        seen.append(info)
        return True

    token = legacy.error_handler.set(handle)
    try:
        assert legacy.take_over(error)
    finally:
        legacy.error_handler.reset(token)
    assert seen == [(ValueError, error, None)]


def test_takes_io_loop_by_name_and_place() -> None:
    from zonda.ioloop import IOLoop

    def plain(first: int, second: int = 2) -> tuple[int, int]:
        return first, second

    function: Any = legacy.takes_io_loop(1)(plain)
    loop = IOLoop()
    try:
        assert function(1) == (1, 2)
        assert function(1, 5) == (1, 5)
        with pytest.warns(DeprecationWarning, match="the argument io_loop of .*plain"):
            assert function(1, loop, 5) == (1, 5)
        with pytest.warns(DeprecationWarning, match="io_loop"):
            assert function(1, second=6, io_loop=loop) == (1, 6)
        assert function(1, io_loop=None) == (1, 2)  # as good as none
        other = IOLoop(make_current=False)
        try:
            with (
                pytest.warns(DeprecationWarning, match="io_loop"),
                pytest.raises(RuntimeError, match="make_current"),
            ):
                function(1, io_loop=other)
        finally:
            other.close()
    finally:
        loop.close()


def test_takes_callback() -> None:
    from zonda.ioloop import IOLoop

    async def plain(number: int) -> int:
        return 2 * number

    double: Any = legacy.takes_callback(plain)
    got: list[int] = []

    async def main() -> None:
        assert await double(1) == 2
        with pytest.warns(DeprecationWarning, match="callback= of .*plain"):
            awaitable = double(2, callback=got.append)
        await awaitable

    loop = IOLoop()
    try:
        loop.run_sync(main)
    finally:
        loop.close()
    assert got == [4]
