"""One message to many connections: a group, and what it does about slow members."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, get_args

from zonda._kernel import send_some
from zonda.iostream import IOStream
from zonda.protocol.websocket import SharedMessage
from zonda.websocket.errors import GroupFullError, WebSocketClosedError
from zonda.websocket.payload import as_payload

if TYPE_CHECKING:
    from zonda.protocol.websocket import WebSocket
    from zonda.websocket.client import WebSocketClientConnection
    from zonda.websocket.connection import WebSocketProtocol13
    from zonda.websocket.handler import WebSocketHandler

    #: What sending to one member takes, at hand: its connection, machine and stream; and what
    #: takes a frame into account, or None where more is to do than to hand the plain frame to
    #: the socket (compression, a mask, TLS). A plain tuple is taken apart quickest.
    Lane: TypeAlias = tuple[
        WebSocketProtocol13, WebSocket, IOStream, Callable[[int, int], None] | None
    ]
    Member: TypeAlias = WebSocketHandler | WebSocketClientConnection

__all__ = ["Group", "GroupFigures", "Policy"]

#: What becomes of a message for a member that is slow.
Policy = Literal["drop", "close", "wait"]

#: The close code for members that are too slow: they break the group's policy (RFC 6455 7.4.1).
_TOO_SLOW: Final = 1008


class GroupFigures(NamedTuple):
    """What a group has done, and how it stands."""

    #: Members at this moment.
    members: int
    #: Messages handed to members: one message to three members counts three times.
    sent: int
    #: Messages that slow members were not sent.
    dropped: int
    #: Members that were closed because they were slow.
    closed: int
    #: Bytes that wait for members at this moment.
    queued: int


class Group:
    """Connections that are sent the same messages.

    A message is framed once, and compressed once for all members that compress alike. For
    each member it costs one attempt to send. A member for which more than ``limit`` bytes
    wait is *slow*; what it does not take does not hold up the others::

        everybody = Group("close", limit=1_000_000)

        class Feed(WebSocketHandler):
            def open(self):
                everybody.add(self)

        everybody.send({"price": 42})

    Members leave by themselves when their connection ends. A group belongs to one event
    loop, and a connection may be in several groups.

    Args:
        policy: what becomes of a message for a slow member. ``"drop"``: it is not sent to
            that member. ``"close"``: the member is disconnected with code 1008. ``"wait"``:
            it is sent as soon as the member has taken enough, and who awaits :meth:`send`
            waits as long; a member that takes longer than ``patience`` is disconnected.
        limit: bytes that may wait for a member before it counts as slow. With ``"wait"``,
            also bytes of messages that may wait for their turn.
        patience: seconds, for ``"wait"``.

    Raises:
        ValueError: there is no such policy, or a figure is negative.
    """

    def __init__(
        self, policy: Policy = "drop", *, limit: int = 256 * 1024, patience: float = 10.0
    ) -> None:
        if policy not in get_args(Policy):
            raise ValueError(f"policy is one of {get_args(Policy)}, not {policy!r}")
        if limit < 0 or patience < 0:
            raise ValueError("limit and patience are not negative")
        self.policy: Policy = policy
        self.limit = limit
        self.patience = patience
        self._members: dict[Any, Lane] = {}
        self._sent = self._dropped = self._closed = 0
        #: The last message that some members have not been sent yet ("wait").
        self._unfinished: asyncio.Task[None] | None = None
        self._lined_up = 0  # bytes of messages that wait for their turn
        self._done: asyncio.Future[None] | None = None

    # -- members ----------------------------------------------------------------------------

    def add(self, member: Member) -> None:
        """Take in a handler whose connection is open, or a client connection.

        Raises:
            WebSocketClosedError: the connection is not open, or not any more.
        """
        connection = _connection_of(member)
        if connection is None or connection.is_closing():
            raise WebSocketClosedError()
        if self.policy == "wait":
            connection.lower_high_water(self.limit)
        machine, stream = connection.machine, connection.stream
        count = machine.plain_counter if type(stream) is IOStream else None
        self._members[member] = (connection, machine, stream, count)
        connection.join(self)

    def discard(self, member: object) -> None:
        """Leave out a member; harmless if it is none."""
        lane = self._members.pop(member, None)
        if lane is not None:
            lane[0].leave(self)

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._members))

    def __contains__(self, member: object) -> bool:
        return member in self._members

    @property
    def figures(self) -> GroupFigures:
        """The figures of this moment."""
        queued = sum(stream.write_buffer_size for _, _, stream, _ in self._members.values())
        return GroupFigures(
            len(self), self._sent, self._dropped, self._closed, queued + self._lined_up
        )

    # -- sending ----------------------------------------------------------------------------

    def send(
        self,
        message: str | bytes | dict[str, Any],
        binary: bool = False,
        *,
        exclude: Member | None = None,
    ) -> asyncio.Future[None]:
        """Send a message to all members.

        Args:
            message: as for ``WebSocketHandler.write_message``; a dict is sent as JSON.
            binary: send it as a binary message, of any bytes.
            exclude: a member that does not get it.

        Returns:
            a future that is done when every member has been sent the message, or never
            will be; it does not fail. Only with the policy ``"wait"`` it may take time:
            messages then keep their order, and giving up waiting does not take one back.

        Raises:
            GroupFullError: more than ``limit`` bytes of messages wait for their turn.
        """
        if type(message) is not str and type(message) is not bytes:
            message = as_payload(message)
        shared = SharedMessage(message, binary)
        if self._unfinished is not None:
            return self._line_up(shared, exclude)
        slow = self._deliver(shared, self._recipients(exclude))
        if slow and self.policy == "wait":
            return self._finish_later(self._finish(shared, slow))
        return self._nothing_to_wait_for()

    def _recipients(self, exclude: Member | None) -> Iterable[Lane]:
        if exclude is None:
            return self._members.values()
        return [lane for member, lane in self._members.items() if member is not exclude]

    def _deliver(
        self, shared: SharedMessage, recipients: Iterable[Lane]
    ) -> list[WebSocketProtocol13]:
        """Send to who is not slow; who is slow is seen to, or with "wait" returned."""
        slow = []
        limit = self.limit
        frame, frame_size, size = shared.plain, len(shared.plain), len(shared.payload)
        sent = 0
        for connection, machine, stream, count in recipients:
            if machine.close_sent:
                continue
            idle = stream._wbuf is None
            if not idle and stream.write_buffer_size > limit:
                slow.append(connection)
                continue
            sent += 1
            if count is None or not idle or connection._gathering:
                connection.share(shared)
                continue
            # The usual case of share() and IOStream.send, written out: one system call.
            count(frame_size, size)
            try:
                taken = send_some(stream._fd, frame)
            except OSError:
                taken = 0
            if taken != frame_size:
                stream.send(memoryview(frame)[taken:])
        self._sent += sent
        if slow and self.policy == "drop":
            self._dropped += len(slow)
        elif slow and self.policy == "close":
            self._disconnect(slow)
        return slow

    def _disconnect(self, slow: Iterable[WebSocketProtocol13]) -> None:
        for connection in slow:
            self._closed += 1
            connection.close(_TOO_SLOW, "too slow")

    def _nothing_to_wait_for(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        done = self._done
        if done is None or done.get_loop() is not loop:
            done = self._done = loop.create_future()
            done.set_result(None)
        return done

    # -- waiting ----------------------------------------------------------------------------

    def _line_up(self, shared: SharedMessage, exclude: Member | None) -> asyncio.Future[None]:
        """Let a message wait until the one before it has been sent to everybody."""
        size = len(shared.plain)
        if self._lined_up and self._lined_up + size > self.limit:
            raise GroupFullError(
                f"{self._lined_up} bytes of messages to the group wait for its slowest member; "
                "await send() before you send more"
            )
        self._lined_up += size
        assert self._unfinished is not None
        return self._finish_later(self._take_turn(self._unfinished, shared, exclude))

    def _finish_later(self, work: Any) -> asyncio.Future[None]:
        task = self._unfinished = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._finished)
        return asyncio.shield(task)

    def _finished(self, task: asyncio.Task[None]) -> None:
        if self._unfinished is task:
            self._unfinished = None

    async def _take_turn(
        self, earlier: asyncio.Task[None], shared: SharedMessage, exclude: Member | None
    ) -> None:
        try:
            await asyncio.wait([earlier])
        finally:
            self._lined_up -= len(shared.plain)
        await self._finish(shared, self._deliver(shared, self._recipients(exclude)))

    async def _finish(self, shared: SharedMessage, slow: list[WebSocketProtocol13]) -> None:
        """Send to slow members as each of them has taken enough."""
        if slow:
            await asyncio.gather(*[self._send_when_drained(shared, one) for one in slow])

    async def _send_when_drained(
        self, shared: SharedMessage, connection: WebSocketProtocol13
    ) -> None:
        try:
            async with asyncio.timeout(self.patience):
                await connection.drained()
        except TimeoutError:
            if not connection.is_closing():
                self._disconnect([connection])
        except WebSocketClosedError:
            pass
        else:
            if not connection.is_closing() and connection.handler in self._members:
                connection.share(shared)
                self._sent += 1


def _connection_of(member: Member) -> WebSocketProtocol13 | None:
    found: WebSocketProtocol13 | None = getattr(member, "ws_connection", None)
    return found or getattr(member, "protocol", None)
