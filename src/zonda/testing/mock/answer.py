"""What a mocked server says, or how it fails."""

from __future__ import annotations

import math
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

from zonda.escape import utf8
from zonda.httputil import HTTPHeaders

__all__ = ["MockAnswer"]

Fields = Mapping[str, Any] | Iterable[tuple[str, str]]


@dataclass(frozen=True)
class MockAnswer:
    """One answer to a request.

    :param status: of the response.
    :param headers: fields, as a mapping (a list of values repeats the field) or as pairs.
    :param body: content; str is sent as UTF-8.
    :param json: content, instead of ``body``; the type is ``application/json``.
    :param chunks: content piece by piece, from an iterable or asynchronous iterable, instead
        of ``body``; it is sent chunked. A list can be given more than once, a generator not.
    :param reason: reason phrase, by default the usual one.
    :param delay: seconds before the response begins, by the loop's time; `math.inf`: there is
        none, the client's own limits end it.
    :param error: an exception that the fetch raises, instead of a response, or after so much
        of it as ``body``, ``json`` or ``chunks`` hold.
    :param timeout: the fetch ends as if its ``request_timeout`` had passed, but at once.
    :param raw: bytes that stand for the whole response, however broken. The connection is
        closed after them.
    :raises ValueError: the arguments do not go together.
    :raises HTTPInputError: a field cannot be sent; ``raw`` can.
    """

    status: int = 200
    headers: Fields = ()
    body: bytes | str | None = None
    _: KW_ONLY
    json: Any = None
    chunks: Iterable[bytes] | AsyncIterable[bytes] | None = None
    reason: str | None = None
    delay: float = 0.0
    error: BaseException | None = None
    timeout: bool = False
    raw: bytes | None = None

    def __post_init__(self) -> None:
        contents = (self.body, self.json, self.chunks, self.raw)
        if sum(content is not None for content in contents) > 1:
            raise ValueError("an answer has one of body, json, chunks and raw")
        if self.timeout and self.error is not None:
            raise ValueError("an answer is a timeout or another error")
        if self.delay < 0 or math.isnan(self.delay):
            raise ValueError(f"no answer is given {-self.delay} seconds before its request")
        self.fields  # noqa: B018 -- complains about what cannot be sent

    @property
    def content(self) -> bytes | None:
        """The content, if it comes in one piece; None if the answer has none."""
        if self.json is not None:
            import json

            return json.dumps(self.json).encode("ascii")
        return None if self.body is None else utf8(self.body)

    @property
    def fields(self) -> HTTPHeaders:
        """The header fields, ``Content-Type`` of JSON included."""
        pairs = self.headers.items() if isinstance(self.headers, Mapping) else self.headers
        headers = HTTPHeaders()
        for name, value in pairs:
            for one in value if isinstance(value, list | tuple) else (value,):
                headers.add(name, one)
        if self.json is not None and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        return headers
