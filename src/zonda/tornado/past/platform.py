"""``tornado.platform.epoll`` and the other modules that held Tornado 4's own loops."""

import os
import select

from zonda.platform.asyncio import AsyncIOLoop

__all__ = ["EPollIOLoop", "KQueueIOLoop", "SelectIOLoop", "monotonic_time", "set_close_exec"]

#: All of them are asyncio's loop today, which chooses the system's best way itself.
EPollIOLoop = AsyncIOLoop
KQueueIOLoop = AsyncIOLoop
SelectIOLoop = AsyncIOLoop


class _Select:
    """What ``select.select`` waits for, with the interface of ``select.epoll``."""

    def __init__(self) -> None:
        self._events: dict[int, int] = {}

    def close(self) -> None:
        """Nothing is held."""

    def register(self, fd: int, events: int) -> None:
        """Watch a descriptor.

        :raises IOError: it is watched already.
        """
        if fd in self._events:
            raise OSError(f"fd {fd} already registered")
        self._events[fd] = events

    def modify(self, fd: int, events: int) -> None:
        """Watch for other events."""
        self.unregister(fd)
        self.register(fd, events)

    def unregister(self, fd: int) -> None:
        """Watch a descriptor no more."""
        self._events.pop(fd, None)

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        """Pairs of descriptors and events that are ready within *timeout* seconds."""

        def watched(event: int) -> list[int]:
            return [fd for fd, events in self._events.items() if events & event]

        ready: dict[int, int] = {}
        found = select.select(
            watched(AsyncIOLoop.READ),
            watched(AsyncIOLoop.WRITE),
            watched(AsyncIOLoop.ERROR),
            timeout,
        )
        for fds, event in zip(
            found, (AsyncIOLoop.READ, AsyncIOLoop.WRITE, AsyncIOLoop.ERROR), strict=True
        ):
            for fd in fds:
                ready[fd] = ready.get(fd, 0) | event
        return list(ready.items())


#: Tornado 4 had none where time.monotonic is to be used.
monotonic_time = None


def set_close_exec(fd: int) -> None:
    """Let a descriptor not be inherited by programs that this one starts."""
    os.set_inheritable(fd, False)
