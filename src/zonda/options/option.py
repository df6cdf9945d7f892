"""One option: its definition and its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zonda.options.errors import Error, InvalidValue
from zonda.options.values import parse_many, parse_one

_UNSET = object()


class Option:
    """An option, as ``define`` describes it."""

    def __init__(
        self,
        name: str,
        default: Any = None,
        type: type | None = None,
        help: str | None = None,
        metavar: str | None = None,
        multiple: bool = False,
        group_name: str = "",
        callback: Callable[[Any], None] | None = None,
    ) -> None:
        if default is None and multiple:
            default = []
        if type is None:
            type = default.__class__ if default is not None and not multiple else str
        self.name = name
        self.type = type
        self.help = help
        self.metavar = metavar
        self.multiple = multiple
        #: Heading under which ``--help`` lists it: a group, or the file that defines it.
        self.group_name = group_name
        self.callback = callback
        self.default = default
        self._value: Any = _UNSET

    def value(self) -> Any:
        """Return the value that was set, otherwise the default."""
        return self.default if self._value is _UNSET else self._value

    def parse(self, text: str) -> Any:
        """Set the value from text and return it; raises :class:`Error` if it cannot."""
        try:
            value = (parse_many if self.multiple else parse_one)(self.type, text)
        except ValueError as error:
            message = f"Option {self.name!r} cannot be {text!r}: {error}"
            raise InvalidValue(message) from error
        self._store(value)
        return value

    def set(self, value: Any) -> None:
        """Set the value; raises :class:`Error` if it is of another type.

        None is a value for every option.
        """
        kind = self.type.__name__
        if self.multiple:
            if not isinstance(value, list) or not all(map(self._accepts, value)):
                raise Error(f"Option {self.name!r} takes a list of {kind}, not {value!r}")
        elif not self._accepts(value):
            raise Error(f"Option {self.name!r} takes {kind}, not {value!r}")
        self._store(value)

    def _accepts(self, value: Any) -> bool:
        return value is None or isinstance(value, self.type)

    def _store(self, value: Any) -> None:
        self._value = value
        if self.callback is not None:
            self.callback(value)
