"""Streams, downloads and cookies of the blocking client, with and without a running loop."""

import asyncio
import threading

import pytest

from zonda.httpclient import HTTPClient, HTTPClientError, Retry


@pytest.fixture
def origin(wire):
    """A server with a loop and a thread of its own."""
    ready, stop = threading.Event(), asyncio.Event()
    made = []

    async def play(asked, peer):
        if asked.target == "/endless":
            await peer.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
            await peer.closed()
            return None
        if asked.target == "/busy" and len(server.asked) < 2:
            return wire.ok(b"", status="503 Busy")
        cookie = "".join(asked.all("Cookie"))
        return wire.ok(f"one\ntwo\n{cookie}".encode(), "Set-Cookie: a=b", 'ETag: "x"')

    async def main():
        nonlocal server
        async with wire.Origin(play) as server:
            made.extend([server, asyncio.get_running_loop()])
            ready.set()
            await stop.wait()

    server = None
    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    ready.wait()
    yield made[0]
    made[1].call_soon_threadsafe(stop.set)
    thread.join()


@pytest.fixture(params=["plain", "inside a loop"])
def run(request):
    """Calls a function, plainly or while a loop is running in this thread."""
    if request.param == "plain":
        return lambda function: function()

    def inside(function):
        async def main():
            function()

        asyncio.run(main())

    return inside


def test_a_stream(run, origin):
    def use():
        client = HTTPClient()
        with client.stream(origin.url) as response:
            assert (response.code, response.reason) == (200, "OK")
            assert response.headers["ETag"] == '"x"'
            assert response.cookies == {"a": "b"}
            assert response.effective_url == response.request.url == origin.url
            assert response.raise_for_status() is response
            assert list(response.iter_lines()) == ["one", "two"]
            assert response.received == 8
        with client.stream(origin.url) as response:
            assert b"".join(response) == b"one\ntwo\n"
        with client.stream(origin.url) as response:
            assert "".join(response.iter_text()) == "one\ntwo\n"
        with client.stream(origin.url) as response, pytest.raises(ValueError, match="3 bytes"):
            response.read(3)
        with client.stream(f"{origin.url}/endless") as response:
            assert next(iter(response)) == b"first"
        client.close()

    run(use)


def test_errors(run):
    def use():
        client = HTTPClient(retries=0)
        with pytest.raises((HTTPClientError, OSError)), client.stream("http://127.0.0.1:1/"):
            pass
        client.close()

    run(use)


def test_a_session(run, origin, tmp_path):
    def use():
        client = HTTPClient(cookies=True, retries=Retry(1, backoff=0))
        assert client.fetch(f"{origin.url}/busy").code == 200
        assert [cookie.pair for cookie in client.cookie_jar] == ["a=b"]
        seen = []
        path = tmp_path / "file"
        result = client.download(origin.url, path, progress=lambda *at: seen.append(at))
        assert path.read_bytes() == b"one\ntwo\na=b"
        assert result.size == 11
        assert seen[-1] == (11, 11)
        client.close()

    run(use)
