"""The pull face's writes, the close callback, and streams of users' own."""

import asyncio
import os
from typing import Any

import pytest

from tests.iostream.peers import KINDS, logged, looped, stream_pair, turns
from zonda.ioloop import IOLoop
from zonda.iostream import BaseIOStream, StreamBufferFullError, StreamClosedError

every_kind = pytest.mark.parametrize("kind", KINDS)
BIG = bytes(range(256)) * 32768  # 8 MiB


@every_kind
@looped
async def test_a_small_write_is_done_at_once(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        written = server.write(b"abc")
        assert written.done()
        assert not server.writing()
        assert server.write(b"").done()
        assert await client.read_bytes(3) == b"abc"


@every_kind
@looped
async def test_a_write_is_done_when_all_of_it_is_out(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        first = server.write(BIG)
        second = server.write(b"last")
        assert server.writing()
        assert not first.done()
        read = client.read_bytes(len(BIG))
        await first
        assert await read == BIG
        await second
        assert await client.read_bytes(4) == b"last"
        assert not server.writing()


@every_kind
@looped
async def test_writes_of_every_type_are_not_changed_by_what_happens_later(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        small = bytearray(b"small")
        await server.write(BIG[:1000])
        written = server.write(small)
        await written
        small[:] = b"other"
        small.append(0)  # let go
        words = memoryview(bytearray(b"12345678")).cast("I")
        await server.write(words)
        await server.write(memoryview(b"abc")[1:])
        assert await client.read_bytes(1000) == BIG[:1000]
        assert await client.read_bytes(15) == b"small12345678bc"


@every_kind
@looped
async def test_a_large_bytearray_is_let_go_when_written_closed_or_failed(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        data = bytearray(BIG)
        written = server.write(data)
        with pytest.raises(BufferError):
            data.append(0)
        await client.read_bytes(len(BIG))
        await written
        data.append(0)
        server.write(data)
        with pytest.raises(BufferError):
            data.append(0)
        server.close()
        data.append(0)


@pytest.mark.parametrize("wrong", ["text", None, 5])
@looped
async def test_only_bytes_can_be_written(wrong: Any) -> None:
    async with stream_pair() as (server, _):
        with pytest.raises(TypeError, match="bytes, bytearray or memoryview"):
            server.write(wrong)


@looped
async def test_writing_to_a_closed_stream() -> None:
    async with stream_pair() as (server, _):
        pending = server.write(BIG)
        server.close(ValueError("why"))
        with pytest.raises(StreamClosedError) as caught:
            await pending
        assert str(caught.value.real_error) == "why"
        with pytest.raises(StreamClosedError):
            server.write(b"")
        assert not server.writing()


@looped
async def test_the_write_buffer_has_a_limit() -> None:
    async with stream_pair(max_write_buffer_size=100_000) as (server, client):
        with pytest.raises(StreamBufferFullError, match="write buffer"):
            server.write(bytes(100_001))
        await server.write(bytes(100_000))
        while server.write_buffer_size == 0:
            server.write(bytes(100_000))
        with pytest.raises(StreamBufferFullError):
            server.write(bytes(100_001 - server.write_buffer_size))
        client.read_until_close()
        while server.writing():
            await asyncio.sleep(0)
        server.write(bytes(100_000))


@looped
async def test_a_peer_that_goes_away_while_we_write() -> None:
    async with stream_pair() as (server, client):
        written = server.write(BIG)
        client.abort()
        with pytest.raises(StreamClosedError) as caught:
            await written
        assert isinstance(caught.value.real_error, ConnectionError)
        assert server.closed()


@looped
async def test_a_failing_write_is_logged_and_closes() -> None:
    class Failing(BaseIOStream):
        def fileno(self) -> int:
            return ends[1]

        def close_fd(self) -> None:
            os.close(ends[1])

        def write_to_fd(self, data: memoryview) -> int:
            raise OSError(5, "boom")

    ends = os.pipe()
    stream = Failing()
    with logged("tornado.general") as lines, pytest.raises(StreamClosedError) as caught:
        await stream.write(b"x")
    assert str(caught.value.real_error) == "[Errno 5] boom"
    assert [line.split(": ", 1)[1] for line in lines] == ["[Errno 5] boom"]
    os.close(ends[0])


@looped
async def test_a_cancelled_write_does_not_hold_up_the_others() -> None:
    async with stream_pair() as (server, client):
        first, second = server.write(BIG), server.write(BIG)
        first.cancel()
        assert await client.read_bytes(2 * len(BIG)) == BIG + BIG
        await second


@every_kind
@looped
async def test_programs_that_fill_the_write_buffer_themselves(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        for data in (b"abc", BIG, b"d" * 3000, b""):
            server._write_buffer.append(memoryview(data))
            server._total_write_index += len(data)
        written = server.write(b"")
        size = len(BIG) + 3003
        assert await client.read_bytes(size) == b"abc" + BIG + b"d" * 3000
        await written
        assert server._total_write_index == server._total_write_done_index
        assert len(server._write_buffer) == 0
        server._write_buffer.append(memoryview(b"small"))
        server._total_write_index += 5
        assert server.write(b"").done()
        assert await client.read_bytes(5) == b"small"
        await server.write(b"as usual")
        assert await client.read_bytes(8) == b"as usual"
        server.close()
        assert server._write_buffer is None


@every_kind
@looped
async def test_the_close_callback(kind: str) -> None:
    async with stream_pair(kind) as (server, client):
        closed = asyncio.Event()
        server.set_close_callback(closed.set)
        client.close()
        await closed.wait()  # an idle stream notices
        assert server.closed()
        assert server.error is None


@looped
async def test_the_close_callback_waits_until_what_came_was_read() -> None:
    async with stream_pair() as (server, client):
        closed = asyncio.Event()
        server.set_close_callback(closed.set)
        await client.write(b"abc")
        client.close()
        await asyncio.sleep(0.02)
        assert not server.closed()
        assert await server.read_bytes(2) == b"ab"
        await turns()
        assert not server.closed()
        assert await server.read_bytes(1) == b"c"
        await closed.wait()


@looped
async def test_futures_fail_before_the_close_callback_runs() -> None:
    async with stream_pair() as (server, _):
        order: list[str] = []
        server.set_close_callback(lambda: order.append("callback"))
        for name, future in (("read", server.read_bytes(1)), ("write", server.write(BIG))):
            future.add_done_callback(lambda _, name=name: order.append(name))
        server.close()
        assert order == []
        await turns()
        assert order == ["read", "write", "callback"]


@looped
async def test_a_close_callback_can_be_withdrawn_and_comes_late_to_a_closed_stream() -> None:
    async with stream_pair() as (server, _):
        order: list[str] = []
        server.set_close_callback(lambda: order.append("never"))
        server.set_close_callback(None)
        server.close()
        server.close()
        server.set_close_callback(lambda: order.append("late"))
        assert order == []
        await turns()
        assert order == ["late"]


@looped
async def test_a_close_callback_may_be_a_coroutine_and_may_fail() -> None:
    async with stream_pair() as (server, client):
        done = asyncio.Event()

        async def later() -> None:
            await asyncio.sleep(0)
            done.set()

        server.set_close_callback(later)
        server.close()
        await done.wait()
        client.set_close_callback(lambda: 1 / 0)
        with logged("tornado.application") as lines:
            client.close()
            await turns()
        assert len(lines) == 1


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (True, "ZeroDivisionError"),
        (ValueError(), "ValueError"),
        ((ValueError, ValueError(), None), "ValueError"),
        (False, "NoneType"),
        (None, "NoneType"),
    ],
)
@looped
async def test_close_remembers_why(given: Any, name: str) -> None:
    async with stream_pair() as (server, _):
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            server.close(given)
        assert type(server.error).__name__ == name


@looped
async def test_the_loop_of_a_stream() -> None:
    async with stream_pair() as (server, _):
        assert server.io_loop is IOLoop.current()
        server.anything = 5  # users may keep things there


def test_a_stream_may_be_made_before_its_loop_runs() -> None:
    io_loop = IOLoop()
    ends = os.pipe()

    async def main() -> None:
        from zonda.iostream import PipeIOStream

        reader, writer = streams
        assert isinstance(reader, PipeIOStream)
        assert reader.io_loop is io_loop
        await writer.write(b"x")
        assert await reader.read_bytes(1) == b"x"
        reader.close()
        writer.close()

    from zonda.iostream import PipeIOStream

    streams = [PipeIOStream(end) for end in ends]
    io_loop.run_sync(main)
    io_loop.close()


class Reversed(BaseIOStream):
    """A stream of a user's own: over a pipe, every chunk reversed, `fileno` an object."""

    def __init__(self, fd: int) -> None:
        super().__init__()
        self.file = open(fd, "rb", buffering=0)  # noqa: SIM115
        os.set_blocking(fd, False)
        self.reads = 0

    def fileno(self) -> Any:
        return self.file

    def close_fd(self) -> None:
        self.file.close()

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        self.reads += 1
        data = self.file.read(len(buf))
        if data is None:
            return None
        buf[: len(data)] = data[::-1]
        return len(data)


@looped
async def test_a_users_own_stream_can_be_pulled() -> None:
    read_end, write_end = os.pipe()
    stream = Reversed(read_end)
    os.write(write_end, b"olleh\n")
    assert await stream.read_bytes(6) == b"\nhello"
    os.close(write_end)
    assert await stream.read_until_close() == b""
    assert stream.reads >= 2


@looped
async def test_a_users_own_stream_can_be_pushed() -> None:
    from tests.iostream.peers import Recorder

    read_end, write_end = os.pipe()
    stream, receiver = Reversed(read_end), Recorder()
    stream.start_push(receiver)
    os.write(write_end, b"olleh")
    await receiver.until_bytes(5)
    assert receiver.data == b"hello"
    os.close(write_end)
    await receiver.until_event("eof")
    stream.close()
