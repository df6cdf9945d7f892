"""The pull face's reads, on every kind of stream."""

import asyncio
import re
from typing import Any

import pytest

from tests.iostream.peers import KINDS, logged, looped, stream_pair, turns
from zonda.iostream import StreamBufferFullError, StreamClosedError, UnsatisfiableReadError

every_kind = pytest.mark.parametrize("kind", KINDS)
BIG = bytes(range(256)) * 8192  # 2 MiB


@every_kind
@looped
async def test_every_kind_of_read_from_one_flow(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        client.write(b"12345line\r\nname: value;0123456789rest")
        assert await server.read_bytes(5) == b"12345"
        assert await server.read_until(b"\r\n") == b"line\r\n"
        assert await server.read_until_regex(rb": *\w+;") == b"name: value;"
        target = bytearray(10)
        assert await server.read_into(target) == 10
        assert target == b"0123456789"
        client.close()
        assert await server.read_until_close() == b"rest"
        assert server.closed()


@every_kind
@looped
async def test_what_is_there_already_needs_no_turn_of_the_loop(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        client.write(b"first\nsecond\nthird\n")
        await server.read_until(b"\n")
        read = server.read_until(b"\n")
        assert read.done()
        assert read.result() == b"second\n"
        read = server.read_bytes(100, partial=True)
        assert read.result() == b"third\n"
        assert not server.reading()


@every_kind
@pytest.mark.parametrize("pause", [0, 1])
@looped
async def test_a_read_waits_for_all_its_pieces(kind: str, pause: int) -> None:
    async with stream_pair(kind) as (server, client):
        read = server.read_until(b"\r\n\r\n")
        assert server.reading()
        for byte in b"head: er\r\n\r\nbody":
            await client.write(bytes([byte]))
            await turns(pause)
        assert await read == b"head: er\r\n\r\n"
        assert await server.read_bytes(4) == b"body"


@every_kind
@looped
async def test_partial_reads_take_what_comes(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        target = bytearray(100)
        read = server.read_into(target, partial=True)
        await client.write(b"abc")
        assert await read == 3
        assert target[:3] == b"abc"
        one = server.read_bytes(100, partial=True)
        await client.write(b"defg")
        assert await one == b"defg"


@every_kind
@looped
async def test_large_reads(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        for _ in range(2):
            client.write(BIG + b"\n")
            assert await server.read_bytes(len(BIG)) == BIG
            await server.read_bytes(1)
        client.write(BIG)
        target = bytearray(len(BIG))
        assert await server.read_into(target) == len(BIG)
        assert target == BIG
        client.write(BIG + b"the delimiter")
        assert await server.read_until(b"the delimiter") == BIG + b"the delimiter"
        client.write(BIG + b"another")
        assert await server.read_until_regex(b"another") == BIG + b"another"
        client.write(BIG)
        client.close_after_flush()
        assert await server.read_until_close() == BIG


@every_kind
@looped
async def test_small_chunks_and_small_targets(kind: str) -> None:
    async with stream_pair(kind, read_chunk_size=10) as (server, client):
        client.write(BIG[:5000] + b"\n" + BIG[:5000])
        assert server.read_chunk_size == (10 if kind != "tls" else server.read_chunk_size)
        target = bytearray(7)
        assert await server.read_into(target) == 7
        assert target == BIG[:7]
        assert await server.read_bytes(4993) == BIG[7:5000]
        assert await server.read_until(b"\n") == b"\n"
        for at in range(0, 5000, 100):
            assert await server.read_bytes(100) == BIG[at : at + 100]


@looped
async def test_one_read_at_a_time() -> None:
    async with stream_pair() as (server, client):
        read = server.read_bytes(1)
        with pytest.raises(AssertionError, match="Already reading"):
            server.read_bytes(1)
        client.write(b"a")
        assert await read == b"a"


@every_kind
@looped
async def test_a_cancelled_read_takes_nothing(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(server.read_bytes(3), 0.01)
        assert not server.reading()
        await client.write(b"abcdef")
        await asyncio.sleep(0.02)
        assert await server.read_bytes(6) == b"abcdef"


@every_kind
@looped
async def test_the_peer_closes_in_the_middle_of_a_read(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        read = server.read_bytes(10)
        await client.write(b"abc")
        client.close()
        with pytest.raises(StreamClosedError) as caught:
            await read
        assert caught.value.real_error is None
        assert server.closed()
        # What did come can still be had.
        assert await server.read_bytes(2) == b"ab"
        assert await server.read_until_close() == b"c"
        assert await server.read_until_close() == b""
        with pytest.raises(StreamClosedError):
            server.read_bytes(1)


@looped
async def test_reading_from_a_closed_stream() -> None:
    async with stream_pair() as (server, _):
        server.close(ValueError("why"))
        for read in (
            lambda: server.read_bytes(1),
            lambda: server.read_bytes(0),
            lambda: server.read_until(b"x"),
            lambda: server.read_until_regex(b"x"),
            lambda: server.read_into(bytearray(1)),
            server.read_until_close,
        ):
            with pytest.raises(StreamClosedError) as caught:
                read()
            assert str(caught.value.real_error) == "why"
            assert not server.reading()


@looped
async def test_closing_ends_a_read_with_what_has_come_if_that_is_enough() -> None:
    async with stream_pair() as (server, client):
        read = server.read_until_close()
        await client.write(b"abc")
        await asyncio.sleep(0.02)
        server.close()
        assert await read == b"abc"
    async with stream_pair() as (server, client):
        read = server.read_until_close()
        await client.write(b"abc")
        await asyncio.sleep(0.02)
        server.close(ValueError("broken"))
        with pytest.raises(StreamClosedError):
            await read


@pytest.mark.parametrize("text", [b"0123456789", b"0123\r\n"])
@pytest.mark.parametrize("regex", [False, True])
@looped
async def test_a_delimiter_that_does_not_come_in_time_closes_the_stream(
    text: bytes, regex: bool
) -> None:
    async with stream_pair() as (server, client):
        read = (server.read_until_regex if regex else server.read_until)(b"\r\n", max_bytes=5)
        with logged("tornado.general") as lines:
            client.write(text)
            with pytest.raises(StreamClosedError) as caught:
                await read
        assert isinstance(caught.value.real_error, UnsatisfiableReadError)
        assert server.error is caught.value.real_error
        assert len(lines) == 1
        assert re.search(r"Unsatisfiable read.*not found within 5 bytes", lines[0])


@looped
async def test_a_delimiter_beyond_the_limit_is_noticed_in_the_buffer_too() -> None:
    async with stream_pair() as (server, client):
        client.write(b"x0123456789\n")
        await server.read_bytes(1)
        with logged("tornado.general"):
            read = server.read_until(b"\n", max_bytes=5)
            with pytest.raises(StreamClosedError):
                await read
        assert server.closed()
        with logged("tornado.general"), pytest.raises(StreamClosedError):
            await server.read_until(b"\n", max_bytes=5)


@every_kind
@looped
async def test_a_full_buffer_closes_the_stream(kind: str) -> None:
    async with stream_pair(kind, max_buffer_size=100_000) as (server, client):
        assert server.max_buffer_size == 100_000
        client.write(BIG)
        with logged("tornado.general"), pytest.raises(StreamClosedError) as caught:
            await server.read_until(b"not there")
        assert isinstance(caught.value.real_error, StreamBufferFullError)


@looped
async def test_a_chunk_is_at_most_half_of_the_buffer() -> None:
    async with stream_pair(max_buffer_size=1000) as (server, _):
        assert server.read_chunk_size == 500


@every_kind
@looped
async def test_nobody_asks_for_more_than_a_chunk_ahead(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        server.set_close_callback(lambda: None)
        client.write(BIG * 8)
        await asyncio.sleep(0.05)
        assert len(server._rbuf) <= 65536
        assert client.writing()
        assert await server.read_bytes(8 * len(BIG)) == BIG * 8


@pytest.mark.parametrize(("limit", "ahead"), [(None, 3), (40_000, 2)])
@looped
async def test_chunk_after_chunk_is_read_ahead(limit: int | None, ahead: int) -> None:
    size = 16_384
    async with stream_pair("unix", max_buffer_size=limit, read_chunk_size=size) as (server, client):
        await client.write(BIG[: 6 * size])
        assert await server.read_bytes(size) == BIG[:size]
        assert len(server._rbuf) == ahead * size
        for at in range(size, 6 * size, size):
            read = server.read_bytes(size)
            assert read.done() or at > ahead * size
            assert await read == BIG[at : at + size]


@looped
async def test_a_read_that_came_in_pieces_leaves_the_next_one_whole() -> None:
    async with stream_pair("unix") as (server, client):
        read = server.read_bytes(65_536)
        await client.write(BIG[:30_000])
        await turns(3)
        await client.write(BIG[30_000:200_000])
        assert await read == BIG[:65_536]
        assert await server.read_bytes(65_536) == BIG[65_536:131_072]
        assert await server.read_bytes(68_928) == BIG[131_072:200_000]


@looped
async def test_one_busy_stream_does_not_starve_the_others() -> None:
    async with stream_pair("unix") as (busy, source), stream_pair() as (quiet, other):
        everything = busy.read_until_close()
        for _ in range(32):
            source.write(BIG)
        read = quiet.read_bytes(5)
        other.write(b"me to")
        await read
        assert len(busy._rbuf) < 16 * len(BIG)
        source.close_after_flush()
        assert len(await everything) == 32 * len(BIG)


@looped
async def test_a_failing_read_is_logged_and_closes() -> None:
    for error in (OSError(5, "boom"), ValueError("boom")):
        async with stream_pair() as (server, client):

            def fail(buf: Any, error: Exception = error) -> int:
                raise error

            server.read_from_fd = fail
            with logged("tornado.general") as lines:
                client.write(b"x")
                with pytest.raises(StreamClosedError) as caught:
                    await server.read_bytes(1)
            assert caught.value.real_error is error
            assert lines == [f"error on read: {error}"]


@pytest.mark.parametrize("wrong", ["a", None, -1, 1.5])
@looped
async def test_a_wrong_number_of_bytes(wrong: Any) -> None:
    async with stream_pair() as (server, _):
        with pytest.raises(TypeError, match="num_bytes"):
            server.read_bytes(wrong)
        assert not server.reading()
