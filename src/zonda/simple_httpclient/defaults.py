"""The defaults of a client, which may be changed at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Defaults"]


class Defaults(dict[str, Any]):
    """A dictionary that tells when it is changed.

    What requests are planned by would otherwise have to be compared for each of them.

    Args:
        values: what it holds at first.
        changed: called after each change.
    """

    __slots__ = ("_changed",)

    def __init__(self, values: Mapping[str, Any], changed: Callable[[], object]) -> None:
        super().__init__(values)
        self._changed = changed

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy belongs to nobody, and has nobody to tell."""
        return dict, (dict(self),)


def _telling(name: str) -> Callable[..., Any]:
    """The method of ``dict`` of that name, for :class:`Defaults`."""
    change = getattr(dict, name)

    def method(self: Defaults, *args: Any, **kwargs: Any) -> Any:
        try:
            return change(self, *args, **kwargs)
        finally:
            self._changed()

    method.__name__, method.__doc__ = name, change.__doc__
    return method


for _name in (
    "__delitem__",
    "__ior__",
    "__setitem__",
    "clear",
    "pop",
    "popitem",
    "setdefault",
    "update",
):
    setattr(Defaults, _name, _telling(_name))
