"""Pipes."""

import os

import pytest

from tests.iostream.peers import Recorder, looped
from zonda.iostream import PipeIOStream, StreamClosedError

BIG = bytes(range(256)) * 4096


def pipe() -> tuple[PipeIOStream, PipeIOStream]:
    reader, writer = os.pipe()
    return PipeIOStream(reader), PipeIOStream(writer)


@looped
async def test_what_is_written_can_be_read() -> None:
    reader, writer = pipe()
    assert reader.fileno() == reader.fd
    written = writer.write(BIG)
    writer.write(b"line\n")
    assert await reader.read_bytes(len(BIG)) == BIG
    await written
    assert await reader.read_until(b"\n") == b"line\n"
    target = bytearray(3)
    writer.write(b"abc")
    assert await reader.read_into(target) == 3
    writer.write(b"the end")
    writer.close_after_flush()
    assert await reader.read_until_close() == b"the end"
    assert reader.closed()


@looped
async def test_a_pipe_can_be_pushed() -> None:
    reader, writer = pipe()
    receiver = Recorder()
    reader.start_push(receiver)
    writer.send(BIG)
    writer.send_eof()  # a pipe has no half to close
    writer.close_after_flush()
    await receiver.until_event("eof")
    assert receiver.data == BIG
    reader.abort()
    await receiver.until_event("lost")


@looped
async def test_nobody_reads() -> None:
    reader, writer = pipe()
    reader.close()
    with pytest.raises(StreamClosedError) as caught:
        await writer.write(b"x")
    assert isinstance(caught.value.real_error, BrokenPipeError)
    with pytest.raises(OSError):
        os.fstat(reader.fd)


@looped
async def test_a_writer_learns_that_nobody_reads() -> None:
    reader, writer = pipe()
    writer.send(BIG)
    receiver = Recorder()
    writer.pause_reading()  # this end cannot be read
    writer.start_push(receiver)
    reader.close()
    await receiver.until_event("lost")
    assert isinstance(receiver.lost[0], BrokenPipeError)
