"""A connection: order, back-pressure, one system call for a burst, and all its endings."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.websocket.peers import application, upgraded
from tests.wire import looped
from zonda.iostream import IOStream
from zonda.log import app_log
from zonda.protocol.websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Close,
    Deflate,
    DeflateParameters,
    WebSocket,
)
from zonda.testing import ExpectLog
from zonda.websocket import WebSocketClosedError, WebSocketHandler


class Recorder(WebSocketHandler):
    """Echoes, and keeps what happens to it."""

    made: list["Recorder"] = []

    def initialize(self) -> None:
        self.made.append(self)
        self.happened: list[Any] = []
        self.closed = asyncio.Event()

    def on_message(self, message: str | bytes) -> Any:
        self.write_message(message, isinstance(message, bytes))

    def on_ping(self, data: bytes) -> None:
        self.happened.append(("ping", data))

    def on_pong(self, data: bytes) -> None:
        self.happened.append(("pong", data))

    def on_close(self) -> None:
        self.happened.append(("close", self.close_code, self.close_reason, self.ws_connection))
        self.closed.set()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    Recorder.made = []


@looped
async def test_messages_come_back_in_order() -> None:
    async with application(Recorder) as served:
        peer = await upgraded(served)
        data = b"".join(peer.machine.message(str(n), False) for n in range(500))
        await peer.send(data + peer.machine.ping(b"p"))
        assert [await peer.event() for _ in range(500)] == [(TEXT, str(n)) for n in range(500)]
        assert await peer.event() == (PONG, b"p")
        assert Recorder.made[0].happened == [("ping", b"p")]


@pytest.mark.parametrize("name", ["abort", "_abort"])
@looped
async def test_abort(name: str) -> None:
    async with application(Recorder) as served:
        peer = await upgraded(served)
        getattr(Recorder.made[0].ws_connection, name)()
        assert await peer.event() is None
        await Recorder.made[0].closed.wait()
        assert Recorder.made[0].happened == [("close", None, None, None)]


@pytest.mark.parametrize("extension", ["", "Sec-WebSocket-Extensions: permessage-deflate"])
@looped
async def test_large_messages_keep_their_place_among_small_ones(extension: str) -> None:
    class Mixed(Recorder):
        def get_compression_options(self) -> dict[str, Any]:
            return {}

        def on_message(self, message: str | bytes) -> None:
            for size in (10, 70_000, 20, 65_536, 65_537, 0, 300_000):
                self.write_message(bytes([size % 251]) * size, binary=True)
            self.write_message("x" * 70_000, binary=True)

    async with application(Mixed) as served:
        peer = await upgraded(served, "/ws", *filter(None, [extension]))
        if extension:
            peer.machine = WebSocket(False, 1 << 20, Deflate(DeflateParameters(), False))
        await peer.send(peer.machine.message("go", False))
        for size in (10, 70_000, 20, 65_536, 65_537, 0, 300_000):
            assert await peer.event() == (BINARY, bytes([size % 251]) * size)
        assert await peer.event() == (BINARY, b"x" * 70_000)
        connection = Recorder.made[0].ws_connection
        assert connection is not None
        assert connection._message_bytes_out == peer.machine.message_bytes_in
        assert connection._wire_bytes_out == peer.machine.wire_bytes_in


@looped
async def test_a_burst_is_answered_in_one_system_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async with application(Recorder) as served:
        peer = await upgraded(served)
        calls: list[bytes] = []
        send = IOStream.send
        monkeypatch.setattr(
            IOStream, "send", lambda self, data: (calls.append(data), send(self, data))[1]
        )
        await peer.send(b"".join(peer.machine.message(str(n), False) for n in range(50)))
        for n in range(50):
            assert await peer.event() == (TEXT, str(n))
        assert len(calls) == 1


@looped
async def test_what_comes_behind_the_handshake_is_not_lost() -> None:
    async with application(Recorder) as served:
        peer = await served.connect()
        from tests.websocket.peers import HANDSHAKE, FramePeer

        frames = FramePeer(peer)
        head = "GET /ws HTTP/1.1\r\nHost: x\r\n" + "".join(f"{line}\r\n" for line in HANDSHAKE)
        await peer.send(head + "\r\n", frames.machine.message("early", False))
        assert (await peer.head()).status == 101
        assert await frames.event() == (TEXT, "early")


@looped
async def test_a_slow_callback_holds_back_its_peer_and_nobody_else() -> None:
    class Slow(Recorder):
        async def on_message(self, message: str | bytes) -> None:
            if message == "wait":
                await self.go.wait()
            self.write_message(message)

        def open(self, *args: Any) -> None:
            self.go = asyncio.Event()

    async with application(Slow) as served:
        slow, quick = await upgraded(served), await upgraded(served)
        messages = ["first", "wait", "second", "third"]
        await slow.send(b"".join(slow.machine.message(m, False) for m in messages))
        assert await slow.event() == (TEXT, "first")
        await quick.send(quick.machine.message("hello", False))
        assert await quick.event() == (TEXT, "hello")
        handler = Slow.made[0]
        assert handler.ws_connection is not None
        assert handler.ws_connection.stream._paused
        handler.go.set()
        assert [(await slow.event())[1] for _ in range(3)] == ["wait", "second", "third"]
        await slow.send(slow.machine.message("fourth", False))
        assert await slow.event() == (TEXT, "fourth")


@looped
async def test_a_long_row_waits_for_a_slow_callback_too() -> None:
    class Sometimes(Recorder):
        async def on_message(self, message: str | bytes) -> None:
            if int(message) % 50 == 7:
                for _ in range(5):
                    await asyncio.sleep(0)
            self.write_message(message)

    async with application(Sometimes) as served:
        peer = await upgraded(served)
        await peer.send(b"".join(peer.machine.message(str(n), False) for n in range(500)))
        assert [await peer.event() for _ in range(500)] == [(TEXT, str(n)) for n in range(500)]


@looped
async def test_open_may_take_its_time() -> None:
    class Late(Recorder):
        async def open(self, *args: Any) -> None:
            await asyncio.sleep(0.01)
            self.write_message("opened")

    async with application(Late) as served:
        peer = await upgraded(served)
        await peer.send(peer.machine.message("x", False))
        assert [await peer.event(), await peer.event()] == [(TEXT, "opened"), (TEXT, "x")]


@pytest.mark.parametrize("kind", ["plain", "at once", "later", "open"])
@looped
async def test_a_callback_that_fails_ends_the_connection_with_1011(kind: str) -> None:
    class Failing(Recorder):
        def open(self, *args: Any) -> None:
            if kind == "open":
                raise ZeroDivisionError

        def on_message(self, message: str | bytes) -> Any:
            if kind == "plain":
                raise ZeroDivisionError
            return self.fail()

        async def fail(self) -> None:
            if kind == "later":
                await asyncio.sleep(0)
            raise ZeroDivisionError

    async with application(Failing) as served:
        with ExpectLog(app_log, "Uncaught exception"):
            peer = await upgraded(served)
            await peer.send(peer.machine.message("x", False) * 2)
            assert await peer.close_code() == 1011
        await peer.peer.close()
        handler = Failing.made[0]
        await handler.closed.wait()
        assert len(handler.happened) == 1


@looped
async def test_closing_from_the_client() -> None:
    async with application(Recorder) as served:
        peer = await upgraded(served)
        await peer.send(peer.machine.message("last", False) + peer.machine.close(4001, "bye"))
        assert await peer.event() == (TEXT, "last")
        assert await peer.event() == (CLOSE, Close(4001, None))
        assert await peer.event() is None
        handler = Recorder.made[0]
        await handler.closed.wait()
        assert handler.happened == [("close", 4001, "bye", None)]
        with pytest.raises(WebSocketClosedError):
            handler.write_message("x")
        with pytest.raises(WebSocketClosedError):
            handler.ping()
        handler.close()


@looped
async def test_closing_from_the_server() -> None:
    class Closing(Recorder):
        def on_message(self, message: str | bytes) -> None:
            self.close(1001, "enough")

    async with application(Closing) as served:
        peer = await upgraded(served)
        await peer.send(peer.machine.message("x", False))
        assert await peer.event() == (CLOSE, Close(1001, "enough"))
        await peer.send(peer.machine.close(1001))
        assert await peer.event() is None
        handler = Closing.made[0]
        await handler.closed.wait()
        assert handler.happened == [("close", 1001, None, None)]


@looped
async def test_a_peer_that_does_not_answer_a_close_frame_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zonda.websocket.connection._CLOSE_LIMIT", 0.01)

    async with application(Recorder) as served:
        peer = await upgraded(served)
        handler = Recorder.made[0]
        handler.close()
        assert await peer.close_code() == 1005
        assert await peer.event() is None
        await handler.closed.wait()


@pytest.mark.parametrize("manner", ["say_no_more", "reset"])
@looped
async def test_a_peer_that_just_goes(manner: str) -> None:
    async with application(Recorder) as served:
        peer = await upgraded(served)
        getattr(peer.peer, manner)()
        handler = Recorder.made[0]
        await handler.closed.wait()
        assert handler.happened == [("close", None, None, None)]


@looped
async def test_flow_control() -> None:
    async with application(Recorder) as served:
        peer = await upgraded(served, read_buffer=4096)
        handler = Recorder.made[0]
        first = handler.write_message("x")
        assert first.done()
        while (future := handler.write_message(b"x" * 65536, binary=True)).done():
            pass
        peer.machine.receive(await peer.peer.reader.read(1000))
        while not future.done():
            await peer.peer.reader.read(65536)
        await future
        while (future := handler.write_message(b"x" * 65536, binary=True)).done():
            pass
        await peer.peer.close()
        with pytest.raises(WebSocketClosedError):
            await future


@looped
async def test_pings_are_sent_and_a_peer_that_is_silent_is_left() -> None:
    async with application(Recorder, websocket_ping_interval=0.05) as served:
        peer = await upgraded(served)
        for _ in range(2):
            kind, payload = await peer.event()
            assert kind == PING
            await peer.send(peer.machine.pong(payload))
        assert await peer.event() == (PING, b"")
        assert await peer.event() == (CLOSE, Close(1000, "ping timed out"))
        assert Recorder.made[0].happened == [("pong", b""), ("pong", b"")]


@looped
async def test_only_the_last_ping_is_answered_when_answers_cannot_be_sent() -> None:
    async with application(Recorder) as served:
        peer = await upgraded(served, read_buffer=4096)
        handler = Recorder.made[0]
        while handler.write_message(b"x" * 65536, binary=True).done():
            pass
        for n in range(100):
            await peer.send(peer.machine.ping(str(n).encode()))
        await served.until(lambda: len(handler.happened) == 100)
        pongs = []
        while True:
            kind, payload = await peer.event()
            if kind == PONG:
                pongs.append(payload)
                if payload == b"99":
                    break
        assert len(pongs) <= 3


@looped
async def test_callbacks_see_the_context_of_their_request() -> None:
    import contextvars

    who = contextvars.ContextVar("who", default="nobody")

    class Contextual(Recorder):
        def prepare(self) -> None:
            who.set(self.get_argument("who"))

        async def on_message(self, message: str | bytes) -> None:
            if message == "wait":
                await asyncio.sleep(0)
            self.write_message(who.get())

    async with application(Contextual) as served:
        one, other = await upgraded(served, "/ws?who=1"), await upgraded(served, "/ws?who=2")
        for peer, name in ((one, "1"), (other, "2"), (one, "1")):
            await peer.send(peer.machine.message("", False) + peer.machine.message("wait", False))
            assert [await peer.event() for _ in range(2)] == [(TEXT, name)] * 2
