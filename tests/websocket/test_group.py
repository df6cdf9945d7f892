"""One message to many: framed once, and slow members as the group's policy has it."""

import asyncio
import json
import zlib
from typing import Any

import pytest

from tests.websocket.peers import FramePeer, application, upgraded
from tests.wire import Served, looped
from zonda.httpclient import HTTPRequest
from zonda.protocol.websocket import BINARY, CLOSE, TEXT
from zonda.websocket import (
    Group,
    GroupFigures,
    GroupFullError,
    WebSocketClosedError,
    WebSocketHandler,
    websocket_connect,
)

#: What a peer that reads nothing makes wait: more than the system's buffers hold.
BLOCK = b"x" * 400_000


class Member(WebSocketHandler):
    """Joins the group that the test has made."""

    group: Group
    made: list["Member"]

    def get_compression_options(self) -> dict[str, Any] | None:
        return {"server_max_window_bits": 10} if "small" in self.request.query else {}

    def open(self, *args: str) -> None:
        self.made.append(self)
        self.group.add(self)

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message)
        self.group.send("all")


def members(group: Group) -> type[Member]:
    return type("Members", (Member,), {"group": group, "made": []})


async def text(peer: FramePeer) -> Any:
    kind, payload = await peer.event()
    assert kind in (TEXT, BINARY)
    return payload


async def slow_and_quick(served: Served, group: Group) -> tuple[FramePeer, FramePeer]:
    """Two members; for the first, which reads nothing, more than the limit waits."""
    slow = await upgraded(served, read_buffer=4096)
    slow.peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await served.until(lambda: len(group) == 1)
    while group.figures.queued <= group.limit:
        group.send(BLOCK, binary=True)
    quick = await upgraded(served)
    await served.until(lambda: len(group) == 2)
    return slow, quick


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="policy"):
        Group("ignore")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="negative"):
        Group(limit=-1)
    with pytest.raises(ValueError, match="negative"):
        Group(patience=-1)


@looped
async def test_everybody_gets_everything() -> None:
    group = Group()
    async with application(members(group)) as served:
        peers = [await upgraded(served) for _ in range(5)]
        await served.until(lambda: len(group) == 5)
        for message in ("héllo", b"\xff\0", {"a": 1}, ""):
            assert group.send(message, isinstance(message, bytes)).done()
            for peer in peers:
                got = await text(peer)
                assert (json.loads(got) if isinstance(message, dict) else got) == message
        assert group.figures == GroupFigures(5, 20, 0, 0, 0)
        with pytest.raises(TypeError):
            group.send(1)  # type: ignore[arg-type]
        with pytest.raises(UnicodeError):
            group.send(b"\xff")


@looped
async def test_members_come_and_go() -> None:
    group, other = Group(), Group()
    handlers = members(group)
    async with application(handlers) as served:
        peers = [await upgraded(served) for _ in range(3)]
        await served.until(lambda: len(group) == 3)
        first, second, third = handlers.made
        assert first in group
        assert list(group) == handlers.made
        group.discard(second)
        group.discard(second)
        other.add(first)
        other.add(first)
        group.send("x", exclude=third)
        assert await text(peers[0]) == "x"
        await peers[0].send(peers[0].machine.close(1000))
        assert await peers[0].close_code() == 1000
        await served.until(lambda: first not in group and first not in other)
        assert list(group) == [third]
        with pytest.raises(WebSocketClosedError):
            group.add(first)
        third.close()
        group.send("not any more")
        assert (await peers[2].event())[0] == CLOSE
        assert group.figures.sent == 1


@looped
async def test_what_a_member_was_sent_before_comes_before() -> None:
    group = Group()
    async with application(members(group)) as served:
        one, two = await upgraded(served), await upgraded(served)
        await served.until(lambda: len(group) == 2)
        await one.send(one.machine.message("mine", False))
        assert [await text(one), await text(one)] == ["mine", "all"]
        assert await text(two) == "all"


@looped
async def test_a_client_may_be_a_member() -> None:
    class Echo(WebSocketHandler):
        def on_message(self, message: str | bytes) -> None:
            self.write_message(message)

    group = Group()
    async with application(Echo) as served:
        clients = [await websocket_connect(f"ws://127.0.0.1:{served.port}/ws") for _ in range(2)]
        for client in clients:
            group.add(client)
        group.send("x")
        for client in clients:
            assert await client.read_message() == "x"
            client.close()
            assert await client.read_message() is None
        assert not len(group)


@looped
async def test_over_tls() -> None:
    group = Group()
    async with application(members(group), tls=True) as served:
        request = HTTPRequest(f"wss://127.0.0.1:{served.port}/ws", validate_cert=False)
        clients = [await websocket_connect(request) for _ in range(2)]
        await served.until(lambda: len(group) == 2)
        for message in ("x", "y" * 100_000):
            group.send(message)
            for client in clients:
                assert await client.read_message() == message
        for client in clients:
            client.close()
            assert await client.read_message() is None


@looped
async def test_compressed_once_for_each_way_to_compress(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = zlib.compressobj

    def count(*args: Any) -> Any:
        made.append(args[2])
        return real(*args)

    group = Group()
    message = json.dumps([{"n": n} for n in range(100)])
    async with application(members(group)) as served:
        clients = [
            await websocket_connect(
                f"ws://127.0.0.1:{served.port}/ws{query}", compression_options=options
            )
            for query, options in (
                ("", None),
                ("", {}),
                ("", {}),
                ("?small", {}),
                ("?small", {}),
                ("", {"server_no_context_takeover": True}),
            )
        ]
        await served.until(lambda: len(group) == 6)
        monkeypatch.setattr(zlib, "compressobj", count)
        group.send(message)
        assert sorted(made) == [-15, -10]
        for client in clients:
            assert await client.read_message() == message
        # Own messages and shared ones in turn: neither may refer to what the other has sent.
        for _ in range(3):
            for handler in group:
                handler.write_message(message)
            group.send(message)
            for client in clients:
                assert [await client.read_message() for _ in range(2)] == [message] * 2
        for handler in group:
            connection = handler.ws_connection
            assert connection._message_bytes_out == 7 * len(message)
            compressed = connection.machine._deflate is not None
            assert (connection._wire_bytes_out < 7 * len(message)) == compressed
        for client in clients:
            client.close()
            assert await client.read_message() is None


@looped
async def test_drop_leaves_out_who_is_slow() -> None:
    group = Group("drop", limit=100_000)
    async with application(members(group)) as served:
        slow, quick = await slow_and_quick(served, group)
        before = group.figures
        for n in range(50):
            group.send(f"{n}")
            assert await text(quick) == f"{n}"
        assert group.figures == before._replace(sent=before.sent + 50, dropped=50)
        assert group.figures.queued < 100_000 + len(BLOCK) + 100
        slow.peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(before.sent):
            assert await text(slow) == BLOCK
        await served.until(lambda: not group.figures.queued)
        group.send("again")
        assert await text(slow) == "again"


@looped
async def test_close_disconnects_who_is_slow() -> None:
    group = Group("close", limit=100_000)
    async with application(members(group)) as served:
        slow, quick = await slow_and_quick(served, group)
        group.send("x")
        group.send("y")
        assert [await text(quick), await text(quick)] == ["x", "y"]
        assert group.figures.closed == 1
        slow.peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await slow.close_code() == 1008
        await slow.send(slow.machine.close())
        await served.until(lambda: len(group) == 1)


@pytest.mark.parametrize("limit", [1000, 100_000])
@looped
async def test_wait_waits_for_who_is_slow(limit: int) -> None:
    group = Group("wait", limit=limit)
    async with application(members(group)) as served:
        slow, quick = await slow_and_quick(served, group)
        sent = group.figures.sent
        one, two, three = group.send("1"), group.send("2"), group.send("3")
        assert await text(quick) == "1"  # at once; the next ones keep the order
        assert not one.done()
        two.cancel()  # whoever waited has given up; the message goes out all the same
        assert group.figures.queued > limit + 4
        slow.peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(sent):
            assert await text(slow) == BLOCK
        for peer in (slow, quick):
            assert await text(peer) == ("1" if peer is slow else "2")
        assert [await text(slow), await text(slow)] == ["2", "3"]
        assert await text(quick) == "3"
        await asyncio.gather(one, three)
        assert group.send("4").done()
        assert group.figures == GroupFigures(2, sent + 8, 0, 0, 0)


@looped
async def test_waiting_has_an_end() -> None:
    group = Group("wait", limit=1000, patience=0.05)
    async with application(members(group)) as served:
        slow, quick = await slow_and_quick(served, group)
        await group.send("1")
        await group.send("2")
        assert [await text(quick), await text(quick)] == ["1", "2"]
        assert group.figures.closed == 1
        slow.peer.reset()


@looped
async def test_waiting_ends_with_the_member() -> None:
    group = Group("wait", limit=1000)
    async with application(members(group)) as served:
        slow, quick = await slow_and_quick(served, group)
        one, two = group.send("1"), group.send("2")
        slow.peer.reset()
        await asyncio.gather(one, two)
        assert [await text(quick), await text(quick)] == ["1", "2"]
        assert group.figures.closed == 0
        assert len(group) == 1


@looped
async def test_who_does_not_wait_is_stopped() -> None:
    group = Group("wait", limit=1000)
    async with application(members(group)) as served:
        slow, quick = await slow_and_quick(served, group)
        pending = [group.send("x" * 400) for _ in range(3)]
        with pytest.raises(GroupFullError, match="await"):
            group.send("x" * 400)
        slow.peer.reset()
        await asyncio.gather(*pending)
        for _ in range(3):
            assert await text(quick) == "x" * 400
