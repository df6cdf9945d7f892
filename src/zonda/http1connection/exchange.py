"""One request and its response on an HTTP/1 connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context
from time import time
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from zonda._kernel import encode_head
from zonda.eager import OnDone
from zonda.http1connection.syntax import parse_int
from zonda.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPOutputError,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.iostream import StreamClosedError
from zonda.legacy import takes_callback
from zonda.protocol.errors import LocalProtocolError
from zonda.protocol.exchange import EMPTY_BLOCK, BodyReceiver, FieldBlock
from zonda.protocol.http1 import Framing
from zonda.protocol.http1.server import STATUS_LINES

#: Bodies up to this size, in bytes, are joined to their head: a copy is cheaper than a
#: second system call.
JOIN_LIMIT = 65536

if TYPE_CHECKING:
    from zonda._kernel import RequestHead
    from zonda.guests import Guests
    from zonda.http1connection.server import ServerConnection
    from zonda.iostream import IOStream

__all__ = ["HTTP1Exchange"]

_OK = STATUS_LINES[200]
_DONE = Framing.DONE

#: Fields by which a message is framed. The connection decides them, from what the
#: application asked for, and sends them itself.
_FRAMING_FIELDS = frozenset(("Content-Length", "Transfer-Encoding", "Connection"))


class HTTP1Exchange(HTTPConnection):
    """The exchange that applications see; also Tornado's ``request.connection``.

    It belongs to one request: writes that come after it is over go nowhere, never into
    the answer to the connection's next request.
    """

    body: bytes = b""
    #: Who takes the request's body as it arrives.
    receiver: BodyReceiver | None = None
    #: Whether somebody is to be told what becomes of the exchange.
    _followed = False
    #: For the service: what it found out from the head, while the body comes in.
    begun: Any = None
    #: The ``Content-Encoding`` that was taken off the body on its way to the receiver.
    consumed_encoding: str | None = None
    #: Whether the peer went away while the request was being served.
    disconnected = False
    _remote_ip: str | None = None
    _protocol: str | None = None
    #: Seconds that the request's body may take, if they were set before it began.
    body_timeout: float | None = None
    #: Trailer fields of a chunked request, when its body is complete.
    trailer_fields: Sequence[tuple[str, str]] = ()
    #: Called once if the peer goes away before the response is complete.
    _close_callback: Callable[[], object] | None = None
    #: The task of a handler that suspended and wants to be cancelled on disconnect.
    task: asyncio.Task[Any] | None = None

    def __init__(self, connection: ServerConnection, head: RequestHead, variables: Context) -> None:
        self.connection = connection
        self.head = head
        self.variables = variables
        self.start_time = time()

    # ------------------------------------------------------------------- request

    @property
    def remote_ip(self) -> str:
        """The client's address; "0.0.0.0" where there is none, as on a Unix socket.

        It can be set, for what a trusted proxy says.
        """
        return self._remote_ip or self.connection.remote_ip

    @remote_ip.setter
    def remote_ip(self, address: str) -> None:
        self._remote_ip = address

    @property
    def protocol(self) -> str:
        """``http`` or ``https``; it can be set as well."""
        return self._protocol or self.connection.protocol

    @protocol.setter
    def protocol(self, protocol: str) -> None:
        self._protocol = protocol

    @property
    def context(self) -> HTTP1Exchange:
        """Tornado's way to ``remote_ip`` and ``protocol``."""
        return self

    @property
    def stream(self) -> IOStream:
        """The stream that carries the connection."""
        return self.connection.stream

    @property
    def over(self) -> bool:
        """Whether the response is complete or the peer gone."""
        return self.connection.exchange is not self

    @property
    def trailers(self) -> HTTPHeaders:
        """Trailer fields of the request, never mixed with its header fields."""
        return HTTPHeaders.from_pairs(self.trailer_fields)

    def run(
        self, coroutine: Coroutine[Any, Any, Any], on_done: OnDone
    ) -> asyncio.Task[None] | None:
        """Step a coroutine of this exchange; see :meth:`zonda.eager.EagerRunner.run`."""
        return self.connection.server.eager.run(coroutine, self.variables, on_done)

    def follow(self, awaitable: Awaitable[Any]) -> asyncio.Future[None] | None:
        """Step an awaitable of this exchange.

        Returns:
            None if it is done; if it suspended, a future that ends as it does.

        Raises: whatever it raises before it first suspends.
        """
        if type(awaitable) is not CoroutineType:
            awaitable = _wait_for(awaitable)
        done: asyncio.Future[None] = self.connection.server.loop.create_future()

        def ended(failure: BaseException | None) -> None:
            if failure is None:
                done.set_result(None)
            else:
                done.set_exception(failure)

        return None if self.run(awaitable, ended) is None else done

    def set_max_body_size(self, max_body_size: int) -> None:
        """Allow this request's body, in bytes, another size than the server's default."""
        if self.connection.exchange is self:
            self.connection.machine.body_limit = max_body_size

    def set_body_timeout(self, timeout: float) -> None:
        """Allow this request's body so many seconds to arrive."""
        body = self.connection.body
        if body is not None and body.exchange is self:
            body.timeout = timeout
        else:
            self.body_timeout = timeout

    def set_close_callback(self, callback: Callable[[], object] | None) -> None:
        """Have ``callback()`` called if the peer goes away before the response is complete."""
        self._close_callback = callback
        self._followed = True
        if self.connection.short_way is self:
            self.connection.short_way = None

    # ------------------------------------------------------- response, any version

    def respond(
        self,
        status: int,
        reason: str | None,
        block: FieldBlock,
        fields: Sequence[tuple[str, str]],
        body: bytes,
    ) -> asyncio.Future[None]:
        """Send a whole response and end the exchange.

        Returns:
            as :meth:`drained`.

        Raises:
            ValueError: a field or the reason phrase cannot be sent; nothing was.
            LocalProtocolError: the response has been begun, or may have no body.
        """
        connection = self.connection
        length = len(body)
        if (
            connection.short_way is self
            and status == 200
            and length <= JOIN_LIMIT
            and reason is None
        ):
            # The rest of the short way of ServerConnection.data_received: what the machine
            # does for a simple request.
            data = encode_head(_OK, block.lines, fields, length, body)
            connection.machine.outgoing = _DONE
            connection.exchange = connection.short_way = None
            connection._ready = True
            connection.stream.send(data)
            return connection.server.done if connection._ready else connection.drained()
        if connection.exchange is not self:
            return self.drained()
        machine = connection.machine
        if length <= JOIN_LIMIT:
            data = machine.respond(status, reason, block.lines, fields, body)
        else:
            connection.send(machine.send_head(status, reason, block.lines, fields, length))
            connection.send(machine.send_data(body))
            data = machine.end()
        if self._followed or not connection._running:
            connection.finish_exchange(data)
            return self.drained()
        # Answered in the call that brought the request: nothing is to be taken back.
        connection.exchange = None
        if machine.has_input or connection._out:
            connection._out.append(data)  # to go with the answers to pipelined requests
        else:
            connection.stream.send(data)
        return self.drained()

    def send_head(
        self,
        status: int,
        reason: str | None,
        block: FieldBlock,
        fields: Sequence[tuple[str, str]],
        length: int | None,
    ) -> None:
        """Send the head of a response whose body follows; ``length`` None: size not known."""
        connection = self.connection
        if connection.exchange is self:
            machine = connection.machine
            connection.send(machine.send_head(status, reason, block.lines, fields, length))

    def send_data(self, chunk: bytes) -> None:
        """Send a piece of the response body.

        Raises:
            HTTPOutputError: it is more than was declared. The connection is closed.
        """
        connection = self.connection
        if connection.exchange is self:
            try:
                data = connection.machine.send_data(chunk)
            except LocalProtocolError as error:
                connection.close()
                raise HTTPOutputError(str(error)) from None
            connection.send(data)

    def send_file(self, descriptor: int, start: int, end: int, name: str) -> None:
        """Send a part of an open file as a piece of the response body, without reading it.

        Only where the length of the body was declared. See
        :meth:`zonda.iostream.IOStream.send_file`, which takes the descriptor over.

        Raises:
            LocalProtocolError: it is more than was declared, or nothing was. The descriptor
                is still the caller's.
        """
        connection = self.connection
        if connection.exchange is not self:
            raise StreamClosedError(real_error=connection.stream.error)
        connection.machine.send_elsewhere(end - start)
        connection._send_out()
        connection.stream.send_file(descriptor, start, end, name)

    def send_informational(self, status: int, fields: Sequence[tuple[str, str]] = ()) -> None:
        """Send an interim response, such as 103 Early Hints (RFC 8297)."""
        connection = self.connection
        if connection.exchange is self:
            connection.send(connection.machine.send_informational(status, fields))

    def end(self, trailers: Sequence[tuple[str, str]] = ()) -> None:
        """End the response and the exchange.

        Raises:
            HTTPOutputError: it is less than was declared. The connection is closed.
        """
        connection = self.connection
        if connection.exchange is self:
            try:
                data = connection.machine.end(trailers)
            except LocalProtocolError as error:
                gone = self.disconnected or connection.stream.closed()
                connection.close()
                if gone:
                    return  # the response is short because its client has gone
                raise HTTPOutputError(str(error)) from None
            connection.finish_exchange(data)

    def close_after_response(self) -> None:
        """Do not use the connection for another exchange."""
        self.connection.machine.keep_alive = False
        self.connection.short_way = None

    def abandon(self) -> None:
        """Close the connection: this response cannot be completed."""
        if self.connection.exchange is self:
            self._close_callback = None
            if self.connection.machine.ends_with_connection:
                self.connection.stream.abort()  # an orderly end would make it look complete
            else:
                self.connection.close()

    def give_up(self) -> None:
        """Nobody can answer this request any more: 500, if nothing was sent."""
        if self.connection.machine.head_due:
            self.respond(500, None, EMPTY_BLOCK, (), b"")
        else:
            self.abandon()

    def drained(self) -> asyncio.Future[None]:
        """Done when little enough is buffered for more to be sent.

        The future fails with :exc:`StreamClosedError` if the peer is gone.
        """
        connection = self.connection
        if connection._unsettled:
            return connection.drained()
        return connection.server.done

    @property
    def guests(self) -> Guests:
        """Where a connection that goes on as another protocol reports."""
        return self.connection.server.guests

    def upgrade(self, fields: Sequence[tuple[str, str]], reason: str | None = None) -> IOStream:
        """Switch protocols (RFC 9110 section 7.8): send 101 and hand over the stream.

        Bytes that came in behind the request stand in the stream's read buffer.
        """
        connection = self.connection
        if connection.exchange is not self:
            raise StreamClosedError()
        connection.send(connection.machine.send_head(101, reason, b"", fields, None))
        return connection.detach()

    def detach(self) -> IOStream:
        """Take the stream out of HTTP's hands, whatever has or has not been sent."""
        if self.connection.exchange is not self:
            raise StreamClosedError()
        return self.connection.detach()

    # -------------------------------------------------- Tornado's HTTPConnection

    @takes_callback
    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Write a response head, and the first piece of the body.

        The body is framed by the ``Content-Length`` in ``headers``; without one it is
        chunked, or ends with the connection for HTTP/1.0 clients.
        """
        assert isinstance(start_line, ResponseStartLine)
        length, fields = self._frame(headers)
        self.send_head(start_line.code, start_line.reason, EMPTY_BLOCK, fields, length)
        if chunk:
            self.send_data(chunk)
        return self.drained()

    @takes_callback
    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """Write a piece of the response body.

        Without :meth:`write_headers` before it, of the whole response: status line, fields
        and content as they are to go out. The connection is closed after such a response.
        """
        machine = self.connection.machine
        if machine.head_due and not self.over:
            machine.send_unframed()
        self.send_data(chunk)
        return self.drained()

    def finish(self) -> None:
        """End the response."""
        self.end()

    def _frame(self, headers: HTTPHeaders) -> tuple[int | None, list[tuple[str, str]]]:
        """The declared length, and the fields without those that frame the message."""
        if headers.get("Connection", "").lower() == "close":
            self.close_after_response()
        declared = headers.get("Content-Length")
        fields = [f for f in headers.get_all() if f[0] not in _FRAMING_FIELDS]
        if declared is None:
            return None, fields
        try:
            return parse_int(declared), fields
        except ValueError:
            self.connection.close()
            raise HTTPOutputError(f"Content-Length {declared!r} is no number") from None

    # -------------------------------------------------------------------- endings

    def connection_lost(self) -> None:
        """The peer is gone, or the server is closing: tell whoever waits."""
        self.disconnected = True
        callback, self._close_callback = self._close_callback, None
        receiver, self.receiver = self.receiver, None
        task, self.task = self.task, None
        if task is not None:
            task.cancel()
        if receiver is not None:
            receiver.on_connection_close()
        elif callback is not None:
            callback()


async def _wait_for(awaitable: Awaitable[Any]) -> None:
    await awaitable
