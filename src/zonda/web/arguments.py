"""How a handler reads the arguments of its request: path, query and form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar, overload

from zonda.escape import to_unicode
from zonda.web.errors import HTTPError, MissingArgumentError
from zonda.web.frame import HandlerFrame

if TYPE_CHECKING:
    from zonda.web.handler import RequestHandler

__all__ = ["ArgumentsMixin", "decode_path_arguments"]

T = TypeVar("T")


class _Required:
    """The default of arguments that must be there."""

    def __repr__(self) -> str:
        return "<required>"


_REQUIRED: Final = _Required()

# Control characters but the blanks among them; nobody types these, attackers do.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")

_Arguments = Mapping[str, Sequence[bytes]]


class ArgumentsMixin(HandlerFrame):
    """Reading arguments. Values are text, decoded by :meth:`decode_argument`.

    Of an argument that came more than once the singular methods give the last value, the
    plural ones all. Body arguments are those of forms, ``application/x-www-form-urlencoded``
    or ``multipart/form-data``; other bodies are in ``request.body``.
    """

    @overload
    def get_argument(self, name: str, default: str, strip: bool = True) -> str: ...
    @overload
    def get_argument(
        self, name: str, default: _Required = _REQUIRED, strip: bool = True
    ) -> str: ...
    @overload
    def get_argument(self, name: str, default: T, strip: bool = True) -> str | T: ...
    def get_argument(self, name: str, default: object = _REQUIRED, strip: bool = True) -> object:
        """The argument called *name*, from the body or the query; the body's comes first.

        Args:
            default: returned as it is if there is no such argument.
            strip: remove blanks around the value. Control characters become spaces anyway.

        Raises:
            MissingArgumentError: there is none and no default is given; answered with 400.
            HTTPError: 400, the value is not UTF-8.
        """
        return self._get_argument(name, default, self.request.arguments, strip)

    def get_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of the argument *name*: the query's, then the body's. See `get_argument`.

        Raises:
            TypeError: *strip* is no bool; most likely it was meant as a default, which this
                method does not take.
        """
        if not isinstance(strip, bool):
            raise TypeError(
                f"strip must be True or False, not {strip!r}; get_arguments takes no default"
            )
        return self._get_arguments(name, self.request.arguments, strip)

    @overload
    def get_query_argument(self, name: str, default: str, strip: bool = True) -> str: ...
    @overload
    def get_query_argument(
        self, name: str, default: _Required = _REQUIRED, strip: bool = True
    ) -> str: ...
    @overload
    def get_query_argument(self, name: str, default: T, strip: bool = True) -> str | T: ...
    def get_query_argument(
        self, name: str, default: object = _REQUIRED, strip: bool = True
    ) -> object:
        """The argument called *name* from the query. See :meth:`get_argument`."""
        return self._get_argument(name, default, self.request.query_arguments, strip)

    def get_query_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of the argument *name* in the query. See :meth:`get_arguments`."""
        return self._get_arguments(name, self.request.query_arguments, strip)

    @overload
    def get_body_argument(self, name: str, default: str, strip: bool = True) -> str: ...
    @overload
    def get_body_argument(
        self, name: str, default: _Required = _REQUIRED, strip: bool = True
    ) -> str: ...
    @overload
    def get_body_argument(self, name: str, default: T, strip: bool = True) -> str | T: ...
    def get_body_argument(
        self, name: str, default: object = _REQUIRED, strip: bool = True
    ) -> object:
        """The argument called *name* from the body. See :meth:`get_argument`."""
        return self._get_argument(name, default, self.request.body_arguments, strip)

    def get_body_arguments(self, name: str, strip: bool = True) -> list[str]:
        """All values of the argument *name* in the body. See :meth:`get_arguments`."""
        return self._get_arguments(name, self.request.body_arguments, strip)

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Make text of an argument: of the query, the body, or the path.

        By default it is UTF-8. Override this to take other encodings, or ``bytes`` as they
        came. Percent-encoding is undone already.

        Args:
            name: the argument's name; None for unnamed groups of the URL pattern.

        Raises:
            HTTPError: 400, it is not UTF-8.
        """
        try:
            return value.decode() if type(value) is bytes else to_unicode(value)
        except UnicodeDecodeError as error:
            # Not the value: it may be a password.
            where = name or "url"
            raise HTTPError(
                400,
                "Invalid unicode in %s: byte 0x%02x at %d",
                where,
                value[error.start],
                error.start,
            ) from None

    def _get_argument(
        self, name: str, default: object, source: _Arguments, strip: bool = True
    ) -> object:
        values = source.get(name)
        if values:
            if len(values) == 1:
                return self._argument(values[0], name, strip)
            # Every value is decoded: a malformed one must not hide behind a good one.
            return [self._argument(value, name, strip) for value in values][-1]
        if default is _REQUIRED:
            raise MissingArgumentError(name)
        return default

    def _get_arguments(self, name: str, source: _Arguments, strip: bool = True) -> list[str]:
        return [self._argument(value, name, strip) for value in source.get(name, ())]

    def _argument(self, value: bytes, name: str, strip: bool) -> str:
        text = self.decode_argument(value, name=name)
        if isinstance(text, str):  # an override may leave it as bytes
            if not text.isprintable():
                text = _CONTROL.sub(" ", text)
            if strip:
                text = text.strip()
        return text


def decode_path_arguments(
    handler: RequestHandler,
    args: Sequence[bytes | None],
    kwargs: Mapping[str, bytes | None],
) -> tuple[list[str | None], dict[str, str | None]]:
    """Decode the groups of a URL pattern by the handler's ``decode_argument``.

    A group that took no part in the match is None and stays so.

    Raises:
        HTTPError: 400, from ``decode_argument``.
    """
    decode = handler.decode_argument
    if not kwargs:
        return [None if arg is None else decode(arg) for arg in args], {}
    return (
        [None if arg is None else decode(arg) for arg in args],
        {name: None if arg is None else decode(arg, name) for name, arg in kwargs.items()},
    )
