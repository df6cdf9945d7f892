"""The body of one request on its way from the machine to whoever takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from zonda.protocol.http1 import END, NEED_DATA

if TYPE_CHECKING:
    from zonda.http1connection.exchange import HTTP1Exchange
    from zonda.http1connection.server import ServerConnection
    from zonda.protocol.exchange import BodyReceiver

__all__ = ["RequestBody"]


class RequestBody:
    """Hands a body on as it arrives, or collects it where nobody streams.

    The receiver may hold it back: before the first piece (``BodyReceiver.ready``) and after
    each. Nothing is read from the client meanwhile, and the time does not count as the
    client's.
    """

    __slots__ = (
        "_begun",
        "_chunks",
        "_since",
        "_size",
        "connection",
        "exchange",
        "holding",
        "receiver",
        "timeout",
    )

    def __init__(
        self, connection: ServerConnection, exchange: HTTP1Exchange, receiver: BodyReceiver | None
    ) -> None:
        self.connection = connection
        self.exchange = exchange
        self.receiver = receiver
        #: Seconds that the whole body may take; None: any time.
        self.timeout = exchange.body_timeout or connection.server.timeouts.body
        #: Whether the receiver has asked to wait.
        self.holding = False
        self._chunks: list[bytes] = []
        self._begun = False
        self._since = connection.server.deadlines.now
        self._size = 0

    def read(self) -> None:
        """Hand on what is here of the body. At its end the service, or the receiver, goes on.

        Raises:
            RemoteProtocolError: broken framing, or a body over the limit in force.
            Exception: whatever the receiver raises.
        """
        connection, exchange = self.connection, self.exchange
        if not self._begun and not self._begin():
            return
        receiver, machine = self.receiver, connection.machine
        while not self.holding and connection.exchange is exchange:
            data = machine.next_data()
            if data is NEED_DATA:
                return
            if data is END:
                self._complete()
                return
            self._size += len(data)
            if receiver is None:
                self._chunks.append(data)
            else:
                pending = exchange.variables.run(receiver.data_received, data)
                if pending is not None:
                    self._hold(pending)

    def _begin(self) -> bool:
        """See to it that the body may come; False: the receiver is not ready."""
        connection, receiver = self.connection, self.receiver
        self._begun = True
        if receiver is not None and receiver.ready is not None:
            self._hold(receiver.ready)
            if self.holding:
                self._begun = False
                return False
            if connection.exchange is not self.exchange:
                return False
        machine = connection.machine
        machine.check_body_limit()
        if self.exchange.head.expect_continue and not machine.unread and machine.head_due:
            connection.send(machine.send_informational(100))
        return True

    def _complete(self) -> None:
        connection, exchange, receiver = self.connection, self.exchange, self.receiver
        connection.body = None
        if exchange.head.chunked:
            exchange.trailer_fields = connection.machine.trailers
        if receiver is None:
            chunks = self._chunks
            exchange.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            exchange.variables.run(connection.server.service, exchange)
        else:
            exchange.variables.run(receiver.finish)
            exchange.receiver = None

    # --------------------------------------------------------------- holding back

    def _hold(self, pending: Awaitable[None]) -> None:
        """Read nothing until the receiver is ready for more."""
        exchange, connection = self.exchange, self.connection
        future = exchange.variables.run(exchange.follow, pending)
        if future is None:
            return
        future.add_done_callback(self._release, context=connection.server.context)
        self.holding = True
        self._since -= connection.server.deadlines.now
        if connection.exchange is exchange:
            connection.stream.pause_reading()

    def _release(self, future: asyncio.Future[None]) -> None:
        self.holding = False
        connection = self.connection
        self._since += connection.server.deadlines.now
        error = future.exception()
        if connection.exchange is not self.exchange:
            return
        if error is not None:
            connection.fail(error)
        else:
            connection.read_on()

    # -------------------------------------------------------------------- patience

    def slowness(self, now: float) -> str | None:
        """What is wrong with the pace of the body; None if nothing is."""
        timeouts = self.connection.server.timeouts
        elapsed = now - self._since
        if self.timeout is not None and elapsed > self.timeout:
            return f"the request body was not complete within {self.timeout:g} seconds"
        rate = timeouts.min_body_rate
        if elapsed > timeouts.body_rate_grace and self._size < rate * elapsed:
            return f"the request body came slower than {rate:g} bytes a second"
        return None
