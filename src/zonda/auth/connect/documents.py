"""Documents of a provider that are fetched when needed, and kept for a while."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Final

__all__ = ["Document"]

#: Seconds after which a document is fetched anew.
_LIFETIME: Final = 3600.0


class Document:
    """A JSON object that somebody else keeps.

    Whoever asks while it is being fetched waits for the same fetch; if it fails, it fails for
    all of them and the next one tries again.

    Args:
        lifetime: for how many seconds it is used.
    """

    def __init__(self, lifetime: float = _LIFETIME) -> None:
        self.lifetime = lifetime
        self._value: dict[str, Any] | None = None
        self._fetched_at = -lifetime
        # Each event loop has its own fetch: futures do not cross loops.
        self._fetches: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, asyncio.Task[dict[str, Any]]
        ] = weakref.WeakKeyDictionary()

    async def get(
        self,
        fetch: Callable[[], Coroutine[Any, Any, dict[str, Any]]],
        *,
        younger_than: float | None = None,
    ) -> dict[str, Any]:
        """The document.

        Args:
            fetch: fetches it.
            younger_than: fetch it anew if it is as old as this, in seconds.
        """
        limit = self.lifetime if younger_than is None else min(younger_than, self.lifetime)
        if self._value is not None and time.monotonic() - self._fetched_at < limit:
            return self._value
        loop = asyncio.get_running_loop()
        running = self._fetches.get(loop)
        if running is None:
            running = self._fetches[loop] = loop.create_task(self._fetch(fetch))
            running.add_done_callback(self._fetched)
        return await asyncio.shield(running)

    def _fetched(self, task: asyncio.Task[dict[str, Any]]) -> None:
        self._fetches.pop(task.get_loop(), None)
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits any more

    async def _fetch(
        self, fetch: Callable[[], Coroutine[Any, Any, dict[str, Any]]]
    ) -> dict[str, Any]:
        value = await fetch()
        self._value, self._fetched_at = value, time.monotonic()
        return value
