"""What is known about files that were asked for, as long as they stay as they are.

Following symbolic links, hashing and reading cost many system calls; one ``stat`` shows
whether that work can be spared. An entry holds for exactly one state of a file
(:func:`~zonda.web.static.paths.stamp_of`), so nothing needs to be told when files change.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final

from zonda.web.static.paths import CHANGED, MODIFIED, SIZE, Stamp, open_regular, stamp_of

__all__ = ["ContentCache", "KnownFiles", "is_settled", "stamp_of_path"]

_NANOSECOND: Final = 1_000_000_000
# File systems count time in ticks of up to two seconds (FAT). A file that changed within the
# last tick may change again without its stamp showing it.
_TICK: Final = 2 * _NANOSECOND


def is_settled(stamp: Stamp) -> bool:
    """Whether a file's last change is so long ago that the next one will be seen."""
    return max(stamp[MODIFIED], stamp[CHANGED]) + _TICK < time.time_ns()


def stamp_of_path(path: str) -> Stamp | None:
    """The stamp of the file at a path; None if there is none."""
    try:
        return stamp_of(os.stat(path))
    except (OSError, ValueError):
        return None


class KnownFiles:
    """Where paths lead through symbolic links, for files that have not changed since."""

    MAX_ENTRIES: Final = 4096

    def __init__(self) -> None:
        self._entries: dict[tuple[str, tuple[str, ...]], tuple[Stamp, str]] = {}

    def target(
        self,
        absolute_path: str,
        directories: tuple[str, ...],
        stamp: Stamp,
        resolve: Callable[[], str],
    ) -> str:
        """The path's target. *resolve* finds it out, and raises if it is not allowed.

        It was allowed for this very file in this very state: a link that leads elsewhere now
        would have led to another stamp.
        """
        key = (absolute_path, directories)
        entry = self._entries.get(key)
        if entry is not None and entry[0] == stamp:
            return entry[1]
        target = resolve()
        if len(self._entries) >= self.MAX_ENTRIES:
            self._entries.clear()
        self._entries[key] = (stamp, target)
        return target


class ContentCache:
    """The content of small files that are asked for again and again.

    Bounded in bytes; what was read first is dropped first.
    """

    #: Larger files are read piece by piece, and left to the system's page cache.
    MAX_FILE_SIZE: Final = 64 * 1024
    MAX_TOTAL_SIZE: Final = 16 * 1024 * 1024

    def __init__(self) -> None:
        self._entries: dict[str, tuple[Stamp, bytes]] = {}
        self._total = 0
        self._lock = threading.Lock()

    def read(self, path: str, stamp: Stamp) -> bytes:
        """The content of a small file in the state of *stamp*.

        Raises:
            HTTPError: as :func:`~zonda.web.static.paths.open_regular`.
        """
        entry = self._entries.get(path)
        if entry is not None and entry[0] == stamp:
            return entry[1]
        descriptor = open_regular(path, stamp)
        try:
            content = os.read(descriptor, stamp[SIZE])
        finally:
            os.close(descriptor)
        if len(content) == stamp[SIZE] and is_settled(stamp):
            self._keep(path, stamp, content)
        return content

    def _keep(self, path: str, stamp: Stamp, content: bytes) -> None:
        with self._lock:
            self._drop(path)
            self._entries[path] = (stamp, content)
            self._total += len(content)
            while self._total > self.MAX_TOTAL_SIZE:
                self._drop(next(iter(self._entries)))

    def _drop(self, path: str) -> None:
        entry = self._entries.pop(path, None)
        if entry is not None:
            self._total -= len(entry[1])
