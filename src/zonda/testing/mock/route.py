"""Which requests get which answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qsl, urlsplit

from zonda.httputil import HTTPServerRequest
from zonda.simple_httpclient.target import parse_url
from zonda.testing.mock.answer import MockAnswer

__all__ = ["MockRoute", "URLPattern"]

#: What a route can be given for its URLs; see `MockHTTP.route`.
URLPattern = str | re.Pattern[str] | None
#: A function of the request that gives the answer.
Answerer = Callable[[HTTPServerRequest], MockAnswer | Awaitable[MockAnswer]]
Condition = Callable[[HTTPServerRequest], object]


class MockRoute:
    """Requests that are alike, and what they are answered with. `MockHTTP.route` makes it.

    ``calls`` are the requests that came, each an `HTTPServerRequest`.
    """

    def __init__(
        self,
        method: str | None,
        url: URLPattern,
        answers: Sequence[MockAnswer] | Answerer,
        *,
        where: Condition | None = None,
        times: int | None = None,
    ) -> None:
        self.method = method
        self.url = url
        self.calls: list[HTTPServerRequest] = []
        self.times = times
        self._answers = answers
        self._where = where
        self._same_url = _url_matcher(url)

    @property
    def spent(self) -> bool:
        """Whether it has answered as many requests as it may."""
        return self.times is not None and len(self.calls) >= self.times

    @property
    def missing(self) -> int:
        """How many more requests were expected: one at least, or as many as ``times`` says."""
        return max((1 if self.times is None else self.times) - len(self.calls), 0)

    def matches(self, request: HTTPServerRequest, url: str) -> bool:
        """Whether a request, for the whole URL ``url``, is one of this route's."""
        return (
            not self.spent
            and (self.method is None or self.method == request.method)
            and self._same_url(url)
            and (self._where is None or bool(self._where(request)))
        )

    def take(self, request: HTTPServerRequest) -> MockAnswer | Awaitable[MockAnswer]:
        """Note a request, and give its answer: the next one, or the last one again."""
        self.calls.append(request)
        if callable(self._answers):
            return self._answers(request)
        return self._answers[min(len(self.calls), len(self._answers)) - 1]

    def __repr__(self) -> str:
        url = self.url.pattern if isinstance(self.url, re.Pattern) else self.url
        limit = "" if self.times is None else f", {len(self.calls)} of {self.times} times"
        return f"<{self.method or 'any method'} {url or 'any URL'}{limit}>"


def _url_matcher(pattern: URLPattern) -> Callable[[str], bool]:
    """A function that compares a whole URL with what a route was given."""
    if pattern is None:
        return lambda url: True
    if isinstance(pattern, re.Pattern):
        expression = pattern
        return lambda url: expression.fullmatch(url) is not None
    if "*" in pattern:
        return _wildcard_matcher(pattern)
    if pattern.startswith("/"):
        wanted = _location(pattern, "?" in pattern)
        return lambda url: _location(_path_of(url), "?" in pattern) == wanted
    target = parse_url(pattern)
    place = target.origin, _location(target.path, "?" in pattern)

    def same(url: str) -> bool:
        asked = parse_url(url)
        return (asked.origin, _location(asked.path, "?" in pattern)) == place

    return same


def _wildcard_matcher(pattern: str) -> Callable[[str], bool]:
    expression = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)

    def same(url: str) -> bool:
        subject = _path_of(url) if pattern.startswith("/") else url
        if "?" not in pattern:
            subject = subject.partition("?")[0]
        return expression.fullmatch(subject) is not None

    return same


def _path_of(url: str) -> str:
    return parse_url(url).path


def _location(path: str, with_query: bool) -> tuple[str, list[tuple[str, str]]]:
    """A path and, if it counts, what its query says in whatever order."""
    parts = urlsplit(f"//x{path}")
    return parts.path, sorted(parse_qsl(parts.query, True)) if with_query else []
