"""Bodies: sizes, producers, flow control, Expect, answers that come early."""

import asyncio

import pytest

from zonda.iostream import StreamClosedError
from zonda.simple_httpclient import HTTPStreamClosedError, upload


@pytest.mark.parametrize("declared", [None, "11"])
async def test_producer(wire, client_of, declared):
    async def produce(write):
        await write(b"hello")
        await asyncio.sleep(0)
        await write(b"")
        await write(b" world")

    headers = {"Content-Length": declared} if declared else None
    async with wire.Origin() as origin:
        client = client_of()
        for _ in range(2):
            await client.fetch(origin.url, method="POST", body_producer=produce, headers=headers)
        assert [asked.body for asked in origin.asked] == [b"hello world"] * 2
        assert origin.asked[0].all("Content-Length") == ([declared] if declared else [])
        assert origin.asked[0].all("Transfer-Encoding") == ([] if declared else ["chunked"])
        assert origin.connections == 1


async def test_a_plain_function_may_produce(wire, client_of):
    def produce(write):
        write(b"at ")
        write(b"once")

    async with wire.Origin() as origin:
        await client_of().fetch(origin.url, method="PUT", body_producer=produce)
        assert origin.asked[0].body == b"at once"


async def test_body_comes_before_producer(wire, client_of):
    def produce(write):
        raise AssertionError

    async with wire.Origin() as origin:
        await client_of().fetch(origin.url, method="PUT", body=b"given", body_producer=produce)
        assert origin.asked[0].body == b"given"


async def test_a_slow_reader_holds_the_producer_back(wire, client_of):
    size, written = 32 * 2**20, 0
    gate = asyncio.Event()

    async def produce(write):
        nonlocal written
        while written < size:
            await write(bytes(65536))
            written += 65536

    async def play(asked, peer):
        await gate.wait()
        await peer.read_body(asked)
        assert len(asked.body) == size
        return wire.ok()

    async with wire.Origin(play, read_bodies=False) as origin:
        future = client_of().fetch(
            origin.url,
            method="POST",
            body_producer=produce,
            headers={"Content-Length": str(size)},
        )
        stalled = -1
        while stalled != written or not written:
            stalled = written
            await asyncio.sleep(0.1)
        assert written < size
        gate.set()
        assert (await future).code == 200


async def test_a_producer_that_fails(wire, client_of):
    async def produce(write):
        await write(b"half")
        raise ValueError("no more")

    async with wire.Origin() as origin:
        client = client_of()
        with pytest.raises(ValueError, match="no more"):
            await client.fetch(origin.url, method="POST", body_producer=produce)
        await asyncio.wait_for(origin.accepted.wait(), 10)
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)
        assert not client.active


@pytest.mark.parametrize("body", [b"short", b"much too long"])
async def test_the_declared_length_is_kept(wire, client_of, body):
    async def produce(write):
        await write(body)

    async with wire.Origin() as origin:
        with pytest.raises(RuntimeError, match="Content-Length"):
            await client_of().fetch(
                origin.url, method="POST", body_producer=produce, headers={"Content-Length": "9"}
            )
        await asyncio.wait_for(origin.accepted.wait(), 10)
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)


async def test_a_length_that_is_none(client_of):
    with pytest.raises(ValueError, match="not a number of bytes"):
        await client_of().fetch(
            "http://127.0.0.1:1/",
            method="POST",
            body_producer=lambda write: None,
            headers={"Content-Length": "-1"},
        )


async def test_cancelling_stops_the_producer(wire, client_of):
    started, stopped = asyncio.Event(), asyncio.Event()

    async def produce(write):
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with wire.Origin() as origin:
        future = client_of().fetch(origin.url, method="POST", body_producer=produce)
        await started.wait()
        future.cancel()
        await asyncio.wait_for(stopped.wait(), 10)


async def test_an_early_answer_ends_the_request(wire, client_of):
    errors = []

    async def produce(write):
        try:
            while True:
                await write(bytes(65536))
                await asyncio.sleep(0)
        except (StreamClosedError, asyncio.CancelledError) as error:
            errors.append(error)
            raise

    async def play(asked, peer):
        await peer.send(wire.ok(b"too much", status="413 Content Too Large"))
        await peer.closed()

    async with wire.Origin(play, read_bodies=False) as origin:
        client = client_of()
        response = await client.fetch(
            origin.url, method="POST", body_producer=produce, raise_error=False
        )
        assert (response.code, response.body) == (413, b"too much")
        assert len(client.pool) == 0
        await asyncio.sleep(0.01)
        assert len(errors) == 1


async def test_a_large_body_and_an_early_answer(wire, client_of):
    async def play(asked, peer):
        await peer.send(wire.ok(b"no", status="413 Content Too Large"))
        await peer.closed()

    async with wire.Origin(play, read_bodies=False) as origin:
        response = await client_of().fetch(
            origin.url, method="POST", body=bytes(2**24), raise_error=False
        )
        assert response.code == 413


@pytest.mark.parametrize("produced", [False, True])
async def test_expect_100_continue(wire, client_of, produced):
    before = []

    async def play(asked, peer):
        assert asked["Expect"] == "100-continue"
        before.append(len(peer.reader._buffer))
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await peer.read_body(asked)
        return wire.ok(asked.body)

    async def produce(write):
        await write(b"content")

    async with wire.Origin(play, read_bodies=False) as origin:
        client = client_of()
        for _ in range(2):
            response = await client.fetch(
                origin.url,
                method="POST",
                expect_100_continue=True,
                body=None if produced else b"content",
                body_producer=produce if produced else None,
            )
            assert response.body == b"content"
        assert before == [0, 0]
        assert origin.connections == 1


async def test_a_final_answer_instead_of_100(wire, client_of):
    async def play(asked, peer):
        return wire.ok(b"no", status="417 Expectation Failed")

    async with wire.Origin(play, read_bodies=False) as origin:
        client = client_of()
        response = await client.fetch(
            origin.url, method="POST", body=b"x", expect_100_continue=True, raise_error=False
        )
        assert response.code == 417
        assert len(client.pool) == 0  # the body that was announced never came


async def test_a_server_that_does_not_know_expect(wire, client_of, monkeypatch):
    monkeypatch.setattr(upload, "_CONTINUE_TIMEOUT", 0.01)
    async with wire.Origin() as origin:
        response = await client_of().fetch(
            origin.url, method="POST", body=b"x", expect_100_continue=True
        )
        assert response.code == 200
        assert origin.asked[0].body == b"x"


async def test_nothing_to_expect_without_content(wire, client_of):
    async with wire.Origin() as origin:
        await client_of().fetch(origin.url, expect_100_continue=True)
        assert origin.asked[0].all("Expect") == []


async def test_the_connection_is_lost_while_sending(wire, client_of):
    async def produce(write):
        while True:
            await write(bytes(65536))

    async def play(asked, peer):
        return None

    async with wire.Origin(play, read_bodies=False) as origin:
        client = client_of()
        with pytest.raises((HTTPStreamClosedError, OSError)):
            await client.fetch(origin.url, method="POST", body_producer=produce)
        assert not client.active
