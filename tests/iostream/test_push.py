"""The push face, on every kind of stream."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from tests.iostream.peers import (
    KINDS,
    Recorder,
    looped,
    socket_pair,
    stream_pair,
    turns,
)
from zonda.iostream import IOStream, StreamClosedError

every_kind = pytest.mark.parametrize("kind", KINDS)
BIG = bytes(range(256)) * 8192  # 2 MiB


@every_kind
@looped
async def test_what_arrives_is_pushed_and_what_is_sent_arrives(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        ours, theirs = Recorder(), Recorder()
        server.start_push(ours)
        client.start_push(theirs)
        client.send(b"hello")
        await ours.until_bytes(5)
        server.send(bytearray(b"wor"))
        server.send(memoryview(b"ld"))
        await theirs.until_bytes(5)
        assert (ours.data, theirs.data) == (b"hello", b"world")


@every_kind
@looped
async def test_large_transfers_in_both_directions_at_once(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        ours, theirs = Recorder(), Recorder()
        server.start_push(ours)
        client.start_push(theirs)
        client.send(BIG)
        server.send(BIG)
        await asyncio.gather(ours.until_bytes(len(BIG)), theirs.until_bytes(len(BIG)))
        assert ours.data == theirs.data == BIG
        assert server.write_buffer_size == 0


@every_kind
@looped
async def test_many_pieces_keep_their_order(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        theirs = Recorder()
        client.start_push(theirs)
        pieces = [bytes([i % 256]) * (i * 37 % 5000) for i in range(600)]
        for piece in pieces:
            server.send(piece)
        expected = b"".join(pieces)
        await theirs.until_bytes(len(expected))
        assert theirs.data == expected


@every_kind
@looped
async def test_bytes_in_the_pull_buffer_are_pushed_first_and_at_once(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        client.send(b"line\nthe rest")
        assert await server.read_until(b"\n") == b"line\n"
        ours = Recorder()
        server.start_push(ours)
        assert ours.data == b"the rest"
        client.send(b" and more")
        await ours.until_bytes(17)
        assert ours.data == b"the rest and more"


@every_kind
@looped
async def test_stop_push_gives_the_rest_back_to_the_pull_face(kind: str) -> None:
    async with stream_pair(kind) as (server, client):

        class Upgrade(Recorder):
            def data_received(self, data: bytes) -> None:
                super().data_received(data)
                server.stop_push(self.data[3:])

        ours = Upgrade()
        server.start_push(ours)
        client.send(b"101the rest\n")
        await ours.until_bytes(12)
        client.send(b"and more\n")
        assert await server.read_until(b"\n") == b"the rest\n"
        assert await server.read_until(b"\n") == b"and more\n"
        assert ours.chunks == 1
        again = Recorder()
        server.start_push(again)
        client.send(b"back")
        await again.until_bytes(4)


@looped
async def test_two_receivers_are_refused() -> None:
    async with stream_pair() as (server, _):
        server.start_push(Recorder())
        with pytest.raises(RuntimeError, match="stop_push"):
            server.start_push(Recorder())
        with pytest.raises(AssertionError, match="stop_push"):
            server.read_bytes(1)


@looped
async def test_a_pending_read_and_a_receiver_exclude_each_other() -> None:
    async with stream_pair() as (server, client):
        read = server.read_bytes(3)
        with pytest.raises(RuntimeError, match="a read is pending"):
            server.start_push(Recorder())
        client.send(b"abc")
        assert await read == b"abc"


@every_kind
@looped
async def test_paused_reading_leaves_the_bytes_where_they_are(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        ours = Recorder()
        server.pause_reading()
        server.start_push(ours)
        client.send(b"wait")
        await asyncio.sleep(0.02)
        assert ours.data == b""
        server.pause_reading()
        server.resume_reading()
        server.resume_reading()
        await ours.until_bytes(4)
        server.pause_reading()
        client.send(b"again")
        await asyncio.sleep(0.02)
        assert ours.data == b"wait"
        server.resume_reading()
        await ours.until_bytes(9)


@every_kind
@looped
async def test_reading_paused_beforehand_stays_paused_for_a_receiver(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        server.set_close_callback(lambda: None)  # so that the pull face watches for the end
        ours = Recorder()
        server.pause_reading()
        server.start_push(ours)
        client.send(b"early")
        await turns(10)
        assert not server._rbuf, "the pull face has read what the receiver was to get"
        assert not ours.data
        server.resume_reading()
        await ours.until_bytes(5)
        assert ours.data == b"early"


@looped
async def test_a_receiver_may_pause_while_records_are_being_read() -> None:
    async with stream_pair("tls") as (server, client):

        class OneAtATime(Recorder):
            def data_received(self, data: bytes) -> None:
                super().data_received(data)
                server.pause_reading()

        ours = OneAtATime()
        server.start_push(ours)
        client.send(BIG)
        chunks = 0
        while len(ours.data) < len(BIG):
            await ours.until_chunks(chunks + 1)
            assert ours.chunks == chunks + 1
            chunks = ours.chunks
            server.resume_reading()
        assert ours.data == BIG


@every_kind
@looped
async def test_the_peer_closes(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        ours = Recorder()
        server.start_push(ours)
        client.send(b"bye")
        client.close_after_flush()
        await ours.until_event("eof")
        assert ours.data == b"bye"
        assert not server.closed()
        server.resume_reading()
        await turns()
        assert ours.events == ["eof"]
        server.close()
        assert ours.events == ["eof"]  # not from inside close()
        await ours.until_event("lost")
        await turns()
        assert ours.events == ["eof", "lost"]
        assert ours.lost == [None]


@every_kind
@looped
async def test_half_closed_is_not_closed(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        ours, theirs = Recorder(), Recorder()
        server.start_push(ours)
        client.start_push(theirs)
        client.send(BIG)
        client.send_eof()
        await ours.until_event("eof")
        assert ours.data == BIG
        if kind != "tls":  # there the answer may be refused
            server.send(b"answer")
            await theirs.until_bytes(6)
        server.close_after_flush()
        await theirs.until(lambda: {"eof", "lost"} & set(theirs.events))


@looped
async def test_water_marks() -> None:
    async with stream_pair() as (server, client):
        ours = Recorder()
        server.start_push(ours)
        server.set_write_limits(100_000, 10_000)
        while server.write_buffer_size <= 100_000:
            assert "pause" not in ours.events
            server.send(bytes(30_000))
        assert ours.events == ["pause"]
        server.send(bytes(30_000))
        assert ours.events == ["pause"]
        theirs = Recorder()
        client.start_push(theirs)
        await ours.until_event("resume")
        assert server.write_buffer_size <= 10_000


@pytest.mark.parametrize(("high", "low"), [(10, 20), (10, -1)])
@looped
async def test_water_marks_out_of_order_are_refused(high: int, low: int) -> None:
    async with stream_pair() as (server, _):
        with pytest.raises(ValueError, match="0 <= low <= high"):
            server.set_write_limits(high, low)


@every_kind
@looped
async def test_close_drops_and_close_after_flush_does_not(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        theirs = Recorder()
        server.start_push(Recorder())
        server.send(BIG)
        server.send(BIG)
        assert server.write_buffer_size > 0
        server.close_after_flush()
        assert not server.closed()
        client.start_push(theirs)
        await theirs.until_event("eof")
        assert theirs.data == BIG + BIG
        assert server.closed()
    async with stream_pair(kind) as (server, client):
        ours = Recorder()
        server.start_push(ours)
        server.send(BIG * 4)
        server.close()
        assert server.write_buffer_size == 0
        await ours.until_event("lost")


@every_kind
@looped
async def test_sending_on_a_closed_stream_is_ignored(kind: str) -> None:
    async with stream_pair(kind) as (server, _):
        ours = Recorder()
        server.start_push(ours)
        server.close()
        for call in (server.send_eof, server.abort, server.pause_reading, server.resume_reading):
            call()
        server.send(b"x")
        server.send(bytes(100_000))
        server.close_after_flush()
        await turns()
        assert ours.events == ["lost"]


@every_kind
@looped
async def test_a_closed_stream_tells_a_late_receiver(kind: str) -> None:
    async with stream_pair(kind) as (server, _):
        server.close(ValueError("why"))
        ours = Recorder()
        server.start_push(ours)
        await ours.until_event("lost")
        assert [str(exc) for exc in ours.lost] == ["why"]


@looped
async def test_abort_resets_the_connection() -> None:
    async with stream_pair() as (server, client):
        theirs, ours = Recorder(), Recorder()
        client.start_push(theirs)
        server.start_push(ours)
        server.abort()
        await theirs.until_event("lost")
        assert isinstance(theirs.lost[0], ConnectionResetError)
        assert client.error is theirs.lost[0]
        await ours.until_event("lost")
        assert ours.lost == [None]


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@looped
async def test_connection_lost_comes_once_and_not_from_inside_send() -> None:
    ours, theirs = socket_pair()
    stream, receiver = IOStream(ours), Recorder()
    stream.start_push(receiver)
    reset(theirs)
    for _ in range(5):
        stream.send(b"into the void")
    assert receiver.events == ["pause"]  # whoever produces had better stop
    await receiver.until_event("lost")
    await turns()
    assert receiver.events == ["pause", "lost"]
    assert isinstance(receiver.lost[0], ConnectionError)


@looped
async def test_an_answer_that_came_before_the_reset_is_delivered() -> None:
    # A server that refuses a large upload answers, and closes without reading the rest.
    ours, theirs = socket_pair()
    stream, receiver = IOStream(ours), Recorder()
    stream.start_push(receiver)
    theirs.send(b"413 Content Too Large")
    reset(theirs)
    stream.send(b"more of the upload")  # fails, before the loop could tell of the answer
    stream.send(b"and more")
    stream.send_eof()
    assert not receiver.data
    await receiver.until_event("lost")
    assert receiver.data == b"413 Content Too Large"
    assert receiver.events == ["pause", "lost"]


@looped
async def test_a_receiver_that_raises_loses_the_connection() -> None:
    reports: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, it: reports.append(it))
    for kind in KINDS:
        async with stream_pair(kind) as (server, client):

            class Faulty(Recorder):
                def data_received(self, data: bytes) -> None:
                    raise ZeroDivisionError

            ours = Faulty()
            server.start_push(ours)
            client.send(b"x")
            await ours.until_event("lost")
            assert isinstance(ours.lost[0], ZeroDivisionError)
            assert isinstance(reports.pop()["exception"], ZeroDivisionError)


@looped
async def test_one_busy_stream_does_not_starve_the_others() -> None:
    async with stream_pair("unix") as (busy, source), stream_pair() as (quiet, other):
        rushed, served = Recorder(), Recorder()
        source.set_write_limits(1 << 30)
        for _ in range(64):
            source.send(BIG)
        busy.start_push(rushed)
        quiet.start_push(served)
        other.send(b"me too")
        await served.until_bytes(6)
        assert len(rushed.data) < 32 * len(BIG)


class Once(Recorder):
    """Takes one piece, and then does something else."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self.then = then

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.then()


@every_kind
@looped
async def test_a_receiver_that_pauses_gets_nothing_more_of_a_flood(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        client.send(BIG)
        await turns(20)
        ours = Once(server.pause_reading)
        server.start_push(ours)
        await ours.until_bytes(1)
        await turns(20)
        assert len(ours.data) <= 65536
        ours.then = bool
        server.resume_reading()
        await ours.until_bytes(len(BIG))
        assert ours.data == BIG


@every_kind
@looped
async def test_a_receiver_that_leaves_a_flood_leaves_it_to_the_pull_face(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        client.send(BIG)
        await turns(20)
        ours = Once(server.stop_push)
        server.start_push(ours)
        await ours.until_bytes(1)
        rest = await server.read_bytes(len(BIG) - len(ours.data))
        assert ours.data + rest == BIG


@looped
async def test_reading_begins_when_a_connecting_stream_is_connected() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream, receiver = IOStream(socket.socket()), Recorder()
        connected = stream.connect(listener.getsockname())
        stream.start_push(receiver)
        stream.send(b"early")
        await connected
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(5) == b"early"
            accepted.send(b"hello")
            await receiver.until_bytes(5)
        stream.close()


@looped
async def test_a_failed_connection_is_told() -> None:
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        stream, receiver = IOStream(socket.socket()), Recorder()
        connected = stream.connect(refusing.getsockname())
        stream.start_push(receiver)
        with pytest.raises(StreamClosedError):
            await connected
        await receiver.until_event("lost")
        assert isinstance(receiver.lost[0], ConnectionRefusedError)
