"""The client: libcurl's sockets and timer on our loop."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zonda.curl_httpclient.library import pycurl
from zonda.curl_httpclient.transfer import Transfer
from zonda.httpclient.client import AsyncHTTPClient
from zonda.httpclient.errors import HTTPStreamClosedError
from zonda.httpclient.request import RequestProxy

if TYPE_CHECKING:
    from zonda.httpclient.request import HTTPRequest
    from zonda.httpclient.response import HTTPResponse

__all__ = ["CurlAsyncHTTPClient"]


class CurlAsyncHTTPClient(AsyncHTTPClient):
    """A non-blocking HTTP client on libcurl.

    ``prepare_curl_callback`` of a request can set whatever libcurl knows. ``ssl_options``,
    ``body_producer`` and files that are streamed are for ``SimpleAsyncHTTPClient``.

    Args:
        max_clients: requests under way at a time; others wait.
        defaults: values for attributes of :class:`HTTPRequest` that are not given.
        max_body_size: bytes of a response body, decompressed.
        session: cookies, retries and the like: see :class:`AsyncHTTPClient`.
    """

    watches_silence = True

    def initialize(  # type: ignore[override]
        self,
        max_clients: int = 10,
        defaults: dict[str, Any] | None = None,
        max_body_size: int = 104857600,
        **session: Any,
    ) -> None:
        """Set the client up; the arguments are those of the class."""
        super().initialize(defaults=defaults, **session)
        self.max_clients = max_clients
        self.max_body_size = max_body_size
        self.loop: asyncio.AbstractEventLoop = self.io_loop.asyncio_loop
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timeout)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._set_socket)
        self._timer: asyncio.TimerHandle | None = None
        self._sockets: set[int] = set()
        #: Handles between two transfers; a handle costs more than a reset.
        self._free: list[Any] = []
        self._active: dict[Any, Transfer] = {}
        self._queue: OrderedDict[Transfer, None] = OrderedDict()

    # -------------------------------------------------------------------- transfers

    def _start(self, request: HTTPRequest, raise_error: bool) -> asyncio.Future[HTTPResponse]:
        if type(self).fetch_impl is not CurlAsyncHTTPClient.fetch_impl:
            return super()._start(request, raise_error)
        future: asyncio.Future[HTTPResponse] = self.loop.create_future()

        def done(response: HTTPResponse) -> None:
            error = response.error
            if future.done():
                return
            if error is not None and (raise_error or not response._error_is_response_code):
                future.set_exception(error)
            else:
                future.set_result(response)

        transfer = self._submit(RequestProxy(request, self.defaults), done)
        future.add_done_callback(lambda future: self._cancel(transfer))
        return future

    def fetch_impl(self, request: Any, callback: Callable[[HTTPResponse], None]) -> None:
        """Make a request and call ``callback`` with the response, failed ones included."""
        self._submit(request, callback)

    def _submit(self, request: RequestProxy, callback: Callable[[HTTPResponse], None]) -> Transfer:
        transfer = Transfer(self, request, callback)
        self._queue[transfer] = None
        # Later, so that a fetch always ends after the call that began it.
        self.loop.call_soon(self._fill)
        return transfer

    def _fill(self) -> None:
        """Begin what there are places for."""
        while self._queue and len(self._active) < self.max_clients:
            transfer, _ = self._queue.popitem(last=False)
            curl = self._free.pop() if self._free else pycurl.Curl()
            try:
                transfer.begin(curl)
                self._multi.add_handle(curl)
            except Exception as error:
                self._put_back(curl)
                transfer.fail(error)
            else:
                self._active[curl] = transfer

    def drop(self, transfer: Transfer) -> None:
        """Take a transfer away from libcurl: the connection is closed if it is not over."""
        curl = transfer.curl
        if self._active.pop(curl, None) is not None:
            self._multi.remove_handle(curl)
            self._put_back(curl)
            self.loop.call_soon(self._fill)

    def _put_back(self, curl: Any) -> None:
        # Nothing of a request, no password and no certificate, is left for the next one.
        curl.reset()
        self._free.append(curl)

    def _cancel(self, transfer: Transfer) -> None:
        if transfer.callback is not None:
            transfer.cancel()
            self._queue.pop(transfer, None)
            self.drop(transfer)

    def _collect(self) -> None:
        """Hand over what has ended."""
        while True:
            left, done, failed = self._multi.info_read()
            for curl in done:
                self._end(curl)
            for curl, errno, message in failed:
                self._end(curl, errno, message)
            if not left:
                break

    def _end(self, curl: Any, errno: int | None = None, message: str = "") -> None:
        transfer = self._active.pop(curl)
        self._multi.remove_handle(curl)
        try:
            transfer.finish(errno, message)
        finally:
            self._put_back(curl)
            self._fill()

    # ------------------------------------------------------------------ the loop's side

    def _set_socket(self, event: int, fd: int, multi: Any, data: object) -> None:
        """libcurl wants to know when a socket is ready."""
        if fd in self._sockets:
            self._sockets.discard(fd)
            self.loop.remove_reader(fd)
            self.loop.remove_writer(fd)
        if event == pycurl.POLL_REMOVE or event == pycurl.POLL_NONE:
            return
        self._sockets.add(fd)
        if event & pycurl.POLL_IN:
            self.loop.add_reader(fd, self._act, fd, pycurl.CSELECT_IN)
        if event & pycurl.POLL_OUT:
            self.loop.add_writer(fd, self._act, fd, pycurl.CSELECT_OUT)

    def _set_timeout(self, milliseconds: int) -> None:
        """libcurl wants to be called after some time; -1: no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if milliseconds >= 0:
            self._timer = self.loop.call_later(
                milliseconds / 1000, self._act, pycurl.SOCKET_TIMEOUT, 0
            )

    def _act(self, fd: int, events: int) -> None:
        if fd == pycurl.SOCKET_TIMEOUT:
            self._timer = None
        if not self._closed:
            self._multi.socket_action(fd, events)
            self._collect()

    def close(self) -> None:
        """Close the client with all its connections; fetches under way fail."""
        if self._closed:
            return
        super().close()
        self._set_timeout(-1)
        transfers = [*self._active.values(), *self._queue]
        for transfer in list(self._active.values()):
            self.drop(transfer)
        self._queue.clear()
        for fd in list(self._sockets):
            self._set_socket(pycurl.POLL_REMOVE, fd, None, None)
        self._multi.close()
        for curl in self._free:
            curl.close()
        self._free.clear()
        for transfer in transfers:
            transfer.fail(HTTPStreamClosedError("the client was closed"))
