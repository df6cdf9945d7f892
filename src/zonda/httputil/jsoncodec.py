"""JSON, with msgspec or orjson where one is installed: several times as fast.

The library gets what is plain (`zonda._kernel.is_plain`), of which it writes the same as the module
``json``; that module decides about the rest: NaN, subclasses, keys that are no texts. So what comes
out does not depend on what is installed, but for blanks, and letters beyond ASCII.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final

from zonda._kernel import is_plain
from zonda.escape import json_encode
from zonda.legacy import launched

__all__ = ["dumps", "dumps_for_html", "loads"]

#: What a library raises is not shown: the module ``json`` decides, and says what is wrong in its
#: words. Integers over 64 bits and halves of surrogate pairs are such cases.
_ANY: Final = Exception

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@cache
def _fast_encoder() -> Callable[[Any], bytes] | None:
    encode: Callable[[Any], bytes]
    try:
        module: Any = import_module("msgspec")
        encode = module.json.Encoder().encode
    except ImportError:
        try:
            encode = import_module("orjson").dumps
        except ImportError:
            return None
    return encode


@cache
def _fast_decoder() -> Callable[[bytes], Any] | None:
    try:
        # Not orjson: it makes floats of integers over 64 bits, and so changes them.
        module: Any = import_module("msgspec")
    except ImportError:
        return None
    decode: Callable[[bytes], Any] = module.json.Decoder().decode
    return decode


def dumps(value: Any) -> bytes:
    """Without blanks, in UTF-8.

    What the module ``json`` lacks is left to the library: dates, dataclasses and some more types.
    Beside these, numbers that are none are ``null``; elsewhere they are ``NaN`` and ``Infinity``.

    Raises:
        TypeError, ValueError: JSON has no such value.
    """
    encode = _fast_encoder()
    if encode is not None and is_plain(value):
        try:
            return encode(value)
        except _ANY:
            pass
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except TypeError:
        if encode is not None:
            try:
                return encode(value)
            except _ANY:
                pass
        raise


def dumps_for_html(value: Any) -> bytes:
    """What can also stand inside a ``<script>`` element: ``</`` is written ``<\\/``.

    It means what :func:`~zonda.escape.json_encode` says, and refuses what that refuses. Under the
    launcher, and where no library is installed, it is the same byte for byte; else without blanks,
    in UTF-8.
    """
    encode = _fast_encoder()
    if encode is not None and is_plain(value) and not launched():
        try:
            return encode(value).replace(b"</", b"<\\/")
        except _ANY:
            pass
    return json_encode(value).encode()


def loads(body: bytes) -> Any:
    """The value of a JSON text in UTF-8, UTF-16 or UTF-32. Raises ValueError if it is none."""
    decode = _fast_decoder()
    if decode is not None:
        try:
            return decode(body)
        except _ANY:
            pass
    return json.loads(body)
