"""The interface of non-blocking HTTP clients."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from zonda.concurrent import (
    future_set_exception_unless_cancelled,
    future_set_result_unless_cancelled,
)
from zonda.httpclient.request import HTTPRequest, RequestProxy
from zonda.httpclient.response import HTTPResponse
from zonda.httputil import HTTPHeaders
from zonda.ioloop import IOLoop
from zonda.util import Configurable

if TYPE_CHECKING:
    import os

    from zonda.httpclient.cookies import CookieJar
    from zonda.httpclient.download import Downloaded, Progress
    from zonda.httpclient.session import Session
    from zonda.httpclient.streaming import StreamedResponse

__all__ = ["AsyncHTTPClient"]

#: Arguments that make a session of a client.
_SESSION: Final = frozenset(("cookie_jar", "cookies", "retries", "hooks", "recorder"))


class AsyncHTTPClient(Configurable):
    """A non-blocking HTTP client.

    ::

        async def f():
            http_client = AsyncHTTPClient()
            try:
                response = await http_client.fetch("http://www.example.com/")
            except HTTPClientError as error:
                print("Error:", error)
            else:
                print(response.body)

    The constructor gives every caller on the same loop the same client, so that its
    connections are shared; ``force_instance=True`` makes one of your own. Which class it
    is, and with what arguments it is made, is set once with :meth:`configure`.

    Args:
        force_instance: make a new client. Call :meth:`close` when you are done with it.
        defaults: (keyword) values for attributes of :class:`HTTPRequest` that are not given.
        cookie_jar: (keyword, not in Tornado, as all that follow) a
            :class:`~zonda.httpclient.cookies.CookieJar` that keeps the cookies that servers
            set and sends them back. A client that is given one of these arguments is
            always a new one: what it remembers is not for everybody on the loop.
        cookies: True: with a cookie jar of its own, ``client.cookie_jar``.
        retries: which requests are sent again: a :class:`Retry`, or how often.
        hooks: functions that are told of what happens; see :class:`Hooks`.
        recorder: is given all that is sent and received, such as a :class:`HARRecorder`.
    """

    _instance_cache: weakref.WeakKeyDictionary[IOLoop, AsyncHTTPClient] | None
    _session: Session | None = None
    #: Whether ``fetch_impl`` itself takes care of a request's ``read_timeout``.
    watches_silence = False

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        """The interface."""
        return AsyncHTTPClient

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        """The implementation when none was chosen."""
        from zonda.simple_httpclient import SimpleAsyncHTTPClient

        return SimpleAsyncHTTPClient

    @classmethod
    def _async_clients(cls) -> weakref.WeakKeyDictionary[IOLoop, AsyncHTTPClient]:
        """The shared clients of this class by loop."""
        name = f"_async_client_dict_{cls.__name__}"
        if name not in cls.__dict__:
            setattr(cls, name, weakref.WeakKeyDictionary())
        clients: weakref.WeakKeyDictionary[IOLoop, AsyncHTTPClient] = getattr(cls, name)
        return clients

    def __new__(cls, *args: Any, force_instance: bool = False, **kwargs: Any) -> AsyncHTTPClient:
        if args or "io_loop" in kwargs:
            if "io_loop" in kwargs or hasattr(args[0], "asyncio_loop"):
                from zonda.legacy import past

                args, kwargs = past("arguments").without_io_loop(cls, 0, args, kwargs)
            if len(args) > 1:
                raise TypeError(f"{cls.__name__} takes keywords only, after force_instance")
            force_instance = force_instance or bool(args and args[0])
        io_loop = IOLoop.current()
        if force_instance or (kwargs and not _SESSION.isdisjoint(kwargs)):
            cache = None
        else:
            cache = cls._async_clients()
            if io_loop in cache:
                return cache[io_loop]
        instance: AsyncHTTPClient = super().__new__(cls, **kwargs)
        # An implementation found through the interface is cached there.
        instance._instance_cache = cache
        if cache is not None:
            _forget_closed_loops(cache)
            cache[io_loop] = instance
        return instance

    def initialize(self, defaults: dict[str, Any] | None = None, **session: Any) -> None:
        """Set the client up. Implementations extend this, and hand ``session`` on."""
        unknown = session.keys() - _SESSION
        if unknown:
            raise TypeError(f"{type(self).__name__} takes no argument {', '.join(sorted(unknown))}")
        self.io_loop = IOLoop.current()
        self.defaults = dict(HTTPRequest._DEFAULTS)
        if defaults is not None:
            self.defaults.update(defaults)
        if session or "read_timeout" in self.defaults:
            from zonda.httpclient.session import Session

            self._session = Session(**session)
        self._closed = False

    @property
    def cookie_jar(self) -> CookieJar | None:
        """Where this client keeps cookies, if it does."""
        return None if self._session is None else self._session.cookie_jar

    def close(self) -> None:
        """Close the client and its connections. Not needed for shared clients.

        Raises:
            RuntimeError: the shared client of this loop is another one.
        """
        if self._closed:
            return
        self._closed = True
        if self._instance_cache is not None:
            cached = self._instance_cache.pop(self.io_loop, None)
            if cached is not None and cached is not self:
                raise RuntimeError("inconsistent AsyncHTTPClient cache")

    @classmethod
    def configure(cls, impl: str | type[Configurable] | None, **kwargs: Any) -> None:
        """Choose the implementation for clients made from now on.

        Args:
            impl: a class or its dotted name; None for the default.
            kwargs: arguments for every client, such as ``max_clients``.
        """
        super().configure(impl, **kwargs)

    def fetch(
        self, request: str | HTTPRequest, raise_error: bool = True, **kwargs: Any
    ) -> asyncio.Future[HTTPResponse]:
        """Fetch a URL.

        Args:
            request: the URL, or an :class:`HTTPRequest`.
            raise_error: whether a response with an error status raises. Failures
                without a response always do.
            kwargs: with a URL, further arguments of :class:`HTTPRequest`.

        Returns:
            a future of the :class:`HTTPResponse`.

        Raises:
            HTTPClientError: (from the future) the status is not successful, or 599.
            ValueError: the arguments do not go together.
            RuntimeError: the client is closed.
        """
        if (kwargs and "callback" in kwargs) or (raise_error is not True and callable(raise_error)):
            from zonda.legacy import past

            fetch = past("httpclient").fetch
            return fetch(self, request, raise_error, kwargs)  # type: ignore[no-any-return]
        if not kwargs and self._session is None and type(request) is str and not self._closed:
            return self._start_url(request, raise_error)
        request = self._request(request, kwargs)
        if self._session is not None or request._special:
            return self.io_loop.asyncio_loop.create_task(self._travel(request, raise_error))
        return self._start(request, raise_error)

    def _request(self, request: str | HTTPRequest, kwargs: dict[str, Any]) -> HTTPRequest:
        """The request that the arguments of ``fetch`` describe."""
        if self._closed:
            raise RuntimeError("fetch() called on closed AsyncHTTPClient")
        if not isinstance(request, HTTPRequest):
            request = HTTPRequest.of_arguments(request, kwargs)
        elif kwargs:
            raise ValueError("kwargs can't be used if request is an HTTPRequest object")
        if request._headers is not None:
            # A copy: what this fetch adds must not show in the caller's object.
            request.headers = HTTPHeaders(request._headers)
        return request

    async def _travel(self, request: HTTPRequest, raise_error: bool) -> HTTPResponse:
        """A fetch that is more than one call of ``fetch_impl``."""
        from zonda.httpclient.journey import Journey

        response = await Journey(self, request).run()
        if raise_error and response.error is not None:
            raise response.error
        return response

    def stream(
        self, request: str | HTTPRequest, raise_error: bool = True, **kwargs: Any
    ) -> StreamedResponse:
        """Fetch a URL and read the response while it comes.

        ::

            async with client.stream("http://www.example.com/") as response:
                print(response.code, response.headers)
                async for chunk in response:
                    ...

        ``request_timeout``, if the request itself has one, limits all of it. The client's
        own limits the time until the head is here, and then each silence of the server.

        Args:
            request, raise_error, kwargs: as for :meth:`fetch`.

        Raises:
            HTTPClientError: (on entering the block) the status is not successful, or 599.
            ValueError: the arguments do not go together.
            RuntimeError: the client is closed.
        """
        from zonda.httpclient.streaming import StreamedResponse

        request = self._request(request, kwargs)
        if request.streaming_callback is not None:
            raise ValueError("a stream has no streaming_callback: iterate over the response")
        return StreamedResponse(self, request, raise_error)

    def _start_url(self, url: str, raise_error: bool) -> asyncio.Future[HTTPResponse]:
        """``_start`` for an URL and nothing else."""
        return self._start(HTTPRequest.of_url(url), raise_error)

    def _start(self, request: HTTPRequest, raise_error: bool) -> asyncio.Future[HTTPResponse]:
        """Run ``fetch_impl`` and make a future of its callback."""
        future: asyncio.Future[HTTPResponse] = asyncio.get_event_loop().create_future()

        def handle_response(response: HTTPResponse) -> None:
            error = response.error
            if error is not None and (raise_error or not response._error_is_response_code):
                future_set_exception_unless_cancelled(future, error)
            else:
                future_set_result_unless_cancelled(future, response)

        self.fetch_impl(RequestProxy(request, self.defaults), handle_response)
        return future

    async def download(
        self,
        request: str | HTTPRequest,
        path: str | os.PathLike[str],
        *,
        resume: bool = True,
        progress: Progress | None = None,
        **kwargs: Any,
    ) -> Downloaded:
        """Fetch a URL into a file.

        The bytes go into ``path.part``; the file appears under its name, or replaces what is
        there, when it is complete. What an interrupted download leaves is completed by the
        next one if the server knows ranges and says with ``ETag`` or ``Last-Modified`` that
        the file is still the same; else that one begins anew. With ``retries`` that happens
        within one call as well. The file holds what the server sends: content codings are
        not asked for and not undone.

        Args:
            request, kwargs: as for :meth:`fetch`; time limits as for :meth:`stream`.
            path: where the file is to be.
            resume: False: begin anew in any case.
            progress: called with the bytes that are in the file and those it will have, or
                None if that is not known; plain or ``async``.

        Raises:
            HTTPClientError: the status is not 200 (OK), or there is no response.
            OSError: the file cannot be written.
            RuntimeError: another download is writing it.
        """
        from zonda.httpclient.download import Download

        request = self._request(request, kwargs)
        if request.streaming_callback is not None:
            raise ValueError("a download has no streaming_callback: progress= tells how it goes")
        return await Download(self, request, path, resume, progress).run()

    def fetch_impl(self, request: Any, callback: Callable[[HTTPResponse], None]) -> None:
        """Make a request and call ``callback`` with the response. For implementations.

        Failures are responses as well, with status 599 and ``error`` set.
        """
        raise NotImplementedError(f"{type(self).__name__} must define fetch_impl()")


def _forget_closed_loops(clients: weakref.WeakKeyDictionary[IOLoop, AsyncHTTPClient]) -> None:
    """A client knows its loop, so the cache's weak references alone would keep both."""
    for reference in clients.keyrefs():
        io_loop = reference()
        if io_loop is not None and io_loop.asyncio_loop.is_closed():
            clients.pop(io_loop, None)
