"""Connections that have left HTTP for another protocol and still belong to their server.

A WebSocket is nobody's request any more: it goes on when its server stops taking
connections. When the server shuts down for good, each such guest is asked to go
(a WebSocket tells its peer 1001, RFC 6455 section 7.4.1) and has a moment to do so.

Three things make a server's guests leave: ``HTTPServer.close_all_connections``; the end of
an event loop that is ended in order, as :func:`asyncio.run` does; and the end of the
interpreter. A signal that kills the process leaves no time for it: handle the signal.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import weakref
from collections.abc import AsyncGenerator
from typing import Final, Protocol

__all__ = ["Guest", "Guests"]

#: Seconds that guests have to leave before they are put out.
PATIENCE: Final = 1.0


class Guest(Protocol):
    """A connection; it calls ``discard`` on its :class:`Guests` when it is over."""

    def go_away(self) -> object:
        """Begin to leave: the server shuts down."""

    def abort(self) -> object:
        """Close at once."""


class Guests:
    """The guests of one server on one event loop."""

    __slots__ = ("__weakref__", "_gone", "_guests", "_lifetime", "_loop", "_process")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._guests: set[Guest] = set()
        self._gone = asyncio.Event()
        self._lifetime: AsyncGenerator[None] | None = None
        self._process = 0

    def __len__(self) -> int:
        return len(self._guests)

    def add(self, guest: Guest) -> None:
        """Take in a guest. To be called while the loop runs."""
        if self._lifetime is None:
            self._watch_for_the_end()
        self._guests.add(guest)

    def discard(self, guest: Guest) -> None:
        """A guest has gone."""
        self._guests.discard(guest)
        if not self._guests:
            self._gone.set()

    async def leave(self, patience: float = PATIENCE) -> None:
        """Ask all guests to go and wait until they have.

        Args:
            patience: seconds after which those that are left are put out.
        """
        for guest in list(self._guests):
            guest.go_away()
        if not self._guests:
            return
        self._gone.clear()
        try:
            async with asyncio.timeout(patience):
                await self._gone.wait()
        except TimeoutError:
            while self._guests:
                for guest in list(self._guests):
                    guest.abort()
                await asyncio.sleep(0)

    # -- the end of the loop, and of the interpreter ----------------------------------------

    def _watch_for_the_end(self) -> None:
        self._process = os.getpid()
        _housed.add(self)
        # An event loop that is ended in order closes the async generators that it has begun.
        self._lifetime = _until_the_loop_ends(weakref.ref(self))
        try:
            self._lifetime.__anext__().send(None)
        except StopIteration:
            pass  # it has come to its yield


async def _until_the_loop_ends(reference: weakref.ref[Guests]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        guests = reference()
        if guests is not None:
            await guests.leave()


_housed: weakref.WeakSet[Guests] = weakref.WeakSet()


@atexit.register
def _leave_at_exit() -> None:
    """Loops that were stopped and never closed: ``IOLoop.current().start()`` ends like that."""
    for guests in list(_housed):
        loop = guests._loop
        mine = guests._process == os.getpid()  # not those of the process that this one forked from
        if mine and len(guests) and not (loop.is_closed() or loop.is_running()):
            loop.run_until_complete(guests.leave())
