"""`Sources`: the files that a program consists of, and whether one has changed."""

from __future__ import annotations

import os
import sys
from types import ModuleType

__all__ = ["Sources"]


class Sources:
    """The files of all imported modules, and those that were added by name.

    A file counts as changed when its time of modification differs from the one it had when
    it was first seen here, or when it goes or comes.
    """

    def __init__(self) -> None:
        self._times: dict[str, float | None] = {}
        self._modules = 0

    def add(self, filename: str) -> None:
        """Watch a file, whether it exists or not."""
        path = os.path.abspath(filename)
        if path not in self._times:
            self._times[path] = _modified(path)

    def add_modules(self) -> bool:
        """Watch the files of what has been imported since; True if there is anything new."""
        if len(sys.modules) == self._modules:
            return False
        self._modules = len(sys.modules)
        before = len(self._times)
        for module in list(sys.modules.values()):
            path = _source(module)
            if path is not None:
                self.add(path)
        return len(self._times) != before

    def paths(self) -> list[str]:
        """All files watched."""
        return list(self._times)

    def changed(self) -> str | None:
        """A file that has changed, or None."""
        for path, time in self._times.items():
            if _modified(path) != time:
                return path
        return None


def _modified(path: str) -> float | None:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return None


def _source(module: object) -> str | None:
    """The file of a module; None for what is built in, compiled or no module at all."""
    if not isinstance(module, ModuleType):
        return None
    # Not by getattr: it would wake up modules that import their contents lazily.
    path = module.__dict__.get("__file__")
    if not isinstance(path, str):
        return None
    if path.endswith((".pyc", ".pyo")):
        path = path[:-1]
    return path if os.path.isfile(path) else None
