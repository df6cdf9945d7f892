"""Linux's notice of changed files, so that nobody has to look for them.

What is watched are directories: most editors do not write into a file but put a new one
in its place, and a watch on the file would go with the old one.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

__all__ = ["Inotify"]

# <sys/inotify.h>
_CLOEXEC = 0o2000000
_NONBLOCK = 0o4000
_ATTRIB = 0x004
_CLOSE_WRITE = 0x008
_MOVED_FROM = 0x040
_MOVED_TO = 0x080
_DELETE = 0x200
_ONLYDIR = 0x01000000
_CHANGES = _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _DELETE | _ONLYDIR
_QUEUE_OVERFLOW = 0x4000

_EVENT = struct.Struct("iIII")  # watch descriptor, mask, cookie, length of the name


class Inotify:
    """Tells which of some files may have changed.

    :raises OSError: the system has no inotify, or no instance left for this user.
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            init, self._add = libc.inotify_init1, libc.inotify_add_watch
        except AttributeError as error:
            raise OSError("this system has no inotify") from error
        self._fd: int = init(_CLOEXEC | _NONBLOCK)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self._directories: set[str] = set()
        self._names: set[bytes] = set()

    def fileno(self) -> int:
        """Readable when `read` has something to tell."""
        return self._fd

    def close(self) -> None:
        """Stop watching."""
        os.close(self._fd)

    def watch(self, paths: Iterable[str]) -> None:
        """Watch these files, and the files they link to.

        :raises OSError: the system allows no more watches.
        """
        for path in paths:
            for name in {path, os.path.realpath(path)}:
                directory, base = os.path.split(name)
                self._names.add(os.fsencode(base))
                if directory not in self._directories:
                    self._directories.add(directory)
                    self._watch_directory(directory)

    def _watch_directory(self, directory: str) -> None:
        if self._add(self._fd, os.fsencode(directory), _CHANGES) < 0 and os.path.isdir(directory):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), directory)

    def read(self) -> bool:
        """Take in what has happened; True if it may concern one of the files."""
        try:
            events = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return False
        concerned = False
        at = 0
        while at < len(events):
            _, mask, _, length = _EVENT.unpack_from(events, at)
            at += _EVENT.size + length
            name = events[at - length : at].rstrip(b"\0")
            if name in self._names or mask & _QUEUE_OVERFLOW:
                concerned = True
        return concerned
