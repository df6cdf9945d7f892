"""Pieces of a body between the connection and the handler."""

import asyncio

import pytest

from tests.wire import looped
from zonda.iostream import StreamClosedError
from zonda.web.bodystream import HIGH_WATER, BodyStream


def new() -> BodyStream:
    return BodyStream(asyncio.get_running_loop())


@looped
async def test_there_is_room_again_once_enough_was_taken() -> None:
    stream = new()
    assert stream.put(b"x" * HIGH_WATER) is None
    room = stream.put(b"y")
    assert room is not None
    assert room is stream.put(b"z")
    assert not room.done()
    await anext(stream)
    assert room.done()
    assert [await anext(stream), await anext(stream)] == [b"y", b"z"]


@looped
async def test_the_end() -> None:
    stream = new()
    waiting = asyncio.ensure_future(anext(stream, None))
    await asyncio.sleep(0)
    assert stream.wanted.done()
    stream.end()
    assert await waiting is None
    assert stream.put(b"late") is None
    assert await anext(stream, None) is None


@looped
async def test_a_client_that_leaves() -> None:
    stream = new()
    stream.put(b"half")
    stream.fail()
    with pytest.raises(StreamClosedError):
        await anext(stream)
    assert stream.gone


@looped
async def test_what_nobody_takes_is_dropped() -> None:
    stream = new()
    stream.put(b"x" * HIGH_WATER)
    room = stream.put(b"y")
    assert room is not None
    stream.drop()
    assert room.done()
    assert stream.wanted.done()
    assert stream.put(b"z" * HIGH_WATER * 2) is None
    assert not stream.gone


@looped
async def test_one_reader_only() -> None:
    stream = new()
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="one reader"):
        await anext(stream)
    stream.put(b"mine")
    assert await waiting == b"mine"


@looped
async def test_a_reader_that_gives_up_makes_room_for_another() -> None:
    stream = new()
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    stream.put(b"yours")
    assert await anext(stream) == b"yours"


@looped
async def test_a_body_that_is_complete() -> None:
    assert [chunk async for chunk in BodyStream.of(b"all")] == [b"all"]
    assert [chunk async for chunk in BodyStream.of(b"")] == []
