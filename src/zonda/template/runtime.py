"""What compiled templates call while they are rendered."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from zonda import escape

#: Types whose text is digits and letters only, so that there is nothing to escape.
_PLAIN = frozenset({int, float, bool, type(None)})


def escape_text(value: Any) -> str:
    """Return *value* as text, escaped for HTML: ``xhtml_escape`` without a second look.

    Called for every expression of every template, hence one function and no calls.
    """
    if value.__class__ is not str:
        if value.__class__ in _PLAIN:
            return str(value)
        if isinstance(value, bytes):
            value = value.decode()
        elif isinstance(value, str):
            value = str.__str__(value)  # the characters, whatever a subclass makes of them
        else:
            value = str(value)
    text: str = value
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "'" in text:
        text = text.replace("'", "&#x27;")
    return text


def plain_text(value: object) -> str | bytes:
    """Return *value* as text; bytes that are not UTF-8 stay bytes."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return str(value)


def escape_by(function: Callable[[bytes], Any], value: object) -> str | bytes:
    """Return *value* escaped by a function of the program's own, which is given UTF-8."""
    return applied(function(escape.utf8(plain_text(value))))


def applied(result: object) -> str | bytes:
    """Return what an escaping or ``{% apply %}`` function made, if it is text.

    Raises ``TypeError`` if it is not.
    """
    if isinstance(result, (str, bytes)):
        return plain_text(result)
    raise TypeError(
        f"functions for {{% apply %}} and autoescape return str or bytes,"
        f" not {type(result).__name__}"
    )


def join(chunks: Sequence[str | bytes]) -> bytes:
    """Return the output as UTF-8."""
    try:
        return "".join(chunks).encode()  # type: ignore[arg-type]
    except TypeError:  # bytes that are not UTF-8 are among them
        return b"".join([escape.utf8(chunk) for chunk in chunks])


#: What every template can use.
NAMESPACE: dict[str, Any] = {
    "datetime": datetime,
    "escape": escape.xhtml_escape,
    "json_encode": escape.json_encode,
    "linkify": escape.linkify,
    "squeeze": escape.squeeze,
    "url_escape": escape.url_escape,
    "xhtml_escape": escape.xhtml_escape,
    "_tt_applied": applied,
    "_tt_escape": escape_text,
    "_tt_escape_by": escape_by,
    "_tt_join": join,
    "_tt_string_types": (str, bytes),
    "_tt_text": plain_text,
    "_tt_utf8": escape.utf8,
}
