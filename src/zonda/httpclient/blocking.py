"""A blocking HTTP client, for scripts and for code that has no loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from zonda.httpclient.client import AsyncHTTPClient
from zonda.httpclient.request import HTTPRequest
from zonda.httpclient.response import HTTPResponse
from zonda.ioloop import IOLoop

if TYPE_CHECKING:
    import os

    from zonda.httpclient.blockingstream import BlockingStream
    from zonda.httpclient.cookies import CookieJar
    from zonda.httpclient.download import Downloaded, Progress

__all__ = ["HTTPClient"]

T = TypeVar("T")


class HTTPClient:
    """A blocking HTTP client.

    It runs a loop of its own. Where one is running already in the same thread, as in a
    request handler, the own loop gets a thread: the fetch works, but it blocks the whole
    server while it lasts; use :class:`AsyncHTTPClient` there.

    Args:
        async_client_class: the non-blocking client to use; the configured one by default.
        kwargs: arguments for it.
    """

    def __init__(
        self,
        async_client_class: Callable[..., AsyncHTTPClient] | None = None,
        **kwargs: Any,
    ) -> None:
        # Whatever happens in the next lines, __del__ must find this.
        self._closed = True
        self._io_loop = IOLoop(make_current=False)
        make = async_client_class or AsyncHTTPClient

        async def make_client() -> AsyncHTTPClient:
            await asyncio.sleep(0)
            return make(**kwargs)

        self._async_client = self._run(make_client)
        self._closed = False

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the client."""
        if not self._closed:
            self._closed = True
            self._async_client.close()
            self._io_loop.close()

    @property
    def cookie_jar(self) -> CookieJar | None:
        """Where this client keeps cookies, if it does."""
        return self._async_client.cookie_jar

    def fetch(self, request: str | HTTPRequest, **kwargs: Any) -> HTTPResponse:
        """Fetch a URL and wait for the response.

        Raises:
            HTTPClientError: the status is not successful, unless ``raise_error=False``;
                or there was no response.
        """

        async def fetch() -> HTTPResponse:
            return await self._async_client.fetch(request, **kwargs)

        return self._run(fetch)

    def stream(
        self, request: str | HTTPRequest, raise_error: bool = True, **kwargs: Any
    ) -> BlockingStream:
        """Fetch a URL and read the response while it comes.

        As `AsyncHTTPClient.stream`, with plain ``with`` and ``for``. The loop runs only while
        something is read: the time in between counts against a ``request_timeout``.
        """
        from zonda.httpclient.blockingstream import BlockingStream

        return BlockingStream(self._async_client.stream(request, raise_error, **kwargs), self._run)

    def download(
        self,
        request: str | HTTPRequest,
        path: str | os.PathLike[str],
        *,
        resume: bool = True,
        progress: Progress | None = None,
        **kwargs: Any,
    ) -> Downloaded:
        """Fetch a URL into a file. As `AsyncHTTPClient.download`."""

        async def download() -> Downloaded:
            client = self._async_client
            return await client.download(request, path, resume=resume, progress=progress, **kwargs)

        return self._run(download)

    def _run(self, function: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the own loop and wait for it."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            result: T = self._io_loop.run_sync(function)
            return result
        outcome: list[T] = []
        failure: list[BaseException] = []

        def run() -> None:
            try:
                outcome.append(self._io_loop.run_sync(function))
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=run, name="zonda-HTTPClient")
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
        return outcome[0]
