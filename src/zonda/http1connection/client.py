"""A client's HTTP/1 connection: the protocol machine meets a stream.

A connection carries one exchange at a time and may be used for many. Who runs an
exchange is told of its parts by plain calls (:class:`ResponseReceiver`); nothing here
waits, so an exchange costs no task.

There are two ways through an exchange. The short one (:class:`Asker`) is for a request that goes
out whole, to be answered by a *simple* response (see ``ResponseHead``) that comes in one piece:
most are, and then the machine is not asked. When anything else comes, the asker names who takes
the response the usual way, and that begins as if nothing had come yet.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from zonda._kernel import BadHead, parse_response_head
from zonda.iostream import IOStream, StreamClosedError
from zonda.protocol.http1 import END, NEED_DATA, HTTP1Client
from zonda.protocol.limits import Limits

if TYPE_CHECKING:
    from zonda._kernel import ResponseHead

__all__ = ["MAX_INFORMATIONAL", "Asker", "HTTP1ClientConnection", "ResponseReceiver"]

#: Interim responses (1xx) that a server may send before the final one, unless told otherwise.
MAX_INFORMATIONAL = Limits().max_informational


class ResponseReceiver(Protocol):
    """Takes the response of one exchange."""

    def informational_received(self, head: ResponseHead) -> None:
        """An interim response (1xx)."""

    def head_received(self, head: ResponseHead) -> None:
        """The final response's head."""

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of its body; an awaitable holds the rest back until it is done."""

    def response_complete(self) -> None:
        """The response is complete; the connection is free, or closed if it cannot be reused."""

    def exchange_failed(self, error: BaseException) -> None:
        """The connection was lost, or the server broke the protocol."""

    def writable(self) -> None:
        """More of the request's body can be sent."""


class Asker(Protocol):
    """Takes the response of an exchange that goes the short way."""

    def response_received(self, head: ResponseHead, content: bytes) -> None:
        """A simple response, whole: no other call comes, and the connection is free."""

    def long_way(self) -> ResponseReceiver:
        """It is no simple one, or none: who takes what comes. No other call comes here."""


class HTTP1ClientConnection:
    """One connection to one server: the receiver of its stream's push face."""

    __slots__ = (
        "_asked",
        "_holding",
        "_paused",
        "_poll",
        "asker",
        "born",
        "lost",
        "machine",
        "on_lost",
        "receiver",
        "shelf",
        "stream",
        "used",
    )

    def __init__(self, stream: IOStream, limits: Limits) -> None:
        self.stream = stream
        self.machine = HTTP1Client(limits)
        #: Who runs the exchange under way; None between two.
        self.receiver: ResponseReceiver | None = None
        #: The same, as long as it goes the short way.
        self.asker: Asker | None = None
        self._asked = ""
        #: Where the pool keeps the connection when it is idle; the pool's business.
        self.shelf: dict[HTTP1ClientConnection, None] = {}
        #: Exchanges begun on this connection.
        self.used = 0
        #: Loop time at which it was made; the pool's business.
        self.born = 0.0
        #: Whether the connection is closed or being closed.
        self.lost = False
        #: Called with the connection if it is lost between two exchanges.
        self.on_lost: Callable[[HTTP1ClientConnection], None] | None = None
        self._holding = False
        self._paused = False
        self._poll: select.poll | None = None

    def start(self) -> None:
        """Begin to read."""
        self.stream.start_push(self)

    # -------------------------------------------------------------------- exchanges

    def send_request(
        self,
        receiver: ResponseReceiver,
        method: str,
        start_line: bytes,
        block: bytes,
        fields: Sequence[tuple[str, str]],
        length: int | None,
        body: bytes | None,
    ) -> None:
        """Begin an exchange; the arguments are those of ``HTTP1Client.send_request``.

        Raises:
            ValueError: a field cannot be sent. The connection stays usable.
        """
        data = self.machine.send_request(method, start_line, block, fields, length, body)
        self.receiver = receiver
        self.used += 1
        self.stream.send(data)

    def ask(self, asker: Asker, method: str, request: bytes) -> None:
        """Begin an exchange the short way.

        Args:
            asker: takes the response.
            method: the request's; not HEAD or CONNECT.
            request: all of it.
        """
        self.asker = asker
        self._asked = method
        self.used += 1
        self.stream.send(request)

    def go_long_way(self) -> None:
        """Go on with the exchange that was begun by :meth:`ask` as if by :meth:`send_request`."""
        asker, self.asker = self.asker, None
        if asker is not None:
            self.machine.request_sent(self._asked)
            self.receiver = asker.long_way()

    def send_data(self, chunk: bytes) -> bool:
        """Send a piece of the request's body; False: wait for ``writable``."""
        self.stream.send(self.machine.send_data(chunk))
        return not self._paused

    def end_request(self) -> None:
        """The request's body is complete."""
        data = self.machine.end()
        if data:
            self.stream.send(data)

    def stale(self) -> bool:
        """Whether the server has closed an idle connection, or sent what nobody asked for.

        Asks the kernel, for requests that must not be sent twice.
        """
        poll = self._poll
        if poll is None:
            poll = self._poll = select.poll()
            poll.register(self.stream.socket, select.POLLIN)
        return bool(poll.poll(0))

    @property
    def sending(self) -> bool:
        """Whether a part of the request has not been given to the kernel yet."""
        return self.stream.writing() or not (self.asker or self.machine.request_complete)

    @property
    def silent(self) -> bool:
        """Whether nothing of the response to the last request has come."""
        return self.machine.silent

    def abandon(self) -> None:
        """Give up the exchange under way: nobody knows what is still to come on the wire."""
        self.receiver = self.asker = None
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.lost = True
        self.stream.close()

    # -------------------------------------------------------- the stream's receiver

    def data_received(self, data: bytes) -> None:
        """Bytes from the server."""
        asker = self.asker
        if asker is not None:
            limits = self.machine.limits
            try:
                head = parse_response_head(
                    data, 0, limits.max_header_size, limits.max_header_fields
                )
            except BadHead:
                head = None  # it will be found once more
            content = None if head is None else head.content
            if head is not None and content is not None and len(content) <= limits.max_body_size:
                self.asker = None
                asker.response_received(head, content)
                return
            self.go_long_way()
        if self.receiver is None:
            self.close()  # nobody asked for anything
            return
        self.machine.receive(data)
        if not self._holding:
            self._read()

    def eof_received(self) -> None:
        """The server sends nothing more."""
        self.go_long_way()
        self.machine.receive_eof()
        if self.receiver is not None and self.machine.silent:
            self._fail(StreamClosedError())
        elif self.receiver is not None and not self._holding:
            self._read()
        if self.receiver is None:
            self.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The stream is closed."""
        self.lost = True
        self.go_long_way()
        receiver, self.receiver = self.receiver, None
        if receiver is not None:
            receiver.exchange_failed(StreamClosedError(real_error=exc))
        elif self.on_lost is not None:
            self.on_lost(self)

    def pause_writing(self) -> None:
        """The server takes the request's body slower than it is produced."""
        self._paused = True

    def resume_writing(self) -> None:
        """There is room again."""
        self._paused = False
        if self.receiver is not None:
            self.receiver.writable()

    # ------------------------------------------------------------------- responses

    def _read(self) -> None:
        """Hand on what is here of the response."""
        machine = self.machine
        receiver = self.receiver
        assert receiver is not None
        try:
            if machine.head is None and not self._read_head(receiver):
                return
            while self.receiver is receiver:
                data = machine.next_data()
                if data is NEED_DATA:
                    return
                if data is END:
                    self._complete()
                    return
                pending = receiver.data_received(data)
                if pending is not None and self.receiver is receiver:
                    self._hold(receiver, pending)
                    return
        except Exception as error:  # broken input, or the receiver's own code failed
            self._fail(error)

    def _read_head(self, receiver: ResponseReceiver) -> bool:
        """Whether the final head is here."""
        machine = self.machine
        while True:
            head = machine.next_head()
            if head is None:
                return False
            if head.status >= 200 or head.status == 101:
                receiver.head_received(head)
                return self.receiver is receiver
            receiver.informational_received(head)
            if self.receiver is not receiver:
                return False

    def _hold(self, receiver: ResponseReceiver, pending: Awaitable[None]) -> None:
        """Stop reading until the receiver has done with this piece."""
        self._holding = True
        self.stream.pause_reading()
        future = asyncio.ensure_future(pending)

        def release(future: asyncio.Future[None]) -> None:
            self._holding = False
            if self.receiver is not receiver:
                return
            try:
                error = future.exception()
            except asyncio.CancelledError as cancelled:
                error = cancelled
            if error is not None:
                self._fail(error)
                return
            self._read()
            if not self._holding and not self.lost:
                self.stream.resume_reading()

        future.add_done_callback(release)

    def _complete(self) -> None:
        """The response is complete. Free the connection, then say so.

        A response that came before the end of the request's body leaves the connection
        unfit for another exchange: it is closed.
        """
        machine = self.machine
        receiver, self.receiver = self.receiver, None
        assert receiver is not None
        if not machine.renew() and not (machine.head and machine.head.status == 101):
            self.close()
        receiver.response_complete()

    def _fail(self, error: BaseException) -> None:
        receiver, self.receiver = self.receiver, None
        self.close()
        if receiver is not None:
            receiver.exchange_failed(error)
