"""What all WebSocket connections of one event loop share."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from zonda.deadlines import Deadlines
from zonda.eager import EagerRunner

__all__ = ["LoopServices"]


class LoopServices:
    """Deadlines, the runner of coroutines and a future that is done.

    It lives as long as a connection refers to it. Get the one of a loop with :meth:`of`.
    """

    __slots__ = ("__weakref__", "deadlines", "done", "eager", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.deadlines = Deadlines(loop)
        self.eager = EagerRunner(loop)
        #: What has nothing to wait for returns it instead of a new one.
        self.done: asyncio.Future[None] = loop.create_future()
        self.done.set_result(None)

    @staticmethod
    def of(loop: asyncio.AbstractEventLoop) -> LoopServices:
        """The services of ``loop``, made at the first call."""
        services = _known.get(id(loop))
        if services is None:
            services = _known[id(loop)] = LoopServices(loop)
        return services


# By the loop's id, which cannot be another loop's: services that are alive hold their loop.
_known: WeakValueDictionary[int, LoopServices] = WeakValueDictionary()
