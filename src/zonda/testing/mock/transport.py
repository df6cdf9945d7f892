"""`MockHTTP`: routes, the requests that came, and what answers them."""

from __future__ import annotations

import functools
import inspect
import re
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from zonda.httputil import HTTPServerRequest
from zonda.simple_httpclient.target import parse_url
from zonda.testing.memory import MemoryServer, ServerEnd
from zonda.testing.mock.answer import MockAnswer
from zonda.testing.mock.replying import fail, reply
from zonda.testing.mock.route import Answerer, Condition, MockRoute, URLPattern

if TYPE_CHECKING:
    from zonda.simple_httpclient.target import Origin
    from zonda.testing.mock.client import MockHTTPClient

__all__ = ["MockHTTP", "UnmatchedRequest"]


class UnmatchedRequest(AssertionError):
    """A request was made for which there is no route. The fetch raises it."""


class MockHTTP:
    """Answers the requests of `MockHTTPClient` by routes that a test declares.

    ``get``, ``head``, ``post``, ``put``, ``patch``, ``delete`` and ``options`` are `route`
    with that method, ``any`` with all of them.

    :param pass_through: hosts to be reached over the network, as for `pass_through`.
    :param assert_all_called: whether `check` expects a request for every route; an attribute.

    ``calls`` holds the requests that came, in their order, each an `HTTPServerRequest`
    (``method``, ``full_url()``, ``headers``, ``arguments``, ``body``, ``files``); ``unmatched``
    the errors of those without a route.
    """

    def __init__(self, pass_through: Sequence[str] = (), assert_all_called: bool = True) -> None:
        self.assert_all_called = assert_all_called
        self.routes: list[MockRoute] = []
        self.calls: list[HTTPServerRequest] = []
        self.unmatched: list[UnmatchedRequest] = []
        self._server = MemoryServer(self._serve)
        self._mounted: dict[Origin, MemoryServer] = {}
        self._passing: list[str] = list(pass_through)
        self._clients: weakref.WeakSet[MockHTTPClient] = weakref.WeakSet()
        self._closed = False

    # ------------------------------------------------------------------ declaring

    def route(
        self,
        method: str | None,
        url: URLPattern,
        answer: MockAnswer | Sequence[MockAnswer] | Answerer | None = None,
        *,
        where: Condition | None = None,
        times: int | None = None,
        **fields: Any,
    ) -> MockRoute:
        """Answer some requests. The newest route that matches a request answers it.

        :param method: the requests' method; None: any.
        :param url: a whole URL, or a path that begins with ``/`` for any host; ``*`` stands for
            anything. What it says of a query must be there in any order, and nothing else;
            without a ``?`` any query will do. Or a compiled expression that fits the whole URL
            from beginning to end. None: any URL.
        :param answer: a `MockAnswer`; several, to be given in turn and the last one then for
            ever; or a function of the request, perhaps ``async``, that returns one. What the
            function raises the fetch raises.
        :param where: a function of the request: whether it is meant.
        :param times: how many requests to answer; then other routes may.
        :param fields: arguments of `MockAnswer`, instead of ``answer``.
        :raises TypeError: both ``answer`` and ``fields`` are given.
        :raises ValueError: ``url`` is none.
        """
        if answer is not None and fields:
            raise TypeError("give an answer or its fields, not both")
        if answer is None:
            answer = MockAnswer(**fields)
        answers = [answer] if isinstance(answer, MockAnswer) else answer
        if not callable(answers) and not answers:
            raise ValueError("a route needs an answer")
        route = MockRoute(method, url, answers, where=where, times=times)
        self.routes.append(route)
        return route

    def __getattr__(self, name: str) -> Callable[..., MockRoute]:
        if name == "any":
            return functools.partial(self.route, None)
        if name in ("get", "head", "post", "put", "patch", "delete", "options"):
            return functools.partial(self.route, name.upper())
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def mount(self, url: str, app: Any, **options: Any) -> None:
        """Let an application in this process answer for a host; its requests are no calls.

        :param url: scheme and host, such as ``"https://users.internal"``.
        :param app: what `HTTPServer` serves.
        :param options: keyword arguments of `HTTPServer`.
        """
        self._mounted[parse_url(url).origin] = MemoryServer(app, url, **options)

    def pass_through(self, *hosts: str) -> None:
        """Let requests to hosts go over the network, from their first connection on.

        :param hosts: names or addresses, with a port (``"127.0.0.1:8888"``) or without.
        """
        self._passing += hosts

    # -------------------------------------------------------------------- looking

    def check(self) -> None:
        """See whether what was declared and what was done agree.

        :raises AssertionError: there was a request without a route, or a route without a
            request, or with fewer than ``times`` says.
        """
        if self.unmatched:
            raise self.unmatched[0]
        missing = [route for route in self.routes if route.missing]
        if missing and self.assert_all_called:
            lines = "".join(f"\n  {route!r}: {route.missing} more" for route in missing)
            raise AssertionError(f"expected requests did not come:{lines}")

    def reset(self) -> None:
        """Forget routes and requests."""
        self.routes.clear()
        self.calls.clear()
        self.unmatched.clear()

    # -------------------------------------------------------------------- serving

    def server_for(self, origin: Origin) -> MemoryServer | None:
        """Who answers for an origin; None: a server on the network."""
        if self._closed:
            raise RuntimeError("the mock of this client is closed")
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        if any(known in (host, origin.host, f"{host}:{origin.port}") for known in self._passing):
            return None
        return self._mounted.get(origin, self._server)

    def adopt(self, client: MockHTTPClient) -> None:
        """Close a client together with the mock."""
        self._clients.add(client)

    def close(self) -> None:
        """Close the clients, and end the fetches that are still under way."""
        self._closed = True
        for client in list(self._clients):
            client.close()
            client.drop()

    async def _serve(self, request: HTTPServerRequest) -> None:
        """Find the answer to a request and give it."""
        end = request.connection.stream
        assert isinstance(end, ServerEnd)
        try:
            await reply(request, end, await self._answer(request, end.origin))
        except Exception as error:
            fail(end, error)

    async def _answer(self, request: HTTPServerRequest, origin: Origin) -> MockAnswer:
        url = _url(request, origin)
        self.calls.append(request)
        route = self._find(request, url)
        if route is None:
            error = UnmatchedRequest(self._complaint(request, url))
            self.unmatched.append(error)
            raise error
        answer: Any = route.take(request)
        if inspect.isawaitable(answer):
            answer = await answer
        if not isinstance(answer, MockAnswer):
            raise TypeError(f"the function of {route!r} returned {answer!r}, not a MockAnswer")
        return answer

    def _find(self, request: HTTPServerRequest, url: str) -> MockRoute | None:
        for route in reversed(self.routes):
            if route.matches(request, url):
                return route
        return None

    def _complaint(self, request: HTTPServerRequest, url: str) -> str:
        known = "".join(f"\n  {route!r}" for route in self.routes) or " none"
        return f"no route for {request.method} {url}; there are:{known}"


def _url(request: HTTPServerRequest, origin: Origin) -> str:
    """The URL that the client was asked for, whatever its Host field says."""
    assert request.uri is not None
    if re.match(r"https?://", request.uri):
        return request.uri  # sent as to a proxy
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    port = "" if origin.port == {"http": 80, "https": 443}[origin.scheme] else f":{origin.port}"
    return f"{origin.scheme}://{host}{port}{request.uri}"
