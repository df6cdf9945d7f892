"""Which file a path of a URL may mean.

The checks, in this order: the path as written lies inside the root; on Windows it holds no
name with a second meaning there; the file that it leads to through symbolic links lies inside
an allowed directory; it is a regular file. Devices and FIFOs are never opened: some never
end, some wait for ever, and opening alone may have effects.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

from zonda.web.errors import HTTPError

__all__ = [
    "CHANGED",
    "MODIFIED",
    "SIZE",
    "Stamp",
    "allowed_target",
    "check_in_root",
    "check_regular",
    "has_windows_trap",
    "open_regular",
    "stamp_of",
    "stat_file",
]

#: Identifies a file in one state: device, inode, size, times of change in nanoseconds.
Stamp = tuple[int, int, int, int, int]
SIZE: Final = 2
MODIFIED: Final = 3
CHANGED: Final = 4

_OPEN_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    # Should a FIFO have taken the file's place since it was looked at.
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)

# What Windows reads differently from how it is written: "file.txt:stream" and "c:file", names
# of devices whatever their extension, dots and blanks at the end, which it drops, and short
# names of long ones ("PROGRA~1"), which would be a second URL for the same file.
_WINDOWS_TRAP: Final = r"""
      [:*?"<>|\x00-\x1f]
    | (?:^|[\\/])(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])[ ]*(?:[.\\/]|$)
    | [. ](?:[\\/]|$)
    | ~[0-9]+(?:[.\\/]|$)
    """


@cache
def _windows_trap() -> re.Pattern[str]:
    # Compiled when first needed, which on most systems is never: it takes long.
    return re.compile(_WINDOWS_TRAP, re.IGNORECASE | re.VERBOSE)


def has_windows_trap(path: str) -> bool:
    """Whether Windows would take a relative path for something else than it seems to be."""
    return _windows_trap().search(path) is not None


@lru_cache(maxsize=256)
def _normal_absolute(root: str) -> str:
    return os.path.join(os.path.abspath(root), "")


def _normal(root: str) -> str:
    """The root in normal form, with a separator at its end."""
    # A relative one depends on the working directory, which may change.
    if os.path.isabs(root):
        return _normal_absolute(root)
    return os.path.join(os.path.abspath(root), "")


def check_in_root(root: str, absolute_path: str, path: str) -> None:
    """Make sure that a path, as written, lies inside the root.

    Args:
        path: as it was asked for, to be named in the error.

    Raises:
        HTTPError: 403.
    """
    root = _normal(root)
    # A root that is a file is served as the empty path below it.
    if not (absolute_path + os.sep).startswith(root):
        raise HTTPError(403, "%s is not in root static directory", path)
    if os.name == "nt" and has_windows_trap(absolute_path[len(root) :]):
        raise HTTPError(403, "%s has a second meaning on Windows", path)


def stat_file(absolute_path: str) -> os.stat_result:
    """Look at what a path leads to.

    Raises:
        HTTPError: 404, nothing.
    """
    try:
        return os.stat(absolute_path)
    except (OSError, ValueError):  # ValueError: a NUL, or what cannot be encoded
        raise HTTPError(404) from None


def check_regular(status: os.stat_result, path: str) -> None:
    """Make sure that it is a regular file.

    Raises:
        HTTPError: 403.
    """
    if not stat.S_ISREG(status.st_mode):
        raise HTTPError(403, "%s is not a file", path)


def allowed_target(absolute_path: str, directories: Sequence[str], path: str) -> str:
    """Follow symbolic links; the path of what they lead to.

    Raises:
        HTTPError: 403, that is inside none of the directories.
    """
    try:
        target = os.path.realpath(absolute_path)
    except (OSError, ValueError):  # a NUL, on Python 3.11 and 3.12
        raise HTTPError(404) from None
    for directory in directories:
        if (target + os.sep).startswith(os.path.join(os.path.realpath(directory), "")):
            return target
    raise HTTPError(403, "%s is not in root static directory once links are followed", path)


def stamp_of(status: os.stat_result) -> Stamp:
    """What changes whenever a file changes, is replaced, or moves."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def open_regular(absolute_path: str, expected: Stamp | None = None) -> int:
    """Open a file for reading; returns the descriptor, which the caller closes.

    Args:
        expected: of the file that was looked at before; another one is not opened.

    Raises:
        HTTPError: 404, it cannot be opened; 403, it is no regular file; 503, it has been
            replaced by another since it was looked at.
    """
    try:
        descriptor = os.open(absolute_path, _OPEN_FLAGS)
    except (OSError, ValueError):
        raise HTTPError(404) from None
    try:
        status = os.fstat(descriptor)
        check_regular(status, absolute_path)
        if expected is not None and stamp_of(status) != expected:
            raise HTTPError(503, "%s has just been replaced", absolute_path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
