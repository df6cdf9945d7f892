"""The argument ``io_loop``, which nearly everything had in Tornado 4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zonda.ioloop import IOLoop
from zonda.legacy import deprecated

__all__ = ["check_current", "without_io_loop"]


def without_io_loop(
    function: Callable[..., Any], position: int, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Take ``io_loop`` out of the arguments of *function*.

    :param position: where it stood in Tornado 4's signature.
    :raises RuntimeError: it is not the current loop.
    """
    if "io_loop" in kwargs:
        kwargs = dict(kwargs)
        io_loop = kwargs.pop("io_loop")
    else:
        io_loop = args[position]
        args = args[:position] + args[position + 1 :]
    check_current(io_loop, function.__qualname__)
    return args, kwargs


def check_current(io_loop: Any, who: str) -> None:
    """Make sure that *io_loop*, unless it is None, is the loop that *who* will use anyway.

    :raises RuntimeError: it is another one.
    """
    who = who.removesuffix(".__init__").removesuffix(".initialize").removesuffix(".__new__")
    if io_loop is not None:
        deprecated(f"the argument io_loop of {who}", "nothing: the current loop is used")
        if io_loop is not IOLoop.current(instance=False):
            raise RuntimeError(
                f"{who} works on the current loop, and io_loop={io_loop!r} is another one:"
                " call io_loop.make_current() before, or do this in a callback of that loop"
            )
