"""One message each way over a stream, for programs that speak HTTP/1 themselves.

Servers and clients of this package have connections of their own (`server.py`, `client.py`),
which live as long as their stream and cost less. This is Tornado's face for the same
machines: an object for each message, driven by awaiting `HTTP1Connection.read_response`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from zonda._kernel import RequestHead, ResponseHead
from zonda.http1connection.decompression import DecompressingDelegate
from zonda.http1connection.parameters import HTTP1ConnectionParameters
from zonda.http1connection.refusals import refusal
from zonda.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPOutputError,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.iostream import IOStream, StreamClosedError
from zonda.legacy import takes_callback
from zonda.log import app_log, gen_log
from zonda.protocol.errors import LocalProtocolError, RemoteProtocolError
from zonda.protocol.http1 import END, NEED_DATA, HTTP1Client, HTTP1Server

__all__ = ["HTTP1Connection"]

#: Methods whose requests have a body, of unknown size unless they say otherwise.
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_FRAMING_FIELDS = frozenset(("Content-Length", "Transfer-Encoding"))


class HTTP1Connection(HTTPConnection):
    """Reads one message into a delegate, and writes one.

    A client writes its request, then awaits :meth:`read_response`. A server awaits
    :meth:`read_response`, which then reads a request, and its delegate writes the response.

    Args:
        stream: what carries the messages; nothing else may read from it meanwhile.
        is_client: whether requests go out and responses come in.
        params: settings.
        context: anything; kept as the attribute ``context``. Requests made from this
            connection take ``remote_ip`` and ``protocol`` from it.
    """

    def __init__(
        self,
        stream: IOStream,
        is_client: bool,
        params: HTTP1ConnectionParameters | None = None,
        context: object | None = None,
    ) -> None:
        self.is_client = is_client
        self.stream = stream
        self.params = params = params or HTTP1ConnectionParameters()
        self.context = context
        self.no_keep_alive = params.no_keep_alive
        limits = params.limits(stream)
        self._machine: HTTP1Client | HTTP1Server = (
            HTTP1Client(limits) if is_client else HTTP1Server(limits, persistent=True)
        )
        self._max_body_size = limits.max_body_size
        self._body_timeout = params.body_timeout
        self._close_callback: Callable[[], object] | None = None
        self._detached = False
        self._written: Any = None  # the future of the last write
        self._finished: asyncio.Future[None] | None = None  # what read_response waits for

    # -------------------------------------------------------------------- settings

    def set_max_body_size(self, max_body_size: int) -> None:
        """Allow the incoming body, in bytes, another size than the settings do."""
        self._max_body_size = self._machine.body_limit = max_body_size

    def set_body_timeout(self, timeout: float) -> None:
        """Allow the incoming body so many seconds to arrive."""
        self._body_timeout = timeout

    def set_close_callback(self, callback: Callable[[], object] | None) -> None:
        """Have ``callback()`` called if the connection is lost between the two messages.

        While a message is coming in its delegate's ``on_connection_close`` is called instead.
        """
        self._close_callback = callback

    # --------------------------------------------------------------------- reading

    async def read_response(self, delegate: HTTPMessageDelegate) -> bool:
        """Read one message: a response for clients, a request for servers.

        Clients get interim responses (1xx) as well: ``headers_received`` is then called
        more than once.

        Returns:
            whether the stream can be used for another message, by another object like this.
            False as well if it was detached, or lost, if the peer broke the protocol, or
            the delegate raised an exception; that is logged.
        """
        if self.params.decompress:
            delegate = DecompressingDelegate(
                delegate, lambda: self._max_body_size, self.params.chunk_size
            )
        receiving = _Receiving(delegate)
        try:
            await self._read_message(receiving)
        except (RemoteProtocolError, HTTPInputError) as error:
            gen_log.info("Malformed HTTP message from %s: %s", self.context, error)
            self._refuse(error)
        except StreamClosedError:
            self.close()
        except Exception:
            app_log.error("Uncaught exception in a message delegate", exc_info=True)
            self.close()
        except BaseException:
            self.close()
            raise
        finally:
            if receiving.open and not self._detached:
                delegate.on_connection_close()
        return self._go_on()

    async def _read_message(self, receiving: _Receiving) -> None:
        head = await self._read_head(receiving)
        if head is None or self._detached:
            return
        machine = self._machine
        machine.body_limit = self._max_body_size
        machine.check_body_limit()
        expects = isinstance(head, RequestHead) and head.expect_continue and not machine.unread
        if expects and isinstance(machine, HTTP1Server) and machine.head_due:
            self._write(machine.send_informational(100))
        try:
            await asyncio.wait_for(self._read_body(receiving), self._body_timeout)
        except TimeoutError:
            gen_log.info("Timeout reading body from %s", self.context)
            self.close()
            return
        receiving.delegate.finish()
        receiving.open = False
        await self._response_written()

    async def _read_head(self, receiving: _Receiving) -> RequestHead | ResponseHead | None:
        """The message's head, handed to the delegate; None if it did not come in time."""
        while True:
            try:
                head = await asyncio.wait_for(self._next_head(), self.params.header_timeout)
            except TimeoutError:
                self.close()
                return None
            receiving.open = True
            start_line: RequestStartLine | ResponseStartLine
            if isinstance(head, RequestHead):
                start_line = RequestStartLine(head.method, head.target, head.version)
            else:
                start_line = ResponseStartLine(head.version, head.status, head.reason)
            headers = HTTPHeaders.from_pairs(head.items())
            pending = receiving.delegate.headers_received(start_line, headers)
            if pending is not None:
                await pending
            interim = isinstance(head, ResponseHead) and head.status < 200 and head.status != 101
            if not interim or self._detached:
                return head

    async def _next_head(self) -> RequestHead | ResponseHead:
        machine = self._machine
        while True:
            head = machine.next_head()
            if head is not None:
                return head
            await self._receive()

    async def _read_body(self, receiving: _Receiving) -> None:
        machine = self._machine
        while (data := machine.next_data()) is not END:
            if data is NEED_DATA:
                await self._receive()
                await asyncio.sleep(0)  # others want the loop, too, however much is buffered
                continue
            pending = receiving.delegate.data_received(data)
            if pending is not None:
                await pending

    async def _receive(self) -> None:
        """Read whatever comes next; at the end of the stream, say so to the machine.

        Raises:
            StreamClosedError: it had ended before.
        """
        try:
            data = await self.stream.read_bytes(self.params.chunk_size, partial=True)
        except StreamClosedError:
            if not self._machine.body_open or self._machine.ended:
                raise
            self._machine.receive_eof()
        else:
            self._machine.receive(data)

    async def _response_written(self) -> None:
        """On a server: wait until the delegate has written its response."""
        if self.is_client or self._machine.exchange_over or self._detached:
            return
        self._finished = asyncio.get_running_loop().create_future()
        self.stream.set_close_callback(self._on_stream_closed)
        await self._finished

    def _on_stream_closed(self) -> None:
        callback, self._close_callback = self._close_callback, None
        if callback is not None:
            callback()
        self._wake()

    def _wake(self) -> None:
        finished, self._finished = self._finished, None
        if finished is not None and not finished.done():
            finished.set_result(None)

    def _go_on(self) -> bool:
        """Leave the stream to whoever comes next; whether there can be anybody."""
        if self._detached:
            return False
        machine = self._machine
        if not machine.exchange_over or not machine.keep_alive or self.no_keep_alive:
            self._close_when_written()
            return False
        if self.stream.closed():
            return False
        self.stream.set_close_callback(None)
        self.stream.stop_push(machine.take_unread())
        return True

    def _refuse(self, error: Exception) -> None:
        """Answer broken input, if that is possible, and close."""
        if isinstance(self._machine, HTTP1Server) and not self.stream.closed():
            if not isinstance(error, RemoteProtocolError):
                error = RemoteProtocolError(400, str(error))
            answer = refusal(self._machine, error)
            if answer:
                self._write(answer)
        self._close_when_written()

    # --------------------------------------------------------------------- writing

    @takes_callback
    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Write the head of the outgoing message, and the first piece of its body.

        The body is framed by the ``Content-Length`` in ``headers``. Without one, bodies of
        responses and of POST, PUT and PATCH requests are chunked.
        """
        declared = headers.get("Content-Length")
        length = None if declared is None else int(declared)
        fields = [field for field in headers.get_all() if field[0] not in _FRAMING_FIELDS]
        machine = self._machine
        if isinstance(machine, HTTP1Client):
            assert isinstance(start_line, RequestStartLine)
            if length is None and start_line.method not in _WITH_BODY:
                length = None if "Transfer-Encoding" in headers else -1
            line = f"{start_line.method} {start_line.path} HTTP/1.1\r\n".encode()
            data = machine.send_request(start_line.method, line, b"", fields, length, None)
        else:
            assert isinstance(start_line, ResponseStartLine)
            if self.no_keep_alive or headers.get("Connection", "").lower() == "close":
                machine.keep_alive = False
            fields = [field for field in fields if field[0] != "Connection"]
            data = machine.send_head(start_line.code, start_line.reason, b"", fields, length)
        return self._write(data + self._framed(chunk) if chunk else data)

    @takes_callback
    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """Write a piece of the outgoing body."""
        return self._write(self._framed(chunk))

    def finish(self) -> None:
        """The outgoing message is complete.

        Raises:
            HTTPOutputError: it is shorter than was declared. The stream is closed.
        """
        machine = self._machine
        if machine.sending:
            try:
                data = machine.end()
            except LocalProtocolError as error:
                self.close()
                raise HTTPOutputError(str(error)) from None
            if data:
                self._write(data)
        if not self.is_client and not machine.exchange_over:
            self._close_when_written()  # answered before the request was complete
        self._wake()

    def _framed(self, chunk: bytes) -> bytes:
        try:
            return self._machine.send_data(chunk)
        except LocalProtocolError as error:
            self.close()
            raise HTTPOutputError(str(error)) from None

    def _write(self, data: bytes) -> asyncio.Future[None]:
        try:
            self._written = self.stream.write(data)
        except StreamClosedError as error:
            self._written = asyncio.get_running_loop().create_future()
            self._written.set_exception(error)
            self._written.exception()  # nobody need look
        future: asyncio.Future[None] = self._written
        return future

    # --------------------------------------------------------------------- endings

    def detach(self) -> IOStream:
        """Take the stream, with what was received and not read; HTTP is over.

        Only to be called from ``HTTPMessageDelegate.headers_received``, for protocols that
        begin with an HTTP handshake.
        """
        self._detached = True
        self._close_callback = None
        if not self.stream.closed():
            self.stream.set_close_callback(None)
            self.stream.stop_push(self._machine.take_unread())
        self._wake()
        return self.stream

    def close(self) -> None:
        """Close the stream."""
        if not self._detached:
            self.stream.close()
        self._close_callback = None
        self._wake()

    def _close_when_written(self) -> None:
        written = self._written
        if written is None or written.done():
            self.close()
        else:
            written.add_done_callback(lambda _: self.close())


class _Receiving:
    """A delegate, and whether it is in the middle of a message."""

    __slots__ = ("delegate", "open")

    def __init__(self, delegate: HTTPMessageDelegate) -> None:
        self.delegate = delegate
        self.open = False
