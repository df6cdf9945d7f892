"""Clients with cookies, retries, hooks or a recorder."""

import asyncio

import pytest

from zonda.httpclient import AsyncHTTPClient, CookieJar, HARRecorder
from zonda.simple_httpclient import SimpleAsyncHTTPClient


async def test_a_session_is_nobody_elses():
    shared = AsyncHTTPClient()
    mine = AsyncHTTPClient(cookies=True)
    assert mine is not shared
    assert AsyncHTTPClient(cookies=True) is not mine
    assert AsyncHTTPClient() is shared
    assert shared.cookie_jar is None
    assert isinstance(mine.cookie_jar, CookieJar)
    mine.close()
    assert AsyncHTTPClient() is shared
    shared.close()


async def test_what_does_not_go_together():
    with pytest.raises(ValueError, match="cookies=True or a cookie_jar"):
        AsyncHTTPClient(cookies=True, cookie_jar=CookieJar())
    with pytest.raises(ValueError, match="no event"):
        AsyncHTTPClient(hooks={"x": print})
    with pytest.raises(TypeError, match="takes no argument color"):
        AsyncHTTPClient(force_instance=True, color="red")


async def test_configured(wire):
    AsyncHTTPClient.configure(SimpleAsyncHTTPClient, retries=1, max_clients=3)
    try:
        client = AsyncHTTPClient()
        assert AsyncHTTPClient() is client  # who configures it means everybody
        assert client._session.retries.total == 1
        assert client.max_clients == 3
        client.close()
    finally:
        AsyncHTTPClient.configure(None)


async def test_a_plain_fetch_stays_plain(wire, client_of):
    async with wire.Origin() as origin:
        fetch = client_of().fetch(origin.url)
        assert not isinstance(fetch, asyncio.Task)
        await fetch


async def test_a_recorder_gets_every_attempt(wire, either):
    async def play(asked, peer):
        if asked.target == "/":
            return wire.ok(b"", "Location: /there", status="302 Found")
        if len(origin.asked) == 2:
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx")
            return None
        return wire.ok()

    recorder = HARRecorder()
    async with wire.Origin(play) as origin:
        client = either(recorder=recorder, retries=1)
        await client.fetch(f"{origin.url}/")
    entries = recorder.to_har()["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [302, 0, 200]
    assert len(recorder) == 3
    recorder.clear()
    assert len(recorder) == 0
