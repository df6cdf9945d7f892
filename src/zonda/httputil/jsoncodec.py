"""JSON, with msgspec where it is installed: several times as fast.

What the library at home can do has the same result; msgspec also writes dates, sets, dataclasses
and some more types.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple

__all__ = ["dumps", "loads"]

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class _Fast(NamedTuple):
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    error: type[Exception]


@cache
def _fast() -> _Fast | None:
    try:
        # Not orjson: it makes floats of integers over 64 bits, and so changes them.
        module: Any = import_module("msgspec")
    except ImportError:
        return None
    codec = module.json
    return _Fast(codec.Encoder().encode, codec.Decoder().decode, module.MsgspecError)


def dumps(value: Any) -> bytes:
    """UTF-8. Raises TypeError or ValueError for what JSON lacks."""
    fast = _fast()
    if fast is not None:
        try:
            body = fast.encode(value)
        except (fast.error, TypeError, ValueError, RecursionError):
            pass  # the library at home decides, and says what is wrong in its words
        else:
            if b"null" not in body:  # which may have been a float that is no number
                return body
    return _ENCODER.encode(value).encode("utf-8")


def loads(body: bytes) -> Any:
    """The value of a JSON text in UTF-8, UTF-16 or UTF-32. Raises ValueError if it is none."""
    fast = _fast()
    if fast is not None:
        try:
            return fast.decode(body)
        except (fast.error, ValueError, RecursionError):
            pass
    return json.loads(body)
