"""The client as a whole: settings, loops, closing."""

import asyncio
import gc
import threading
import weakref

import pytest

from zonda.httpclient import AsyncHTTPClient, HTTPRequest
from zonda.ioloop import IOLoop
from zonda.simple_httpclient import SimpleAsyncHTTPClient


async def test_defaults(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(defaults={"user_agent": "mine", "request_timeout": 3})
        await client.fetch(origin.url)
        await client.fetch(origin.url, user_agent="other")
        client.defaults["user_agent"] = "changed"
        await client.fetch(origin.url)
        agents = [asked["User-Agent"] for asked in origin.asked]
        assert agents == ["mine", "other", "changed"]
    assert HTTPRequest._DEFAULTS.get("user_agent") is None


async def test_prepare_curl_callback_is_not_ignored_in_silence(wire, client_of, caplog):
    async with wire.Origin() as origin:
        await client_of().fetch(origin.url, prepare_curl_callback=lambda curl: None)
    assert "CurlAsyncHTTPClient" in caplog.text


async def test_fetch_impl_is_an_override_point(wire):
    seen = []

    class Seeing(SimpleAsyncHTTPClient):
        def fetch_impl(self, request, callback):
            seen.append(request.request_timeout)

            def done(response):
                seen.append(response.code)
                callback(response)

            super().fetch_impl(request, done)

    async with wire.Origin() as origin:
        client = Seeing(force_instance=True)
        assert (await client.fetch(origin.url, request_timeout=7)).body == b"hello"
        with pytest.raises(ConnectionRefusedError):
            await client.fetch("http://127.0.0.1:1/")
        assert seen == [7, 200, 20.0, 599]
        client.close()


async def test_plans_are_forgotten(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(max_clients=50)
        await asyncio.gather(*(client.fetch(f"{origin.url}/{n}") for n in range(600)))
        assert len(client._plans) <= 512


async def test_fetches_under_way_end_well_after_close(wire, client_of):
    gate = asyncio.Event()

    async def play(asked, peer):
        await gate.wait()
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of(max_clients=1)
        fetches = [client.fetch(origin.url) for _ in range(3)]
        client.close()
        client.close()
        with pytest.raises(RuntimeError, match="closed"):
            client.fetch(origin.url)
        gate.set()
        assert [response.code for response in await asyncio.gather(*fetches)] == [200] * 3
        for peer in origin.peers:
            await asyncio.wait_for(peer.over.wait(), 10)


async def test_shared_and_own_clients():
    shared = AsyncHTTPClient()
    assert isinstance(shared, SimpleAsyncHTTPClient)
    assert AsyncHTTPClient() is shared
    own = AsyncHTTPClient(force_instance=True)
    assert own is not shared
    own.close()
    assert AsyncHTTPClient() is shared
    shared.close()
    another = AsyncHTTPClient()
    assert another is not shared
    another.close()


async def test_configure():
    class Mine(SimpleAsyncHTTPClient):
        pass

    saved = AsyncHTTPClient._save_configuration()
    try:
        AsyncHTTPClient.configure(Mine, max_clients=77, defaults={"user_agent": "x"})
        client = AsyncHTTPClient(force_instance=True)
        assert (type(client), client.max_clients) == (Mine, 77)
        client.close()
        AsyncHTTPClient.configure("zonda.simple_httpclient.SimpleAsyncHTTPClient")
        client = AsyncHTTPClient(force_instance=True)
        assert (type(client), client.max_clients) == (SimpleAsyncHTTPClient, 10)
        client.close()
    finally:
        AsyncHTTPClient._restore_configuration(saved)


def test_each_loop_has_its_own_and_none_is_kept(wire):
    loops = weakref.WeakSet()
    clients = weakref.WeakSet()

    async def main():
        async with wire.Origin() as origin:
            loops.add(asyncio.get_running_loop())
            client = AsyncHTTPClient()
            assert client not in clients
            clients.add(client)
            await client.fetch(origin.url)
            assert len(client.pool) == 1

    for _ in range(5):
        asyncio.run(main())
    gc.collect()
    # The last one may be kept until somebody asks for a client in another loop.
    assert len(loops) <= 2
    assert len(clients) <= 1


def test_connections_end_with_asyncio_run(wire):
    """Nothing is closed by hand here; a forgotten socket would be a ResourceWarning."""

    async def main():
        async with wire.Origin() as origin:
            client = AsyncHTTPClient()
            await client.fetch(origin.url)
            return client

    client = asyncio.run(main())
    assert len(client.pool) == 0
    del client
    gc.collect()


def test_connections_end_with_an_ioloop(wire):
    loop = IOLoop(make_current=False)

    async def main():
        async with wire.Origin() as origin:
            await AsyncHTTPClient().fetch(origin.url)

    loop.run_sync(main)
    loop.close()
    gc.collect()


def test_loops_in_threads(wire):
    answers = []

    async def main():
        async with wire.Origin() as origin:
            client = AsyncHTTPClient()
            responses = await asyncio.gather(*(client.fetch(origin.url) for _ in range(20)))
            answers.append([response.code for response in responses])

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[200] * 20] * 4
