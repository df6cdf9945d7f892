"""A WebSocket connection: the protocol machine meets a stream.

Both ends use it; who is told of messages is the *endpoint*, a handler or a client. The
rules that hold it together:

* What arrives is pushed in by the stream and handed to the endpoint by a plain call. All
  that is sent meanwhile goes out in one piece (``_out``).
* When a callback returns an awaitable that is not done, what follows waits and reading
  stops: messages stay in order, and a slow receiver holds back its peer.
* Whatever ends the connection, the endpoint is told exactly once (``connection_lost``).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from contextvars import Context
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final

from zonda.log import gen_log
from zonda.protocol.websocket import (
    BROKEN,
    CLOSE,
    GOING_AWAY,
    INTERNAL_ERROR,
    PING,
    PONG,
    Event,
    SharedMessage,
    WebSocket,
)
from zonda.websocket.endpoint import HOLD
from zonda.websocket.errors import WebSocketClosedError
from zonda.websocket.figures import Figures
from zonda.websocket.payload import as_payload
from zonda.websocket.timer import Timer

if TYPE_CHECKING:
    from zonda.guests import Guests
    from zonda.iostream import IOStream
    from zonda.websocket.endpoint import Endpoint
    from zonda.websocket.group import Group
    from zonda.websocket.heartbeat import Heartbeat
    from zonda.websocket.services import LoopServices
    from zonda.websocket.settings import ConnectionSettings

__all__ = ["WebSocketProtocol13"]

#: Bytes that may wait to be sent before senders are to wait.
_HIGH_WATER: Final = 65536
#: Binary messages of more bytes go out as they are, behind their header: copying them costs
#: more than a second system call.
_UNCOPIED: Final = 65536
#: Bytes that are gathered for one system call.
_GATHER: Final = 65536
#: Messages of one connection that are handed on before others get their turn.
_TURN: Final = 64
#: Seconds for the peer to answer a close frame, and to close its end of the stream.
_CLOSE_LIMIT: Final = 5.0
#: Seconds in which the peer may read why the connection was broken off.
_LINGER: Final = 2.0


class WebSocketProtocol13(Figures):
    """One connection, after its handshake: the receiver of its stream's push face.

    Args:
        handler: who is told what arrives.
        stream: carries the connection; what is in its read buffer belongs to it.
        machine: the protocol's state.
        settings: pings.
        services: those of the running loop.
        context: context variables for the endpoint's callbacks.
    """

    __slots__ = (
        "__dict__",
        "_awaiting",
        "_gathering",
        "_groups",
        "_guests",
        "_heartbeat",
        "_held_back",
        "_late_pong",
        "_lost",
        "_out",
        "_out_size",
        "_paused",
        "_pong_waits",
        "_services",
        "_timer",
        "_waiters",
        "close_code",
        "close_reason",
        "context",
        "handler",
        "machine",
        "settings",
        "stream",
    )

    def __init__(
        self,
        handler: Endpoint,
        stream: IOStream,
        machine: WebSocket,
        settings: ConnectionSettings,
        services: LoopServices,
        context: Context,
    ) -> None:
        self.handler = handler
        self.stream = stream
        self.machine = machine
        self.settings = settings
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self._services = services
        self.context = context
        self._out: list[bytes] | None = None
        self._out_size = 0
        self._gathering = False  # inside _deliver: what is sent waits in _out
        self._held_back: list[Event] | None = None  # what waits for its turn
        self._awaiting = False  # a callback is awaited
        self._waiters: list[asyncio.Future[None]] | None = None
        self._paused = False  # the stream's write buffer is over its high-water mark
        self._pong_waits = False  # the answer to an earlier ping has not gone out yet
        self._late_pong: bytes | None = None
        self._heartbeat: Heartbeat | None = None
        self._timer = Timer(services, context)
        self._lost = False
        self._guests: Guests | None = None
        self._groups: list[Group] | None = None

    # -- beginning --------------------------------------------------------------------------

    def start(self, guests: Guests | None = None) -> None:
        """Take over the stream. Messages wait until :meth:`go_on` is called.

        Args:
            guests: those of the server that the connection belongs to.
        """
        if guests is not None:
            self._guests = guests
            guests.add(self)
        self._held_back = []
        self.stream.pause_reading()
        self.stream.start_push(self)
        interval = self.settings.ping_interval
        if interval is not None and interval > 0:
            from zonda.websocket.heartbeat import Heartbeat

            self._heartbeat = Heartbeat(self, self._timer, self.settings)

    def go_on(self) -> None:
        """Hand over what has arrived meanwhile, and read on."""
        events, self._held_back = self._held_back, None
        self._awaiting = False
        if self._lost:
            return
        if events:
            self._deliver(events)
        if self._held_back is None:
            self.stream.resume_reading()

    # -- the stream's receiver --------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer."""
        events = self.machine.receive(data)
        if self._held_back is not None:
            self._held_back += events
        elif events:
            self.context.run(self._deliver, events)

    def eof_received(self) -> None:
        """The peer sends nothing more, which without a close frame is abnormal."""
        if self.stream.write_buffer_size and self.machine.close_sent:
            self.stream.close_after_flush()
        else:
            self.stream.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The stream is closed."""
        self._lost = True
        self._timer.cancel()
        if self._guests is not None:
            self._guests.discard(self)
        for group in list(self._groups or ()):
            group.discard(self.handler)
        self._held_back = self._out = None
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_exception(WebSocketClosedError())
                waiter.exception()  # whoever never awaits a write is not at fault
        self.context.run(self._tell_lost)

    def _tell_lost(self) -> None:
        try:
            self.handler.on_connection_close()
        except Exception:
            self.handler.log_exception(*sys.exc_info())

    @property
    def is_holding_back(self) -> bool:
        """Whether what arrives waits for its turn."""
        return self._held_back is not None

    def pause_writing(self) -> None:
        """The peer takes messages slower than they are produced."""
        self._paused = True

    def resume_writing(self) -> None:
        """There is room again."""
        self._paused = False
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_result(None)

    # -- groups -----------------------------------------------------------------------------

    def join(self, group: Group) -> None:
        """Be discarded from ``group`` when the connection is lost."""
        if self._groups is None:
            self._groups = []
        if group not in self._groups:
            self._groups.append(group)

    def leave(self, group: Group) -> None:
        """The connection is no longer in ``group``."""
        if self._groups is not None and group in self._groups:
            self._groups.remove(group)

    def lower_high_water(self, limit: int) -> None:
        """Let no more than ``limit`` bytes wait before senders are to wait."""
        self.stream.set_write_limits(min(limit, _HIGH_WATER))

    # -- incoming ---------------------------------------------------------------------------

    def _deliver(self, events: list[Event]) -> None:
        """Hand events to the endpoint; what is sent meanwhile goes out in one piece."""
        self._gathering = True
        on_message = self.handler.on_message
        position = 0
        if len(events) > _TURN:
            events = self._hold_back(events)
        try:
            for kind, payload in events:
                position += 1
                if kind == 1 or kind == 2:
                    pending = on_message(payload)
                else:
                    pending = self._handle_message(kind, payload)
                if pending is not None and not self._finished(pending):
                    self._held_back = events[position:] + (self._held_back or [])
                    self._awaiting = True
                    self.stream.pause_reading()
                    break
        except (Exception, asyncio.CancelledError):
            self.callback_failed()
        self._gathering = False
        if self._out:
            self._flush()

    def _hold_back(self, events: list[Event]) -> list[Event]:
        """Let the rest of a long row wait for the next turn of the loop."""
        self._held_back = events[_TURN:]
        self.stream.pause_reading()
        self._services.loop.call_soon(self._next_turn, context=self.context)
        return events[:_TURN]

    def _next_turn(self) -> None:
        if not self._awaiting:
            self.go_on()

    def _handle_message(self, opcode: int, data: Any) -> Any:
        """Everything but messages; what the endpoint's callback returns."""
        if opcode == PING:
            self._answer_ping(data)
            return self.handler.on_ping(data)
        if opcode == PONG:
            if self._heartbeat is not None:
                self._heartbeat.pong()
            return self.handler.on_pong(data)
        if opcode == CLOSE:
            self.close_code, self.close_reason = data
            self.handler.close_code, self.handler.close_reason = data
            self._send(self.machine.close(data.code))
            self._shut_down()
        elif opcode == BROKEN:
            gen_log.debug("Closed a WebSocket connection: %s (%d)", data.text, data.status)
            self._break_off(data.status, data.text)
        return None

    def _finished(self, pending: Any) -> bool:
        """Whether an awaitable is done; if not, messages wait for it."""
        if pending is HOLD:
            return False
        if type(pending) is not CoroutineType:
            from zonda.gen import convert_yielded

            pending = _wait_for(convert_yielded(pending))
        return self._services.eager.run(pending, self.context, self._callback_done) is None

    def _callback_done(self, failure: BaseException | None) -> None:
        """A callback that took its time has ended, inside its task."""
        if self._lost or self._services.loop.is_closed():
            return
        if failure is None:
            # A turn and a context of their own: this one belongs to the callback.
            self._services.loop.call_soon(self.go_on, context=self.context)
        else:
            self._held_back = None
            self.callback_failed((type(failure), failure, failure.__traceback__))

    def callback_failed(self, exc_info: tuple[Any, Any, Any] | None = None) -> None:
        """The endpoint raised an exception, by default the one that is being handled."""
        self.handler.log_exception(*(exc_info or sys.exc_info()))
        self._break_off(INTERNAL_ERROR, None)

    def _answer_ping(self, data: bytes) -> None:
        """Answer with a pong; while that cannot be sent, only the last ping counts."""
        if self.machine.close_sent:
            return
        if self._pong_waits:
            self._late_pong = data
            return
        written = self._write_frame(True, PONG, data)
        if not written.done():
            self._pong_waits = True
            written.add_done_callback(self._pong_written)

    def _pong_written(self, written: asyncio.Future[None]) -> None:
        self._pong_waits = False
        pong, self._late_pong = self._late_pong, None
        if pong is not None and not written.cancelled() and written.exception() is None:
            self._answer_ping(pong)

    # -- outgoing ---------------------------------------------------------------------------

    def write_message(
        self, message: str | bytes | dict[str, Any], binary: bool = False
    ) -> asyncio.Future[None]:
        """See ``WebSocketHandler.write_message``."""
        machine = self.machine
        if machine.close_sent or self.stream.closed():
            raise WebSocketClosedError()
        if type(message) is not str and type(message) is not bytes:
            message = as_payload(message)
        if binary and len(message) > _UNCOPIED and type(message) is bytes and machine.sends_plain:
            self._flush()
            self.stream.send(machine.large_header(len(message)))
            self.stream.send(message)
            return self.drained()
        data = machine.message(message, binary)
        if self._gathering:
            self._gather(data)
        else:
            self.stream.send(data)
        return self.drained()

    def share(self, message: SharedMessage) -> None:
        """Send a message that others get, too."""
        self._send(self.machine.share(message))

    def _send(self, data: bytes) -> None:
        if self._gathering:
            self._gather(data)
        elif data:
            self.stream.send(data)

    def _gather(self, data: bytes) -> None:
        if self._out is None:
            self._out = []
        self._out.append(data)
        self._out_size += len(data)
        if self._out_size > _GATHER:
            self._flush()

    def _flush(self) -> None:
        out = self._out
        self._out_size = 0
        if out:
            self.stream.send(out[0] if len(out) == 1 else b"".join(out))
            out.clear()

    def drained(self) -> asyncio.Future[None]:
        """Done when the peer has taken enough for more to be sent."""
        if not self._paused:
            return self._services.done
        future: asyncio.Future[None] = self._services.loop.create_future()
        if self._lost:
            future.set_exception(WebSocketClosedError())
            future.exception()
            return future
        if self._waiters is None:
            self._waiters = []
        self._waiters.append(future)
        return future

    def write_ping(self, data: bytes) -> None:
        """Send a ping.

        Raises:
            ValueError: ``data`` has more than 125 bytes.
        """
        if self.machine.close_sent or self.stream.closed():
            raise WebSocketClosedError()
        self._send(self.machine.ping(data))

    def _write_frame(
        self, fin: bool, opcode: int, data: bytes, flags: int = 0
    ) -> asyncio.Future[None]:
        """Any frame at all; for tests of what is on the other end."""
        if self.stream.closed():
            raise WebSocketClosedError()
        self._send(self.machine.frame((0x80 if fin else 0) | flags | opcode, data))
        return self.drained()

    def set_nodelay(self, value: bool) -> None:
        """See ``WebSocketHandler.set_nodelay``."""
        self.stream.set_nodelay(value)

    # -- endings ----------------------------------------------------------------------------

    def is_closing(self) -> bool:
        """Whether the connection is closed or about to be."""
        machine = self.machine
        return machine.close_sent or machine.close_received or self.stream.closed()

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Begin to close: send a close frame, and give the peer 5 seconds to answer.

        Raises:
            ValueError: code or reason cannot be sent.
        """
        if self.stream.closed():
            return
        data = self.machine.close(code, reason)
        if data:
            self._send(data)
            self._timer.set(_CLOSE_LIMIT, self.abort)

    def go_away(self) -> None:
        """Begin to close: the server shuts down."""
        self.close(GOING_AWAY)

    def abort(self) -> None:
        """Close at once, without a word to the peer."""
        self.stream.close()

    _abort = abort  # Tornado's name for it, which sockjs-tornado calls

    def _shut_down(self) -> None:
        """Close frames have gone both ways: the server closes the stream (RFC 6455 7.1.1)."""
        self._flush()
        self._timer.set(_CLOSE_LIMIT, self.stream.abort)
        if self.machine.server:
            self.stream.close_after_flush()

    def _break_off(self, code: int, reason: str | None) -> None:
        """Fail the connection (RFC 6455 7.1.7), but let the peer read why.

        Closing at once, with input unread, would make the kernel throw our close frame away.
        """
        if self.stream.closed():
            return
        self._send(self.machine.close(code, reason))
        self._flush()
        self.machine.close_received = True
        self._late_pong = None
        if self._held_back is not None:
            self._held_back.clear()
        self.stream.send_eof()
        self._timer.set(_LINGER, self.stream.abort)
        self.stream.resume_reading()

    @property
    def selected_subprotocol(self) -> str | None:
        """The subprotocol that was agreed on."""
        selected: str | None = self.__dict__.get("_subprotocol")
        return selected

    @selected_subprotocol.setter
    def selected_subprotocol(self, subprotocol: str | None) -> None:
        if subprotocol is not None:
            self.__dict__["_subprotocol"] = subprotocol


async def _wait_for(awaitable: Awaitable[Any]) -> None:
    await awaitable
