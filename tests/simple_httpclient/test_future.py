"""The future of a fetch, where it is not awaited in the ordinary way."""

import asyncio

from zonda.gen import coroutine
from zonda.httpclient import HTTPResponse


async def test_several_ways_to_wait(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        assert (await asyncio.wait_for(client.fetch(origin.url), 5)).code == 200
        assert (await asyncio.shield(client.fetch(origin.url))).code == 200
        done, _ = await asyncio.wait([client.fetch(origin.url)])
        assert isinstance(done.pop().result(), HTTPResponse)

        @coroutine
        def old():
            response = yield client.fetch(origin.url)
            both = yield [client.fetch(origin.url), client.fetch(origin.url)]
            return [response.code, *(one.code for one in both)]

        assert await old() == [200, 200, 200]


async def test_cancelling_twice_and_too_late(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        future = client.fetch(origin.url)
        assert future.cancel()
        assert not future.cancel()
        future = client.fetch(origin.url)
        await future
        assert not future.cancel()
        assert future.fetch is None


async def test_a_result_from_outside(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(max_clients=1)
        future = client.fetch(origin.url)
        future.set_result(None)
        assert (await client.fetch(origin.url)).code == 200
        assert not client.active


async def test_errors_are_not_lost_or_reported_twice(client_of, caplog):
    client = client_of()
    future = client.fetch("ftp://a.example/")
    assert not future.done()  # a fetch ends after the call that began it
    await asyncio.wait([future])
    assert isinstance(future.exception(), ValueError)
    assert caplog.messages == []
