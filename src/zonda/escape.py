"""Turning text into HTML, URLs, JSON and bytes, and back.

Functions that take text accept ``bytes`` too, read as UTF-8 unless said otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import Any, overload
from urllib.parse import quote, quote_plus

from zonda.util import unicode_type

__all__ = [
    "json_decode",
    "json_encode",
    "linkify",
    "native_str",
    "parse_qs_bytes",
    "recursive_unicode",
    "squeeze",
    "to_basestring",
    "to_unicode",
    "unichr",
    "unicode_type",
    "url_escape",
    "url_unescape",
    "utf8",
    "xhtml_escape",
    "xhtml_unescape",
]

#: Python 2's name for :func:`chr`, which programs of that time import from here.
unichr = chr


# --- bytes and text ---------------------------------------------------------------------


@overload
def utf8(value: bytes) -> bytes: ...
@overload
def utf8(value: str) -> bytes: ...
@overload
def utf8(value: None) -> None: ...
def utf8(value: str | bytes | None) -> bytes | None:
    """Encode text as UTF-8; ``bytes`` and None are returned as they are.

    Raises ``TypeError`` for anything else.
    """
    if isinstance(value, str):
        return value.encode()
    if value is None or isinstance(value, bytes):
        return value
    raise TypeError(f"expected str, bytes or None, not {type(value).__name__}")


@overload
def to_unicode(value: str) -> str: ...
@overload
def to_unicode(value: bytes) -> str: ...
@overload
def to_unicode(value: None) -> None: ...
def to_unicode(value: str | bytes | None) -> str | None:
    """Decode UTF-8 bytes to text; ``str`` and None are returned as they are.

    Raises ``TypeError`` for anything else and ``UnicodeDecodeError`` for bytes that
    are not UTF-8.
    """
    if isinstance(value, bytes):
        return value.decode()
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"expected str, bytes or None, not {type(value).__name__}")


#: Once the type of string that Python itself used; text is always ``str`` now.
native_str = to_unicode
to_basestring = to_unicode
_unicode = to_unicode


def recursive_unicode(obj: Any) -> Any:
    """Decode every ``bytes`` in a structure of dicts, lists and tuples.

    Dictionary keys are decoded as well; other objects are returned as they are.
    """
    if isinstance(obj, bytes):
        return obj.decode()
    if isinstance(obj, dict):
        return {recursive_unicode(key): recursive_unicode(item) for key, item in obj.items()}
    if isinstance(obj, list):
        return [recursive_unicode(item) for item in obj]
    if isinstance(obj, tuple):
        return tuple(recursive_unicode(item) for item in obj)
    return obj


_BLANKS = re.compile(r"[\x00-\x20]+")


def squeeze(value: str) -> str:
    """Make one space of every run of blanks and control characters; strip the ends."""
    return _BLANKS.sub(" ", value).strip()


# --- HTML -------------------------------------------------------------------------------


def xhtml_escape(value: str | bytes) -> str:
    """Make *value* safe as HTML or XML text and inside quoted attribute values.

    Escapes ``<``, ``>``, ``&``, ``"`` and ``'``.
    """
    text = str.__str__(value) if isinstance(value, str) else to_unicode(value)
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#x27;")
    )


def xhtml_unescape(value: str | bytes) -> str:
    """Replace character references by what they stand for, as an HTML5 parser does."""
    import html

    return html.unescape(to_unicode(value))


# --- JSON -------------------------------------------------------------------------------


def json_encode(value: Any) -> str:
    """Return *value* as JSON that can also stand inside a ``<script>`` element.

    The same as ``json.dumps``, except that ``</`` is written ``<\\/``: nothing in
    the data can end the element early.  Raises ``TypeError`` for what JSON lacks.
    """
    try:
        text = "".join(_encode_json(value, 0))
    except RecursionError:  # too deep, or circular, which json.dumps finds out
        text = json.dumps(value)
    return text.replace("</", "<\\/")


def _json_encoder() -> Callable[[Any, int], Iterable[str]]:
    """What ``json.dumps`` makes anew at every call, which takes longer than most encoding."""
    encoder = json.JSONEncoder(check_circular=False)
    make: Callable[..., Any] | None = getattr(json.encoder, "c_make_encoder", None)
    if make is not None:
        try:
            encode: Callable[[Any, int], Iterable[str]] = make(
                None, encoder.default, encode_basestring_ascii, None, ": ", ", ", False, False, True
            )
            return encode
        except TypeError:  # another Python's takes other arguments
            pass
    return lambda value, level: encoder.iterencode(value)


_encode_json = _json_encoder()


def json_decode(value: str | bytes) -> Any:
    """Return the Python value of a JSON text; raises ``ValueError`` when it is not JSON."""
    return json.loads(value)


# --- URLs -------------------------------------------------------------------------------


def url_escape(value: str | bytes, plus: bool = True) -> str:
    """Escape *value* as one piece of a URL (RFC 3986, section 2.1).

    With *plus* it is meant for a query string: a space becomes ``+`` and a slash
    ``%2F``.  Without, it is meant for a path: ``%20``, and slashes stay.
    """
    return quote_plus(utf8(value)) if plus else quote(utf8(value))


@overload
def url_unescape(value: str | bytes, encoding: None, plus: bool = True) -> bytes: ...
@overload
def url_unescape(value: str | bytes, encoding: str = "utf-8", plus: bool = True) -> str: ...
def url_unescape(
    value: str | bytes, encoding: str | None = "utf-8", plus: bool = True
) -> str | bytes:
    """Undo :func:`url_escape`; a percent sign without two hex digits stays as it is.

    With *plus* a ``+`` stands for a space, as in query strings and forms.  Bytes that
    the *encoding* does not know become U+FFFD; with None the result is ``bytes``.
    Takes time in proportion to the length, whatever *value* holds.
    """
    if encoding is None:
        data = utf8(value)
        return _unquote_to_bytes(data.replace(b"+", b" ") if plus else data)
    if isinstance(value, bytes):
        data = value.replace(b"+", b" ") if plus else value
        return _unquote_to_bytes(data).decode(encoding, "replace")
    if plus:
        value = value.replace("+", " ")
    if "%" not in value:
        return value
    if value.isascii():
        return _unquote_to_bytes(value.encode("ascii")).decode(encoding, "replace")

    def unquote(run: re.Match[str]) -> str:
        return _unquote_to_bytes(run[0].encode("ascii")).decode(encoding, "replace")

    # Only what is ASCII was percent-encoded; the rest is text already.
    return _ASCII_RUN.sub(unquote, value)


_ASCII_RUN = re.compile(r"[\x00-\x7f]+")
_STRAY_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_UNQUOTE_BLOCK = 16 * 1024


def _unquote_to_bytes(data: bytes) -> bytes:
    """Undo percent-encoding, in blocks so that memory stays small next to the data."""
    if b"%" not in data:
        return data
    if len(data) <= _UNQUOTE_BLOCK:
        return _unquote_block(data)
    output = bytearray()
    start = 0
    while start < len(data):
        end = start + _UNQUOTE_BLOCK
        if end < len(data):
            escape = data.rfind(b"%", end - 2, end)  # would be cut in two
            end = escape if escape >= 0 else end
        output += _unquote_block(data[start:end])
        start = end
    return bytes(output)


def _unquote_block(data: bytes) -> bytes:
    """Undo percent-encoding in a fixed number of passes over the data.

    Written as a Python string escape (``\\x41`` for ``%41``) the work is done by the
    ``unicode_escape`` codec: no objects, no Python code for each percent sign.
    """
    escapes = data.replace(b"\\", b"\\\\").replace(b"%", b"\\x")
    try:
        return escapes.decode("unicode_escape").encode("latin-1")
    except UnicodeDecodeError:  # a percent sign without two hex digits behind it
        return _unquote_block(_STRAY_PERCENT.sub(b"%25", data))


def parse_qs_bytes(
    qs: str | bytes,
    keep_blank_values: bool = False,
    strict_parsing: bool = False,
    *,
    max_num_fields: int | None = None,
) -> dict[str, list[bytes]]:
    """Parse a query string or an urlencoded form; values are ``bytes``.

    Names are decoded as Latin-1, which keeps every byte.  Fields with an empty value
    are dropped unless *keep_blank_values*.  Raises ``ValueError`` when there are more
    than *max_num_fields* fields, and with *strict_parsing* for a field without ``=``.
    """
    data = qs.encode("latin-1") if isinstance(qs, str) else qs
    result: dict[str, list[bytes]] = {}
    if not data:
        return result
    if max_num_fields is not None and data.count(b"&") >= max_num_fields:
        raise ValueError(f"there are more than {max_num_fields} fields (max_num_fields)")
    for field in data.replace(b"+", b" ").split(b"&"):
        name, equals, value = field.partition(b"=")
        if not equals and strict_parsing:
            raise ValueError(f"the query field {field!r} has no '='")
        if value or (keep_blank_values and field):
            key = (_unquote_to_bytes(name) if b"%" in name else name).decode("latin-1")
            if b"%" in value:
                value = _unquote_to_bytes(value)
            if key in result:
                result[key].append(value)
            else:
                result[key] = [value]
    return result


# --- links ------------------------------------------------------------------------------

# A word that may be a scheme is taken whole, so that text without links is scanned once.
# In escaped text an ampersand or quotation mark can only stand as an entity; parentheses
# belong to an address when they are paired.
_ADDRESS = r"(?:[^\s&()]|&amp;|&quot;|\((?:[^\s&()]|&amp;|&quot;)*\))*+"
_LINK = (
    rf"(?<![\w-])(?P<dashes>-*+)(?P<scheme>\w[\w-]*+)(?P<slashes>:/{{1,3}})(?P<rest>{_ADDRESS})"
    rf"|\bwww\.{_ADDRESS}"
)


@cache
def _link_pattern() -> re.Pattern[str]:
    # Compiled when first needed: it takes long, and few programs make links.
    return re.compile(_LINK)


_NOT_AT_THE_END = frozenset("!\"#$%&'*+,.:;<=>?@[]^`{|}~")

#: Links longer than this are shortened; a host name may take half as much again.
_SHORT_LINK = 30


def linkify(
    text: str | bytes,
    shorten: bool = False,
    extra_params: str | Callable[[str], str] = "",
    require_protocol: bool = False,
    permitted_protocols: list[str] = ["http", "https"],  # noqa: B006 - only read
) -> str:
    """Escape plain *text* as HTML and make links of the URLs in it.

    ``shorten``
        Long URLs are shown shortened, with the whole in the ``title``.
    ``extra_params``
        Attributes for the ``<a>`` element as text, ``'rel="nofollow"'``, or a function
        that is given the address and returns such text.
    ``require_protocol``
        Without a scheme (``www.example.com``) there is no link.
    ``permitted_protocols``
        Only these schemes are linked.  ``javascript`` should never be one of them.
    """

    def link(match: re.Match[str]) -> str:
        dashes, scheme = match["dashes"] or "", match["scheme"]
        if scheme is None and require_protocol:
            return match[0]
        if scheme is not None and scheme not in permitted_protocols:
            return match[0]
        address, behind = _split_address(match[0][len(dashes) :])
        prefix = len(scheme) + len(match["slashes"]) if scheme else len("www.")
        if len(address) <= prefix:
            return match[0]
        return dashes + _anchor(address, prefix if scheme else 0, shorten, extra_params) + behind

    return _link_pattern().sub(link, xhtml_escape(text))


def _split_address(address: str) -> tuple[str, str]:
    """Cut off the punctuation that ends the sentence rather than the address."""
    end = len(address)
    while end:
        if address.endswith(("&amp;", "&quot;"), 0, end):
            end = address.rindex("&", 0, end)
        elif address[end - 1] in _NOT_AT_THE_END:
            end -= 1
        else:
            break
    return address[:end], address[end:]


def _anchor(
    address: str, prefix: int, shorten: bool, extra_params: str | Callable[[str], str]
) -> str:
    """Return the ``<a>`` element; *prefix* is the length of the scheme and slashes."""
    href = address if prefix else "http://" + address
    params = extra_params(href) if callable(extra_params) else extra_params
    if params:
        params = " " + params.strip()
    shown = address
    if shorten and len(address) > _SHORT_LINK:
        shown = _shortened(address, prefix)
        if shown != address:
            params += f' title="{href}"'
    return f'<a href="{href}"{params}>{shown}</a>'


def _shortened(address: str, prefix: int) -> str:
    """Keep host and the beginning of the first path segment, at most; never half an entity."""
    host, slash, path = address[prefix:].partition("/")
    short = address[:prefix] + host
    if slash:
        short += slash + re.split(r"[/?.]", path[:8], maxsplit=1)[0]
    if len(short) > _SHORT_LINK * 1.5:
        short = short[:_SHORT_LINK]
    if len(short) < len(address):
        entity = short.rfind("&")
        if entity >= 0 and ";" not in short[entity:]:
            short = short[:entity]
    short += "..."
    return short if len(short) < len(address) else address
