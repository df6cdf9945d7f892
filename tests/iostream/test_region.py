"""Parts of files: on every kind of stream, in order, to the end or not at all."""

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tests.iostream.peers import KINDS, Recorder, logged, looped, stream_pair, turns
from zonda.iostream import IOStream
from zonda.iostream.buffer import StreamBuffer
from zonda.iostream.region import FileRegion

every_kind = pytest.mark.parametrize("kind", KINDS)
BIG = bytes(range(256)) * 8192 + b"end"  # 2 MiB and a bit


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "big"
    path.write_bytes(BIG)
    return path


def opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY)


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@every_kind
@looped
async def test_a_file_goes_out_between_what_was_sent_before_and_after(
    kind: str, file: Path
) -> None:
    async with stream_pair(kind) as (server, client):
        ours, theirs = Recorder(), Recorder()
        server.start_push(ours)
        client.start_push(theirs)
        descriptor = opened(file)
        server.send(BIG)
        server.send_file(descriptor, 0, len(BIG), "big")
        server.send(b"after")
        await theirs.until_bytes(2 * len(BIG) + 5)
        assert theirs.data == BIG + BIG + b"after"
        assert not is_open(descriptor)
        assert ours.events == ["pause", "resume"]


@every_kind
@looped
async def test_a_part_of_a_file(kind: str, file: Path) -> None:
    async with stream_pair(kind) as (server, client):
        theirs = Recorder()
        client.start_push(theirs)
        server.send_file(opened(file), 100, 1_000_000)
        await theirs.until_bytes(999_900)
        await turns()
        assert theirs.data == BIG[100:1_000_000]


@looped
async def test_where_the_kernel_does_not_copy_it_is_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> int:
        raise OSError(errno.EINVAL, "not from this file system")

    monkeypatch.setattr(os, "sendfile", refuse)
    async with stream_pair() as (server, client):
        theirs = Recorder()
        client.start_push(theirs)
        server.send_file(opened(file), 3, len(BIG))
        await theirs.until_bytes(len(BIG) - 3)
        assert theirs.data == BIG[3:]


@looped
async def test_a_stream_with_a_way_of_its_own_to_write_is_not_passed_by(file: Path) -> None:
    class Shouting(IOStream):
        def write_to_fd(self, data: memoryview) -> int:
            return super().write_to_fd(memoryview(bytes(data).upper()))

    file.write_bytes(b"quiet")
    async with stream_pair() as (server, client):
        other = Shouting(os_duplicate(server))
        theirs = Recorder()
        client.start_push(theirs)
        other.send_file(opened(file), 0, 5)
        await theirs.until_bytes(5)
        assert theirs.data == b"QUIET"
        other.close()


def os_duplicate(stream: IOStream) -> Any:
    return stream.socket.dup()


@every_kind
@looped
async def test_a_file_that_became_shorter_ends_the_stream(kind: str, file: Path) -> None:
    async with stream_pair(kind) as (server, client):
        ours, theirs = Recorder(), Recorder()
        server.start_push(ours)
        client.start_push(theirs)
        with logged("tornado.general") as lines:
            server.send_file(opened(file), 0, len(BIG) + 1, "/big.bin")
            await ours.until_event("lost")
            await theirs.until(lambda: theirs.events)  # the end, or for TLS a rude one
        assert theirs.data == BIG
        assert lines == [
            "Cannot send the rest of /big.bin: "
            "[Errno 5] /big.bin has been cut off while it was sent"
        ]


@every_kind
@looped
async def test_a_file_that_cannot_be_read_ends_the_stream(
    kind: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "sendfile", fail)
    monkeypatch.setattr(os, "pread", fail)
    async with stream_pair(kind) as (server, client):
        ours, theirs = Recorder(), Recorder()
        server.start_push(ours)
        client.start_push(theirs)
        with logged("tornado.general") as lines:
            server.send_file(opened(file), 0, len(BIG), "/big.bin")
            await ours.until_event("lost")
            await theirs.until(lambda: theirs.events)  # the end, or for TLS a rude one
        assert theirs.data == b""
        assert len(lines) == 1


@every_kind
@looped
async def test_a_peer_that_leaves_frees_the_file(kind: str, file: Path) -> None:
    async with stream_pair(kind) as (server, client):
        ours = Recorder()
        server.start_push(ours)
        descriptor = opened(file)
        for _ in range(8):
            server.send_file(os.dup(descriptor), 0, len(BIG))
        server.send_file(descriptor, 0, len(BIG))
        assert server.write_buffer_size
        client.close()
        await ours.until_event("eof") if kind == "tls" else await ours.until_event("lost")
        server.close()
        assert not is_open(descriptor)


@looped
async def test_a_closed_stream_and_an_empty_part_take_the_file_all_the_same(file: Path) -> None:
    async with stream_pair() as (server, _):
        descriptor = opened(file)
        server.send_file(descriptor, 7, 7)
        assert not is_open(descriptor)
        server.close()
        descriptor = opened(file)
        server.send_file(descriptor, 0, 5)
        assert not is_open(descriptor)


@looped
async def test_closing_waits_until_the_file_has_gone(file: Path) -> None:
    async with stream_pair() as (server, client):
        server.send_file(opened(file), 0, len(BIG))
        server.close_after_flush()
        assert await client.read_until_close() == BIG


@looped
async def test_memory_stays_small(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "huge"
    with path.open("wb") as sparse:
        sparse.truncate(1_000_000_000)
    async with stream_pair("tls") as (server, client):
        server.send_file(opened(path), 0, 1_000_000_000)
        tracemalloc.start()
        try:
            for _ in range(100):
                await client.read_bytes(100_000)
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()


def test_the_buffer_hands_out_a_file_as_if_it_were_bytes(file: Path) -> None:
    buffer = StreamBuffer()
    buffer.append(b"head")
    buffer.append_file(FileRegion(opened(file), 0, len(BIG)))
    buffer.append(b"tail")
    sent = b""
    while buffer:
        with buffer.peek(300_000) as view:
            piece = bytes(view)
        sent += piece[:100_001]
        buffer.advance(min(100_001, len(piece)))
    assert sent == b"head" + BIG + b"tail"


def test_what_is_offered_again_is_the_same(file: Path) -> None:
    region = FileRegion(opened(file), 5, len(BIG))
    first = region.peek(0, 1000)
    file.write_bytes(b"x" * len(BIG))
    assert region.peek(0, 2000)[:1000] == first == BIG[5:1005]
    region.release()


def test_a_region_that_is_dropped_closes_its_file(file: Path) -> None:
    descriptor = opened(file)
    asyncio.run(turns())  # unrelated descriptors of a loop come and go before
    region = FileRegion(descriptor, 0, 10)
    del region
    assert not is_open(descriptor)
