"""One request on its way through libcurl."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from zonda.curl_httpclient.errors import CurlError
from zonda.curl_httpclient.library import pycurl
from zonda.curl_httpclient.options import set_options
from zonda.curl_httpclient.streaming import StreamingBuffer
from zonda.httpclient.response import HTTPResponse
from zonda.httputil import HTTPHeaders
from zonda.log import app_log

if TYPE_CHECKING:
    from zonda.curl_httpclient.client import CurlAsyncHTTPClient
    from zonda.httpclient.request import RequestProxy

__all__ = ["Transfer"]

#: What a write or header callback answers to make libcurl give up.
_ABORT: Final = -1
_TIMES: Final = {
    "namelookup": "NAMELOOKUP_TIME",
    "connect": "CONNECT_TIME",
    "appconnect": "APPCONNECT_TIME",
    "pretransfer": "PRETRANSFER_TIME",
    "starttransfer": "STARTTRANSFER_TIME",
    "total": "TOTAL_TIME",
    "redirect": "REDIRECT_TIME",
}


class Transfer:
    """A request of a client, its handle while it has one, and what has come of it.

    Args:
        client: the client.
        request: what to fetch.
        callback: called once with the response, failed ones included.
    """

    def __init__(
        self,
        client: CurlAsyncHTTPClient,
        request: RequestProxy,
        callback: Callable[[HTTPResponse], None],
    ) -> None:
        self.client = client
        self.request = request
        #: None once the transfer has ended.
        self.callback: Callable[[HTTPResponse], None] | None = callback
        self.curl: Any = None
        self._submitted = self._begun = time.monotonic()
        self._start_time = time.time()
        self._headers = HTTPHeaders()
        self._version = self._reason = ""
        self._head_over = False
        self._buffer = BytesIO()
        self._too_large = False
        self._streaming: StreamingBuffer | None = None

    def begin(self, curl: Any) -> None:
        """Set a handle up; the client starts it. Raises what is wrong with the request."""
        self._begun, self._start_time = time.monotonic(), time.time()
        self.curl = curl
        callback = self.request.streaming_callback
        if callback is not None:
            self._streaming = StreamingBuffer(self.client, curl, callback)
        curl.setopt(pycurl.HEADERFUNCTION, self._header)
        write = self._write if self._streaming is None else self._streaming.write
        curl.setopt(pycurl.WRITEFUNCTION, write)
        set_options(curl, self.request, self.client.max_body_size)

    # ------------------------------------------------------------------- receiving

    def _header(self, data: bytes) -> int | None:
        line = data.decode("latin-1")
        try:
            if self.request.header_callback is not None:
                self.request.header_callback(line)
            if line.startswith("HTTP/"):
                # Of an interim response, a redirect, or the last one: the next replaces it.
                self._headers = HTTPHeaders()
                self._version, _, self._reason = [*line.rstrip("\r\n").split(" ", 2), "", ""][:3]
                self._head_over = False
            elif line in ("\r\n", "\n"):
                self._head_over = True
            elif line and not self._head_over:
                self._headers.parse_line(line)
        except Exception:
            app_log.error("Uncaught exception", exc_info=True)
            return _ABORT
        return None

    def _write(self, data: bytes) -> int | None:
        self._buffer.write(data)
        if self._buffer.tell() > self.client.max_body_size:
            self._too_large = True
            return _ABORT
        return None

    # --------------------------------------------------------------------- endings

    def finish(self, errno: int | None = None, message: str = "") -> None:
        """The transfer is over: well, or with libcurl's error."""
        if errno is None:
            curl = self.curl
            self._buffer.seek(0)
            response = HTTPResponse(
                self.request,  # type: ignore[arg-type]
                curl.getinfo(pycurl.HTTP_CODE),
                headers=self._headers,
                buffer=self._buffer,
                effective_url=curl.getinfo(pycurl.EFFECTIVE_URL),
                request_time=time.monotonic() - self._begun,
                time_info=self._time_info(),
                reason=self._reason,
                start_time=self._start_time,
            )
            response.version = self._version
            self._answer_after(response)
        elif self._is_too_large or errno == pycurl.E_FILESIZE_EXCEEDED:
            limit = self.client.max_body_size
            words = f"the response is larger than max_body_size, {limit} bytes"
            self.fail(CurlError(pycurl.E_FILESIZE_EXCEEDED, words))
        else:
            self.fail(CurlError(errno, self._masked(message)))

    @property
    def _is_too_large(self) -> bool:
        return self._too_large if self._streaming is None else self._streaming.body_too_large

    def _masked(self, message: str) -> str:
        """libcurl's words without the passwords of URLs that it shows in them."""
        from zonda.httpclient.masking import MASK, mask_url

        for url in (self.request.proxy, self.request.url):
            if url and url in message:
                try:
                    shown = mask_url(url)
                except ValueError:  # it is no URL at all
                    shown = MASK
                message = message.replace(url, shown)
        return message

    def cancel(self) -> None:
        """Nobody waits for the response."""
        self.callback = None
        if self._streaming is not None:
            self._streaming.stop()

    def fail(self, error: Exception) -> None:
        """The transfer is over without a response."""
        self._answer_after(
            HTTPResponse(
                self.request,  # type: ignore[arg-type]
                599,
                error=error,
                request_time=time.monotonic() - self._begun,
                start_time=self._start_time,
            )
        )

    def _answer_after(self, response: HTTPResponse) -> None:
        """Answer when the ``streaming_callback`` has taken everything."""
        if self._streaming is None:
            self._answer(response)
        else:
            self._streaming.close(lambda: self._answer(response))

    def _answer(self, response: HTTPResponse) -> None:
        callback, self.callback = self.callback, None
        if callback is not None:
            callback(response)

    def _time_info(self) -> dict[str, float]:
        info = {"queue": self._begun - self._submitted}
        for name, option in _TIMES.items():
            info[name] = self.curl.getinfo(getattr(pycurl, option))
        return info
