"""The blocking client, with and without a running loop."""

import asyncio
import threading

import pytest

from zonda.httpclient import AsyncHTTPClient, HTTPClient, HTTPClientError
from zonda.simple_httpclient import SimpleAsyncHTTPClient


@pytest.fixture
def origin(wire):
    """A server with a loop and a thread of its own."""
    ready, stop = threading.Event(), asyncio.Event()
    made = []

    async def play(asked, peer):
        if asked.target == "/missing":
            return wire.ok(b"", status="404 Not Found")
        return wire.ok()

    async def main():
        async with wire.Origin(play) as server:
            made.extend([server, asyncio.get_running_loop()])
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    ready.wait()
    yield made[0]
    made[1].call_soon_threadsafe(stop.set)
    thread.join()


def test_fetch(origin):
    client = HTTPClient()
    assert client.fetch(origin.url).body == b"hello"
    assert client.fetch(origin.url, method="POST", body="x").code == 200
    with pytest.raises(HTTPClientError, match="404"):
        client.fetch(origin.url + "/missing")
    assert client.fetch(origin.url + "/missing", raise_error=False).code == 404
    assert origin.connections == 1
    client.close()
    client.close()


def test_arguments_go_to_the_client(origin):
    client = HTTPClient(SimpleAsyncHTTPClient, max_clients=3, defaults={"user_agent": "x"})
    client.fetch(origin.url)
    assert origin.asked[0]["User-Agent"] == "x"
    client.close()


def test_arguments_that_are_wrong():
    with pytest.raises(TypeError):
        HTTPClient(no_such_argument=1)


def test_inside_a_running_loop(origin):
    async def main():
        mine = AsyncHTTPClient()
        client = HTTPClient()
        assert client.fetch(origin.url).body == b"hello"
        with pytest.raises(HTTPClientError, match="404"):
            client.fetch(origin.url + "/missing")
        assert AsyncHTTPClient() is mine
        client.close()
        assert (await mine.fetch(origin.url)).body == b"hello"

    asyncio.run(main())


def test_in_threads(origin):
    answers = []

    def work():
        client = HTTPClient()
        answers.append([client.fetch(origin.url).code for _ in range(5)])
        client.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[200] * 5] * 4


def test_command(origin, capsys, monkeypatch):
    from zonda.httpclient import main
    from zonda.options import options

    monkeypatch.setattr("sys.argv", ["httpclient", "--print_headers", origin.url])
    known = dict(options._options)
    try:
        main()
    finally:
        options._options.clear()
        options._options.update(known)
    printed = capsys.readouterr().out
    assert "Content-Length: 5" in printed
    assert printed.endswith("hello\n")
