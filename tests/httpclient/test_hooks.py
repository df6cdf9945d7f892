"""Hooks by event."""

import asyncio

import pytest

from zonda.httpclient import Hooks, HTTPClientError


async def test_order_and_kinds():
    seen = []

    async def later(value):
        await asyncio.sleep(0)
        seen.append(("async", value))

    client = Hooks({"request": [later, lambda value: seen.append(("plain", value))]})
    own = Hooks({"request": lambda value: seen.append(("own", value))})
    both = client.and_also(own)
    assert "request" in both
    assert "retry" not in both
    await both.call("request", 1)
    await both.call("retry", 1, 2, 3)
    assert seen == [("async", 1), ("plain", 1), ("own", 1)]
    seen.clear()
    await client.call("request", 2)  # is what it was
    assert len(seen) == 2
    assert client.and_also(None) is client
    assert Hooks.of(client) is client


def test_what_is_no_hook():
    with pytest.raises(ValueError, match="no event 'answer': there are request, response"):
        Hooks({"answer": print})
    with pytest.raises(TypeError, match=r"3 is no hook: give a function of \(request, error\)"):
        Hooks({"error": [3]})


async def test_all_events_of_a_fetch(wire, either):
    async def play(asked, peer):
        if asked.target == "/":
            return wire.ok(b"", "Location: /there", status="302 Found")
        if len(origin.asked) < 3:
            return wire.ok(b"later", status="503 Service Unavailable")
        return wire.ok(b"there")

    seen = []
    hooks = {
        "request": lambda request: seen.append(("request", request.url)),
        "response": lambda response: seen.append(("response", response.code, response.body)),
        "redirect": lambda old, new: seen.append(("redirect", old.code, new.url)),
        "retry": lambda request, cause, delay: seen.append(("retry", request.url, cause.body)),
        "error": lambda *arguments: seen.append(("error", *arguments)),
    }
    async with wire.Origin(play) as origin:
        client = either(hooks=hooks)
        response = await client.fetch(f"{origin.url}/", retries=1)
        there = f"{origin.url}/there"
        assert seen == [
            ("request", f"{origin.url}/"),
            ("response", 302, b""),
            ("redirect", 302, there),
            ("request", there),
            ("response", 503, b""),
            ("retry", there, b"later"),
            ("request", there),
            ("response", 200, b""),
        ]
        assert response.body == b"there"
        assert response.effective_url == there
        assert [each.code for each in response.history] == [302]


async def test_a_request_may_be_changed_for_one_attempt(wire, either):
    async def sign(request):
        await asyncio.sleep(0)
        request.headers["X-Signature"] = request.method

    async with wire.Origin() as origin:
        client = either()
        await client.fetch(origin.url, hooks={"request": sign})
        await client.fetch(origin.url)
        assert origin.asked[0]["X-Signature"] == "GET"
        assert not origin.asked[1].all("X-Signature")


async def test_an_error(wire, either):
    seen = []

    async def play(asked, peer):
        return None

    async with wire.Origin(play) as origin:
        client = either(hooks={"error": lambda *arguments: seen.append(arguments)})
        with pytest.raises(HTTPClientError) as caught:
            await client.fetch(origin.url)
        ((request, error),) = seen
        assert error is caught.value
        assert request.url == origin.url
        await asyncio.wait_for(origin.peers[0].over.wait(), 5)


@pytest.mark.parametrize("event", ["request", "response"])
async def test_what_a_hook_raises_ends_the_fetch(wire, either, event):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nendless")
        await peer.closed()
        return

    async def refuse(_):
        await asyncio.sleep(0)
        raise LookupError("not this one")

    async with wire.Origin(play) as origin:
        with pytest.raises(LookupError, match="not this one"):
            await either().fetch(origin.url, hooks={event: refuse})
        if event == "response":
            await asyncio.wait_for(origin.peers[0].over.wait(), 5)
        else:
            assert not origin.asked


async def test_the_body_waits_for_the_hook(wire, either):
    allowed = asyncio.Event()
    pieces = []

    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")
        await asyncio.sleep(0)
        return b""

    async def wait(_):
        assert not pieces
        asyncio.get_running_loop().call_soon(allowed.set)
        await allowed.wait()
        assert not pieces

    async with wire.Origin(play) as origin:
        await either().fetch(origin.url, hooks={"response": wait}, streaming_callback=pieces.append)
        assert b"".join(pieces) == b"body"
