"""Pieces of URLs and credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, AnyStr
from urllib.parse import parse_qsl, urlencode, urlparse, urlunparse

from zonda.escape import utf8

__all__ = ["encode_username_password", "qs_to_qsl", "split_host_and_port", "url_concat"]

_host_and_port = re.compile(r"(.+):([0-9]+)").fullmatch


def url_concat(url: str, args: Mapping[str, Any] | Sequence[tuple[str, Any]] | None) -> str:
    """Add arguments to the query of `url`, before its fragment.

    `args` is a dictionary, or a list or tuple of pairs (which may repeat a name); None gives
    `url` back untouched. Raises `TypeError` for anything else.

    >>> url_concat("http://example.com/foo", dict(c="d"))
    'http://example.com/foo?c=d'
    >>> url_concat("http://example.com/foo?a=b#top", [("c", "d"), ("c", "d2")])
    'http://example.com/foo?a=b&c=d&c=d2#top'
    """
    if args is None:
        return url
    if not isinstance(args, (dict, list, tuple)):
        raise TypeError(f"args must be a dict, or a list or tuple of pairs, not {type(args)}")
    parsed = urlparse(url)
    query = parse_qsl(parsed.query, keep_blank_values=True)
    query.extend(args.items() if isinstance(args, dict) else args)
    return urlunparse(parsed._replace(query=urlencode(query)))


def qs_to_qsl(qs: Mapping[str, Iterable[AnyStr]]) -> Iterable[tuple[str, AnyStr]]:
    """Turn what `urllib.parse.parse_qs` gives into what `parse_qsl` gives.

    >>> list(qs_to_qsl({"a": ["1", "2"]}))
    [('a', '1'), ('a', '2')]
    """
    for name, values in qs.items():
        for value in values:
            yield name, value


def split_host_and_port(netloc: str) -> tuple[str, int | None]:
    """Split ``host:port``; the port is None if there is none.

    The brackets of an IPv6 literal stay.

    >>> split_host_and_port("[::1]:8888")
    ('[::1]', 8888)
    """
    match = _host_and_port(netloc)
    return (match[1], int(match[2])) if match else (netloc, None)


def encode_username_password(username: str | bytes, password: str | bytes) -> bytes:
    """Join credentials for Basic authentication (RFC 7617); the result is not yet base64.

    Text is normalised to NFC and encoded as UTF-8; bytes are taken as they are.
    """
    return _credential(username) + b":" + _credential(password)


def _credential(value: str | bytes) -> bytes:
    if isinstance(value, str):
        from unicodedata import normalize

        value = normalize("NFC", value)
    return utf8(value)
