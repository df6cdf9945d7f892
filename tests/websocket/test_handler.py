"""The handler: handshake, origins, subprotocols, compression, and what comes before."""

import asyncio
from typing import Any

import pytest

from tests.websocket.peers import HANDSHAKE, FramePeer, application, upgraded
from tests.wire import looped
from zonda.protocol.websocket import TEXT, Deflate, DeflateParameters, WebSocket
from zonda.websocket import WebSocketHandler


class Echo(WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, isinstance(message, bytes))


async def refusal(served: Any, *fields: str, handshake: Any = HANDSHAKE) -> int:
    peer = await served.connect()
    return int((await peer.get("/ws", *handshake, *fields)).status)


@looped
async def test_requests_that_are_no_handshake_get_an_ordinary_answer() -> None:
    async with application(Echo) as served:
        for index, status in enumerate((400, 400, 400, 426)):
            kept = [*HANDSHAKE[:index], *HANDSHAKE[index + 1 :]]
            assert await refusal(served, handshake=kept) == status
        peer = await served.connect()
        answer = await peer.get("/ws", *HANDSHAKE[:3], "Sec-WebSocket-Version: 8")
        assert (answer.status, answer["Sec-WebSocket-Version"]) == (426, "13")
        assert (await peer.get("/ws", method="POST")).status == 405
        assert await refusal(served, "Sec-WebSocket-Extensions: ;") == 400


@looped
async def test_pages_of_other_origins_are_refused() -> None:
    async with application(Echo, trusted_origins=["https://friend.example"]) as served:
        for origin in ("https://evil.example", "null", "http://x.evil.example", "http://[x"):
            assert await refusal(served, f"Origin: {origin}") == 403
        for origin in ("http://x", "https://X", "https://friend.example"):
            await upgraded(served, "/ws", f"Origin: {origin}")


@looped
async def test_a_handler_may_allow_other_origins() -> None:
    class Open(Echo):
        def check_origin(self, origin: str) -> bool:
            return origin.endswith(".example")

    async with application(Open) as served:
        await upgraded(served, "/ws", "Origin: https://any.example")
        assert await refusal(served, "Origin: https://evil.test") == 403


@looped
async def test_subprotocols() -> None:
    class Chosen(Echo):
        def select_subprotocol(self, subprotocols: list[str]) -> str | None:
            self.proposed = subprotocols
            return "b" if "b" in subprotocols else None

        def open(self, *args: Any) -> None:
            self.write_message(f"{self.proposed} {self.selected_subprotocol}")

    async with application(Chosen) as served:
        peer = await upgraded(served, "/ws", "Sec-WebSocket-Protocol: a, b")
        assert await peer.event() == (TEXT, "['a', 'b'] b")
        peer = await upgraded(served)
        assert await peer.event() == (TEXT, "[] None")


@looped
async def test_compression_is_agreed_on() -> None:
    class Compressed(Echo):
        def get_compression_options(self) -> dict[str, Any]:
            return {"compression_level": 9, "mem_level": 4}

    async with application(Compressed) as served:
        peer = await served.connect()
        answer = await peer.get("/ws", *HANDSHAKE, "Sec-WebSocket-Extensions: permessage-deflate")
        assert answer["Sec-WebSocket-Extensions"] == "permessage-deflate"
        frames = FramePeer(peer)
        frames.machine = WebSocket(False, 10_000_000, Deflate(DeflateParameters(), False))
        for _ in range(2):
            await frames.send(frames.machine.message("x" * 100_000, False))
            assert await frames.event() == (TEXT, "x" * 100_000)
        assert frames.machine.wire_bytes_in < 1000
        assert "Sec-WebSocket-Extensions" not in await peer_without(served)


async def peer_without(served: Any) -> Any:
    return await (await served.connect()).get("/ws", *HANDSHAKE)


@looped
async def test_a_compression_option_that_cannot_be_is_an_error() -> None:
    from zonda.log import app_log
    from zonda.testing import ExpectLog

    class Wrong(Echo):
        def get_compression_options(self) -> dict[str, Any]:
            return {"compression_level": 10}

    async with application(Wrong) as served:
        with ExpectLog(app_log, "Uncaught exception"):
            assert await refusal(served, "Sec-WebSocket-Extensions: permessage-deflate") == 500


@looped
async def test_fields_and_cookies_set_before_go_with_the_handshake() -> None:
    class Polite(Echo):
        def prepare(self) -> None:
            self.set_header("X-Hello", "there")
            self.set_cookie("c", "1")

    async with application(Polite) as served:
        answer = await peer_without(served)
        assert (answer["X-Hello"], answer["Set-Cookie"]) == ("there", "c=1; Path=/")
        assert "Content-Type" not in answer
        assert "Content-Length" not in answer


@looped
async def test_what_belongs_to_ordinary_responses_fails_afterwards() -> None:
    class Confused(Echo):
        def open(self, *args: Any) -> None:
            for name, values in (("write", ["x"]), ("set_header", ["a", "b"]), ("finish", [])):
                with pytest.raises(RuntimeError, match=name):
                    getattr(self, name)(*values)
            self.write_message({"args": args})

    async with application(Confused) as served:
        peer = await upgraded(served, "/ws/room")
        assert await peer.event() == (TEXT, '{"args": ["room"]}')


@looped
async def test_an_overridden_get_lasts_as_long_as_the_connection() -> None:
    order: list[str] = []

    class Wrapped(Echo):
        async def get(self, *args: Any, **kwargs: Any) -> None:
            if self.get_argument("user", None) is None:
                self.set_status(401)
                self.finish()
                return
            await super().get(*args, **kwargs)
            order.append("after")

        def on_close(self) -> None:
            order.append("close")

    async with application(Wrapped) as served:
        assert (await peer_without(served)).status == 401
        peer = await upgraded(served, "/ws?user=1")
        await peer.send(peer.machine.message("x", False))
        assert await peer.event() == (TEXT, "x")
        assert order == []
        await peer.send(peer.machine.close())
        await served.until(lambda: len(order) == 2)
        assert order == ["close", "after"]


@looped
async def test_messages_over_the_limit_end_in_1009() -> None:
    async with application(Echo, websocket_max_message_size=100) as served:
        peer = await upgraded(served)
        await peer.send(peer.machine.message("x" * 101, False))
        assert await peer.close_code() == 1009


@looped
async def test_what_cannot_be_sent() -> None:
    problems: list[str] = []

    class Careless(Echo):
        def on_message(self, message: str | bytes) -> None:
            for value in (1, None, b"\xff", ["x"]):
                try:
                    self.write_message(value)  # type: ignore[arg-type]
                except (TypeError, ValueError) as error:
                    problems.append(type(error).__name__)
            for call in (lambda: self.ping("x" * 126), lambda: self.close(1006)):
                with pytest.raises(ValueError):
                    call()
            self.write_message(bytearray(b"ok"))
            self.set_nodelay(True)

    async with application(Careless) as served:
        peer = await upgraded(served)
        await peer.send(peer.machine.message("x", False))
        assert await peer.event() == (TEXT, "ok")
        assert problems == ["TypeError", "TypeError", "UnicodeDecodeError", "TypeError"]


@looped
async def test_idle_connections_are_small() -> None:
    import gc
    import tracemalloc

    async with application(Echo) as served:
        peers = [await upgraded(served) for _ in range(3)]
        gc.collect()
        handlers = [o for o in gc.get_objects() if isinstance(o, Echo)]
        assert len(handlers) == len(peers)
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            mine = [WebSocket(True, 1000) for _ in range(100)]
            assert (tracemalloc.get_traced_memory()[0] - before) / len(mine) < 1000
        finally:
            tracemalloc.stop()
        await asyncio.sleep(0)
