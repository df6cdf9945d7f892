"""What ``IOLoop.close(all_fds=True)`` closes besides the descriptors that it was told of.

Streams are watched behind the loop's back (`zonda.iostream.poller`), from a room above this
one; so whoever watches them says here how all of them are closed.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["close_streams", "closes_streams"]

T = TypeVar("T")

# Not WeakMethod: its callback runs, and complains, when the interpreter is half gone.
_closers: weakref.WeakKeyDictionary[
    asyncio.AbstractEventLoop, tuple[weakref.ref[object], Callable[[Any], None]]
]
_closers = weakref.WeakKeyDictionary()


def closes_streams(loop: asyncio.AbstractEventLoop, owner: T, close: Callable[[T], None]) -> None:
    """Have ``close(owner)`` close a loop's streams; ``owner`` is only referred to weakly."""
    _closers[loop] = weakref.ref(owner), close


def close_streams(loop: asyncio.AbstractEventLoop) -> None:
    """Close all streams that are watched on ``loop``."""
    entry = _closers.get(loop)
    owner = entry[0]() if entry is not None else None
    if entry is not None and owner is not None:
        entry[1](owner)
