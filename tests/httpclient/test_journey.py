"""Fetches that go from one request to the next."""

import asyncio

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest, Retry


async def test_what_a_response_tells_of_the_way(wire, either):
    async def play(asked, peer):
        where = {"/1": "/2", "/2": "/3"}.get(asked.target)
        if where:
            return wire.ok(b"on", f"Location: {where}", status="302 Found")
        return wire.ok(b"there")

    async with wire.Origin(play) as origin:
        request = HTTPRequest(f"{origin.url}/1", hooks={})
        response = await either().fetch(request)
        assert response.body == response.buffer.read() == b"there"
        assert response.request is request
        assert response.effective_url == f"{origin.url}/3"
        assert [each.effective_url for each in response.history] == [
            f"{origin.url}/1",
            f"{origin.url}/2",
        ]
        assert [each.body for each in response.history] == [b"on", b"on"]
        assert 0 < response.time_info["redirect"] < 20
        assert response.version == "HTTP/1.1"


async def test_too_many_redirects(wire, either):
    async def play(asked, peer):
        return wire.ok(b"", "Location: /", status="302 Found")

    async with wire.Origin(play) as origin:
        client = either()
        with pytest.raises(HTTPClientError, match="302"):
            await client.fetch(origin.url, max_redirects=3, hooks={})
        assert len(origin.asked) == 4
        response = await client.fetch(
            origin.url, follow_redirects=False, hooks={}, raise_error=False
        )
        assert response.code == 302
        assert len(origin.asked) == 5


async def test_a_redirect_to_another_scheme(wire, either):
    async def play(asked, peer):
        return wire.ok(b"", "Location: file:///etc/passwd", status="302 Found")

    async with wire.Origin(play) as origin:
        seen = []
        with pytest.raises(ValueError, match="Unsupported url scheme: file"):
            await either(hooks={"error": lambda *a: seen.append(a)}).fetch(origin.url)
        assert len(seen) == 1


async def test_credentials_stay_with_their_origin(wire, either):
    async with wire.Origin() as other, wire.Origin() as origin:

        async def play(asked, peer):
            return wire.ok(b"", f"Location: {other.url}/", status="307 Temporary Redirect")

        origin.play = play
        await either().fetch(
            origin.url,
            method="POST",
            body="x",
            auth=("u", "p"),
            cookies={"a": "b"},
            headers={"X": "y"},
            hooks={},
        )
        (asked,) = other.asked
        assert (asked.method, asked.body, asked["X"]) == ("POST", b"x", "y")
        assert not asked.all("Authorization")
        assert not asked.all("Cookie")


async def test_the_callers_request_is_not_changed(wire, either):
    def change(request):
        request.url += "?changed"
        request.headers["A"] = "c"

    async with wire.Origin() as origin:
        request = HTTPRequest(f"{origin.url}/x", headers={"A": "b"}, hooks={"request": change})
        await either(cookies=True).fetch(request)
        assert origin.asked[0].target == "/x?changed"
        assert origin.asked[0]["A"] == "c"
        assert request.url == f"{origin.url}/x"
        assert request.headers["A"] == "b"


async def test_the_note_of_a_fetch_that_came_late(wire, client_of):
    async def play(asked, peer):
        await peer.closed()
        return

    async with wire.Origin(play) as origin:
        client = client_of(retries=Retry(9, backoff=0, attempt_timeout=0.2))
        with pytest.raises(HTTPClientError) as caught:
            await client.fetch(origin.url, request_timeout=0.9)
        assert any("attempts" in note for note in caught.value.__notes__)


async def test_cancelled(wire, either):
    async def play(asked, peer):
        asking.set()
        await peer.closed()
        return

    asking = asyncio.Event()
    async with wire.Origin(play) as origin:
        fetch = either(cookies=True).fetch(origin.url)
        await asyncio.wait_for(asking.wait(), 5)
        fetch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetch
        await asyncio.wait_for(origin.peers[0].over.wait(), 5)


async def test_errors_of_the_request_itself(either):
    client = either(cookies=True, retries=Retry(5, backoff=0))
    with pytest.raises(KeyError):
        await client.fetch("http://127.0.0.1:1/", method="BREW")
    with pytest.raises(ValueError):
        await client.fetch("http://127.0.0.1:1/", method="POST")


async def test_many_at_once_leave_nothing_behind(wire, client_of):
    """Mixed outcomes, cancelled ones among them, under a client with few places."""

    async def play(asked, peer):
        kind = asked.target[1]
        if kind == "r":
            return wire.ok(b"", "Location: /ok", status="302 Found")
        if kind == "b":
            return wire.ok(b"", status="503 Busy")
        if kind == "c":
            return None
        return wire.ok(b"x" * 1000)

    async with wire.Origin(play) as origin:
        client = client_of(cookies=True, retries=Retry(1, backoff=0), max_clients=5)

        async def one(n):
            url = f"{origin.url}/{'rbco'[n % 4]}"
            if n % 3:
                return await client.fetch(url, raise_error=False)
            async with client.stream(url, raise_error=False) as response:
                return await anext(response, None)

        tasks = [asyncio.create_task(one(n)) for n in range(200)]
        await asyncio.sleep(0.05)
        for task in tasks[::7]:
            task.cancel()
        await asyncio.wait(tasks)
        unexpected = [
            task.exception()
            for task in tasks
            if not task.cancelled() and not isinstance(task.exception(), HTTPClientError | None)
        ]
        assert not unexpected
        assert not client.active
        assert not client.queue
        client.close()
        await asyncio.gather(*(peer.over.wait() for peer in origin.peers))
