"""A client's HTTP/1 connection to a server: the protocol machine meets a stream.

One connection carries one exchange at a time. The rules that hold it together:

* Bytes are pushed in by the stream and answered in the same call when the service
  answers at once. All that is written meanwhile goes out in one piece (``_out``).
* Simple requests that are answered at once take a short way, from ``data_received`` to
  `HTTP1Exchange.respond`; all others, and all that is unusual, the general one (``_run``).
* While a handler is suspended, input waits: up to ``_READ_AHEAD`` bytes are taken in,
  so that a peer that goes away is noticed, then reading stops. Pipelined requests are
  taken up when the response before them is complete.
* A body is handed on as it arrives; whoever takes it can hold it back.
* A connection whose framing is in doubt, or whose request was not read to its end, is
  closed after its response, with its input drained for a moment: closing at once
  would make the kernel throw the response away (RFC 9112 section 9.6).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from zonda._kernel import parse_request_head
from zonda.http1connection.backlog import Backlog
from zonda.http1connection.body import RequestBody
from zonda.http1connection.exchange import HTTP1Exchange
from zonda.http1connection.patience import ClientPatience
from zonda.http1connection.refusals import log_fault, refusal
from zonda.httputil import HTTPInputError
from zonda.iostream import IOStream, StreamClosedError
from zonda.log import app_log
from zonda.protocol.errors import RemoteProtocolError
from zonda.protocol.http1 import Framing, HTTP1Server

if TYPE_CHECKING:
    from zonda._kernel import RequestHead
    from zonda.http1connection.settings import ServerContext

__all__ = ["ServerConnection"]

_HEAD: Final = Framing.HEAD

#: What a service may raise and the connection answers; a KeyboardInterrupt or SystemExit goes on.
_FAILURES: Final = (Exception, asyncio.CancelledError, GeneratorExit)

#: Responses to pipelined requests that are gathered for one system call, in bytes.
_WRITE_AHEAD: Final = 65536
#: Pieces of output after which their size is looked at.
_PIECES: Final = 16
#: Input, in bytes, that is taken in while an exchange is not over.
_READ_AHEAD: Final = 65536


class ServerConnection(ClientPatience):
    """Drives one connection: the receiver of its stream's push face."""

    __slots__ = (
        "_closing",
        "_lingering",
        "_out",
        "_paused",
        "_peer_eof",
        "_ready",
        "_running",
        "_unsettled",
        "_waiters",
        "body",
        "exchange",
        "machine",
        "protocol",
        "remote_ip",
        "server",
        "short_way",
        "stream",
    )

    def __init__(
        self, stream: IOStream, server: ServerContext, remote_ip: str, protocol: str
    ) -> None:
        self.stream = stream
        self.server = server
        self.remote_ip = remote_ip
        self.protocol = protocol
        self.machine = HTTP1Server(server.limits, persistent=not server.no_keep_alive)
        #: The exchange under way; None between two.
        self.exchange: HTTP1Exchange | None = None
        #: The same while it may be answered by the short way.
        self.short_way: HTTP1Exchange | None = None
        #: Its body, until that is complete.
        self.body: RequestBody | None = None
        self.deadline = self._head_deadline = server.deadlines.now + server.timeouts.header
        self._out: list[bytes] = []
        self._waiters: list[asyncio.Future[None]] | None = None
        # Between two exchanges, with nothing unusual about the connection: the short way is open.
        self._ready = self.machine.persistent
        self._running = False  # inside _run: gather output, the loop there goes on by itself
        self._paused = False  # the stream's write buffer is over its high-water mark
        self._closing = False  # close when what is written has gone out
        self._lingering = False  # response sent, input thrown away
        self._peer_eof = False
        self._unsettled = False  # one of _closing, _peer_eof and _paused was once set
        self._backlog: Backlog | None = None  # watched while _paused or _lingering
        self._dropped = 0  # input thrown away since the last look
        self._linger_until = 0.0

    def start(self) -> None:
        """Begin to serve."""
        self.server.connections.add(self)
        self.server.deadlines.add(self)
        self.stream.start_push(self)

    # ------------------------------------------------------- the stream's receiver

    def data_received(self, data: bytes) -> None:
        """Bytes from the client."""
        machine = self.machine
        if self._ready:
            self._ready = False
            try:
                head = parse_request_head(data, 0, machine.max_head_size, machine.max_head_fields)
            except RemoteProtocolError:
                head = None  # _run finds the fault again, and answers
            if head is None or not head.simple:
                self._run(data, head)
                return
            server = self.server
            machine.head = head
            machine.outgoing = _HEAD
            context = server.context.copy()
            self.exchange = self.short_way = exchange = HTTP1Exchange(self, head, context)
            self._running = True
            try:
                context.run(server.serve, exchange)
            except _FAILURES as error:
                self._failed(error)
            finally:
                self._running = False
            if self._ready:  # HTTP1Exchange.respond says so
                machine.head = None
                self.deadline = server.deadlines.now + server.timeouts.idle
            else:
                self._turn_over(head)
        elif self.exchange is None:
            if self._paused:
                machine.receive(data)
                self.stream.pause_reading()
            elif self._lingering:
                self._dropped += len(data)
            else:
                self._run(data)
        else:
            machine.receive(data)
            body = self.body
            if body is not None:
                if not body.holding:
                    self._run()
            elif machine.unread > _READ_AHEAD:
                self.stream.pause_reading()

    def _unsettle(self) -> None:
        """Something unusual: the short way is closed for this request and the next ones."""
        self._unsettled = True
        self._ready = False
        self.short_way = None

    def eof_received(self) -> None:
        """The client sends nothing more: it has gone, or only closed its half.

        The two look alike. Handlers are told at once that the client left; a response
        that is produced all the same is still sent, and a client that is really gone
        answers that with a reset.
        """
        self._peer_eof = True
        self._unsettle()
        if self._lingering:
            self.close()
        elif self.exchange is None:
            if not self._paused:
                self._run()  # there may be requests that have not had their turn
        elif self.body is not None:
            self.machine.receive_eof()
            if not self.body.holding:
                self._run()
        else:
            self._set_deadline()
            self._tell_lost(self.exchange)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The stream is closed."""
        server = self.server
        self._unsettle()
        self._leave()
        exchange, self.exchange = self.exchange, None
        self.body = None
        self._out.clear()
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_exception(StreamClosedError(real_error=exc))
                waiter.exception()  # a handler that never awaits its flush is not at fault
        if exchange is not None:
            self._tell_lost(exchange)
        if server.on_close is not None:
            server.on_close(self)

    def _leave(self) -> None:
        """The server has nothing more to do with this connection."""
        server = self.server
        server.connections.discard(self)
        server.deadlines.discard(self)
        if server.emptied is not None and not server.connections:
            server.emptied.set()

    def _tell_lost(self, exchange: HTTP1Exchange) -> None:
        """Let who answers ``exchange`` know that the client has gone."""
        try:
            exchange.variables.run(exchange.connection_lost)
        except Exception:
            app_log.error("Exception in a callback for a lost connection", exc_info=True)

    def pause_writing(self) -> None:
        """The client takes its response slower than it is produced."""
        self._paused = True
        self._unsettle()
        self._backlog = None
        self._set_deadline()

    def resume_writing(self) -> None:
        """There is room again."""
        self._paused = False
        self._wake_waiters()
        self._set_deadline()
        if self.exchange is None and not self._lingering:
            # Requests that came while the client did not take its responses.
            self.server.loop.call_soon(self._resume, context=self.server.context)

    def _wake_waiters(self) -> None:
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_result(None)

    # ------------------------------------------------------------------ exchanges

    def _run(self, data: bytes = b"", known: RequestHead | None = None) -> None:
        """Serve what was received, and ``data``, as far as it goes; ``known`` is its head."""
        if self._running:
            return
        self._running = True
        machine = self.machine
        server = self.server
        head = None
        try:
            while self.exchange is None or self._read_body():
                if self._unsettled and not self._may_begin():
                    break
                if known is None:
                    head = machine.next_head(data)
                    if head is None:
                        break
                else:
                    machine.take_head(known, data)
                    head, known = known, None
                data = b""
                context = server.context.copy()
                exchange = self.exchange = HTTP1Exchange(self, head, context)
                if not machine.has_body or self._take_body(exchange):
                    context.run(server.serve, exchange)
                    if not machine.has_input or not self._send_gathered():
                        break
        except _FAILURES as error:
            self._failed(error)
        finally:
            self._running = False
        self._turn_over(head)

    def _turn_over(self, head: RequestHead | None) -> None:
        """Everything that is here has been served, up to a head that is not complete."""
        self.short_way = None
        if self._out:
            self._send_out()
        machine = self.machine
        if self.exchange is None:
            machine.head = None
            if head is None or self._unsettled or not machine.keep_alive:
                self._rest()
            else:  # the usual case of _rest
                self.deadline = self.server.deadlines.now + self.server.timeouts.idle
                self._ready = not machine.has_input
        elif not self._paused:
            self._set_deadline()

    def _read_body(self) -> bool:
        """Whether the exchange is over when what is here of its request's body is read."""
        if self.body is None:
            return False
        self.body.read()
        return self.exchange is None and self._send_gathered()

    def _may_begin(self) -> bool:
        """Whether another exchange may be begun: not for a client that takes no responses."""
        return not self._paused and not self._closing

    def _send_gathered(self) -> bool:
        """Between pipelined requests: whether the client takes its responses, so go on."""
        out = self._out
        if not len(out) % _PIECES and sum(map(len, out)) > _WRITE_AHEAD:
            self._send_out()
        return not self._paused

    def _send_out(self) -> None:
        """Send what was gathered: small pieces in one system call, large ones uncopied."""
        out = self._out
        if sum(map(len, out)) > _WRITE_AHEAD:
            for data in out:
                self.stream.send(data)
        elif out:
            self.stream.send(b"".join(out))
        out.clear()

    def _rest(self) -> None:
        """Between two exchanges: does the connection go on?"""
        if self._closing or not self.machine.keep_alive:
            self._linger()
        elif self._peer_eof and not self._paused:
            self.close()
        elif not self._paused:
            self._set_deadline()
            self._ready = not self._unsettled and not self.machine.unread

    def send(self, data: bytes) -> None:
        """Send, or gather what is written while input is being served."""
        if self._running:
            self.short_way = None
            out = self._out
            out.append(data)
            if len(data) > _WRITE_AHEAD or len(out) > _PIECES:
                self._send_out()  # lest a handler that never suspends fill the memory
        elif data:
            self.stream.send(data)

    def finish_exchange(self, data: bytes) -> None:
        """Send the last piece of a response and get ready for the next request."""
        exchange = self.exchange
        assert exchange is not None
        self.exchange = self.body = None
        exchange.task = exchange.receiver = exchange._close_callback = None
        self.send(data)
        if self._running:
            return
        if self.machine.unread and self.machine.keep_alive and not self._closing:
            # A fresh turn and a fresh context: this one belongs to the handler.
            self.server.loop.call_soon(self._resume, context=self.server.context)
        else:
            self._rest()
            self._resume_reading()

    def _resume(self) -> None:
        """Take up requests that were pipelined behind one that took its time."""
        if self.exchange is None and not self._lingering and not self._paused:
            self._run()
            self._resume_reading()

    def _resume_reading(self) -> None:
        if not self._lingering and self.machine.unread <= _READ_AHEAD:
            self.stream.resume_reading()

    # ---------------------------------------------------------------------- bodies

    def _take_body(self, exchange: HTTP1Exchange) -> bool:
        """A body follows this head: who takes it? True if it is here, for the service."""
        receiver = exchange.variables.run(self.server.service.open, exchange)
        if self.exchange is not exchange:
            return False  # answered without a look at the body
        if receiver is not None:
            exchange.receiver = receiver
            exchange._followed = True
        else:
            body = self.machine.whole_body()
            if body is not None:
                exchange.body = body
                return True
        self.body = RequestBody(self, exchange, receiver)
        return False

    def read_on(self) -> None:
        """The receiver of the body is ready for more."""
        self._run()
        body = self.body
        if body is None or not body.holding:
            self._resume_reading()

    # --------------------------------------------------------------------- endings

    def fail(self, error: BaseException) -> None:
        """The exchange under way cannot go on; for failures outside of input being served."""
        self._failed(error)
        self._send_out()
        if self.exchange is None:
            self._rest()

    def _failed(self, error: BaseException) -> None:
        """Input was broken, or the service failed: answer if nothing was, and close."""
        if isinstance(error, HTTPInputError):
            error = RemoteProtocolError(400, str(error))
        if isinstance(error, RemoteProtocolError):
            log_fault(error, self.remote_ip, self._peer_eof)
            self._refuse(error)
            return
        app_log.error("Uncaught exception in the service of %s", self.remote_ip, exc_info=error)
        if self.exchange is None:
            return  # answered all the same
        if self.machine.head_due:
            self._refuse(RemoteProtocolError(500, "the request could not be served"))
        else:
            self.stream.close()

    def _refuse(self, error: RemoteProtocolError) -> None:
        """Answer with the status that ``error`` calls for, and close."""
        exchange, self.exchange = self.exchange, None
        self.body = None
        answer = refusal(self.machine, error)
        if answer:
            self._out.append(answer)
        self._closing = True
        self._unsettle()
        if exchange is not None:
            self._tell_lost(exchange)

    def _linger(self) -> None:
        """Close, but let the client read the response first."""
        if self._lingering:
            return
        self._closing = self._lingering = True
        self._unsettle()
        if self._peer_eof or self.stream.closed():
            self.close()
            return
        self.stream.resume_reading()
        self.stream.send_eof()
        self._linger_until = self.server.deadlines.now + self.server.timeouts.linger_total
        self._set_deadline()

    # ---------------------------------------------------------------- for exchanges

    def drained(self) -> asyncio.Future[None]:
        """Done when the client has taken enough of the response for more to be sent."""
        if self.stream.closed():
            future: asyncio.Future[None] = self.server.loop.create_future()
            future.set_exception(StreamClosedError(real_error=self.stream.error))
            future.exception()
            return future
        if not self._paused:
            return self.server.done
        future = self.server.loop.create_future()
        if self._waiters is None:
            self._waiters = []
        self._waiters.append(future)
        return future

    def detach(self) -> IOStream:
        """Hand the stream, with what was received and not read, to another protocol."""
        self._send_out()
        exchange = self.exchange
        if exchange is not None:
            exchange.task = exchange.receiver = exchange._close_callback = None
        self.exchange = self.body = None
        self._closing = self._lingering = True
        self._unsettle()
        self._wake_waiters()
        self._leave()
        self.stream.stop_push(self.machine.take_unread())
        return self.stream

    def retire(self) -> None:
        """Make the exchange under way, or the next one, the last (RFC 9112 section 9.6)."""
        self.machine.persistent = False
        if self.exchange is not None:
            self.machine.keep_alive = False
        self._unsettle()

    def shut_down(self) -> None:
        """Close as soon as no exchange is under way."""
        self._closing = True
        self._unsettle()
        self.machine.keep_alive = False
        if self.exchange is None:
            self.close()

    def close(self) -> None:
        """Close when what is written has gone out."""
        self._send_out()
        self._closing = self._lingering = True
        self._unsettle()
        self.machine.keep_alive = False
        self.stream.close_after_flush()
        self._set_deadline()
