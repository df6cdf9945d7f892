"""How request bodies are parsed: the limits of forms.

Plain classes that behave as dataclasses do, in ``dataclasses.replace`` and the like too.
They are not made by that module because importing it takes longer than all of
`zonda.httputil`, and few programs ever change these limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = ["ParseBodyConfig", "ParseMultipartConfig", "ParseUrlEncodedConfig"]


class _Fields:
    """The ``__dataclass_fields__`` of a class, made when somebody asks for them."""

    def __get__(self, instance: object, owner: type[Any]) -> dict[str, Field[Any]]:
        from dataclasses import dataclass

        # It replaces this descriptor by the fields themselves.
        dataclass(init=False, repr=False, eq=False)(owner)
        fields: dict[str, Field[Any]] = owner.__dict__["__dataclass_fields__"]
        return fields


_FIELDS: Any = _Fields()


class _Config:
    """What such classes have in common."""

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({values})"

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented


class ParseMultipartConfig(_Config):
    """How multipart/form-data bodies are parsed."""

    enabled: bool
    """If false, every such body is refused with `HTTPInputError`."""

    max_parts: int
    """Parts in one body, fields and files together."""

    max_part_header_size: int
    """Bytes in the header of one part."""

    __dataclass_fields__ = _FIELDS

    def __init__(
        self, enabled: bool = True, max_parts: int = 100, max_part_header_size: int = 10 * 1024
    ) -> None:
        self.enabled = enabled
        self.max_parts = max_parts
        self.max_part_header_size = max_part_header_size


class ParseUrlEncodedConfig(_Config):
    """How application/x-www-form-urlencoded bodies, and queries, are parsed."""

    max_arguments: int
    """Arguments in one body, and in the query of one URL."""

    __dataclass_fields__ = _FIELDS

    def __init__(self, max_arguments: int = 1000) -> None:
        self.max_arguments = max_arguments


class ParseBodyConfig(_Config):
    """How request bodies are parsed: both kinds, each with its defaults unless given."""

    multipart: ParseMultipartConfig
    urlencoded: ParseUrlEncodedConfig

    __dataclass_fields__ = _FIELDS

    def __init__(
        self,
        multipart: ParseMultipartConfig | None = None,
        urlencoded: ParseUrlEncodedConfig | None = None,
    ) -> None:
        self.multipart = ParseMultipartConfig() if multipart is None else multipart
        self.urlencoded = ParseUrlEncodedConfig() if urlencoded is None else urlencoded
