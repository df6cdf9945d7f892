"""The short way of a fetch: what goes it, and what becomes of a fetch that cannot go on there."""

import asyncio
import time

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest
from zonda.simple_httpclient import (
    HTTPStreamClosedError,
    HTTPTimeoutError,
    SimpleAsyncHTTPClient,
)
from zonda.simple_httpclient.shortway import ShortFetch


async def warm(client, origin):
    """A client with an idle connection and a plan."""
    assert (await client.fetch(origin.url)).code == 200


def is_short(future):
    return isinstance(future, ShortFetch)


# ------------------------------------------------------------------------------ what goes it


async def test_the_second_fetch_of_an_url(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        first = client.fetch(origin.url)
        assert not is_short(first)
        await first
        before, monotonic = time.time(), time.monotonic()
        second = client.fetch(origin.url)
        assert is_short(second)
        response = await second
        assert (response.code, response.reason, response.body) == (200, "OK", b"hello")
        assert response.effective_url == origin.url
        assert response.request.url == origin.url
        assert response.request is response.request
        elapsed = time.monotonic() - monotonic
        assert before - 1 < response.start_time < before + elapsed + 1
        assert response.request.start_time == response.start_time
        assert 0 < response.request_time <= elapsed
        times = response.time_info
        assert times["total"] == response.request_time
        assert times["starttransfer"] == times["total"]
        assert set(times.values()) - {times["total"]} == {0}
        assert origin.connections == 1
        one, two = origin.asked
        assert (one.method, one.target, one.fields) == (two.method, two.target, two.fields)


async def test_requests_with_arguments(wire, client_of):
    async def play(asked, peer):
        return wire.ok(asked.body)

    async with wire.Origin(play) as origin:
        client = client_of()
        for short in (False, True):
            for body in (b"one", b"three"):
                fetch = client.fetch(origin.url, method="POST", body=body, headers={"X": "y"})
                assert is_short(fetch) is (short or body == b"three")
                response = await fetch
                assert response.body == body
                assert response.request.method == "POST"
        assert [asked["Content-Length"] for asked in origin.asked] == ["3", "5", "3", "5"]
        request = HTTPRequest(origin.url, method="POST", body=b"")
        await client.fetch(request)
        fetch = client.fetch(request)
        assert is_short(fetch)
        assert (await fetch).request is request
        assert [asked["Content-Length"] for asked in origin.asked[-2:]] == ["0", "0"]


@pytest.mark.parametrize(
    "options",
    [
        {"method": "HEAD"},
        {"streaming_callback": print},
        {"header_callback": lambda line: None},
        {"method": "PUT", "body": b"x", "expect_100_continue": True},
        {"headers": {"Connection": "close"}},
        {"auth_username": "me", "auth_mode": "digest"},
    ],
)
async def test_what_does_not(wire, client_of, options):
    async def play(asked, peer):
        return wire.ok(b"")

    async with wire.Origin(play) as origin:
        client = client_of()
        for _ in range(2):
            await warm(client, origin)
            fetch = client.fetch(origin.url, **options)
            assert not is_short(fetch)
            if "expect_100_continue" not in options:
                await fetch
            else:
                fetch.cancel()


async def test_not_past_those_who_wait(wire, client_of):
    gate = asyncio.Event()

    async def play(asked, peer):
        if asked.target == "/wait":
            await gate.wait()
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of(max_clients=2)
        await warm(client, origin)
        waiting = [client.fetch(origin.url + "/wait") for _ in range(3)]
        last = client.fetch(origin.url)
        assert not is_short(last)
        assert len(client.queue) == 2
        gate.set()
        await asyncio.gather(*waiting, last)
        assert is_short(client.fetch(origin.url))


async def test_its_end_lets_the_next_one_in(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(max_clients=1)
        await warm(client, origin)
        fetches = [client.fetch(origin.url) for _ in range(3)]
        assert [is_short(fetch) for fetch in fetches] == [True, False, False]
        assert [response.code for response in await asyncio.gather(*fetches)] == [200] * 3
        assert origin.connections == 1
        assert not client.active


async def test_places_at_an_origin(wire, client_of):
    async def play(asked, peer):
        return wire.ok(status="404 Not Found" if asked.target == "/none" else "200 OK")

    async with wire.Origin(play) as origin:
        client = client_of(max_clients_per_origin=1)
        await warm(client, origin)
        await client.fetch(origin.url + "/none", raise_error=False)
        for path in ("", "/none"):
            fetches = [client.fetch(origin.url + path, raise_error=False) for _ in range(3)]
            assert [is_short(fetch) for fetch in fetches] == [True, False, False]
            assert len(client.waiting) == 2
            await asyncio.gather(*fetches)
            assert not client.active
            assert not client.waiting
        assert origin.connections == 1


async def test_a_closed_client_is_shut_after_the_last_one(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await warm(client, origin)
        fetch = client.fetch(origin.url)
        assert is_short(fetch)
        client.close()
        assert (await fetch).code == 200
        assert client.deadlines._handle is None
        assert client.pool._deadlines._handle is None
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)


async def test_a_subclass_that_wants_to_see_everything(wire):
    seen = []

    class Seeing(SimpleAsyncHTTPClient):
        def fetch_impl(self, request, callback):
            seen.append(request.url)
            super().fetch_impl(request, callback)

    async with wire.Origin() as origin:
        client = Seeing(force_instance=True)
        for _ in range(3):
            await client.fetch(origin.url)
        assert len(seen) == 3
        client.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda defaults: defaults.update(user_agent="me"),
        lambda defaults: defaults.setdefault("user_agent", "me"),
        lambda defaults: defaults.__setitem__("user_agent", "me"),
        lambda defaults: defaults.__ior__({"user_agent": "me"}),
    ],
)
async def test_defaults_that_are_changed_meanwhile(wire, client_of, change):
    async with wire.Origin() as origin:
        client = client_of()
        await warm(client, origin)
        await warm(client, origin)
        change(client.defaults)
        await client.fetch(origin.url)
        assert origin.asked[-1]["User-Agent"] == "me"
        del client.defaults["user_agent"]
        await client.fetch(origin.url)
        assert origin.asked[-1]["User-Agent"] != "me"
        client.defaults = {**client.defaults, "user_agent": "you"}
        await client.fetch(origin.url)
        assert origin.asked[-1]["User-Agent"] == "you"
        client.defaults.pop("user_agent")
        await client.fetch(origin.url)
        assert origin.asked[-1]["User-Agent"] == origin.asked[0]["User-Agent"]


# ---------------------------------------------------------------- what cannot go on there


@pytest.mark.parametrize(
    ("answer", "code", "body"),
    [
        (b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", 404, b"no"),
        (b"HTTP/1.1 204 None\r\n\r\n", 204, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 302 Go\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", 200, b"there"),
    ],
)
async def test_other_responses(wire, client_of, answer, code, body):
    async def play(asked, peer):
        if asked.target == "/there":
            return wire.ok(b"there")
        return wire.ok() if len(origin.asked) == 1 else answer

    async with wire.Origin(play) as origin:
        client = client_of()
        await warm(client, origin)
        fetch = client.fetch(origin.url, raise_error=False)
        assert is_short(fetch)
        response = await fetch
        assert (response.code, response.body) == (code, body)
        assert response.request.url == origin.url
        assert response.time_info["queue"] == 0
        assert not client.active
        if code == 404:
            with pytest.raises(HTTPClientError):
                await client.fetch(origin.url)


async def test_a_response_in_pieces(wire, client_of):
    async def play(asked, peer):
        if len(origin.asked) > 1:
            await peer.send(wire.ok()[:-2])
            while any(is_short(fetch) for fetch in client.active):
                await asyncio.sleep(0)
            return wire.ok()[-2:]
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of()
        await warm(client, origin)
        fetch = client.fetch(origin.url)
        assert is_short(fetch)
        assert (await fetch).body == b"hello"
        assert origin.connections == 1


async def test_a_stale_connection_is_replaced(wire, client_of):
    async def play(asked, peer):
        return None if peer.number == 1 and len(origin.asked) == 2 else wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of()
        await warm(client, origin)
        fetch = client.fetch(origin.url)
        assert is_short(fetch)
        assert (await fetch).code == 200
        assert (origin.connections, len(origin.asked)) == (2, 3)


async def test_a_post_is_not_sent_again(wire, client_of):
    async def play(asked, peer):
        return None if len(origin.asked) == 2 else wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url, method="POST", body=b"x")
        fetch = client.fetch(origin.url, method="POST", body=b"x")
        assert is_short(fetch)
        with pytest.raises(HTTPStreamClosedError):
            await fetch
        assert len(origin.asked) == 2


async def test_surplus_bytes_end_the_connection(wire, client_of):
    async def play(asked, peer):
        return wire.ok() + (b"HTTP/1.1 200 Evil\r\n" if len(origin.asked) == 2 else b"")

    async with wire.Origin(play) as origin:
        client = client_of()
        await warm(client, origin)
        assert is_short(fetch := client.fetch(origin.url))
        assert (await fetch).body == b"hello"
        assert len(client.pool) == 0
        await warm(client, origin)
        assert origin.connections == 2


@pytest.mark.parametrize("limit", [0.05, 100])
async def test_time_limits(wire, client_of, limit):
    async def play(asked, peer):
        if len(origin.asked) == 1:
            return wire.ok()
        await peer.closed()
        return None

    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url, request_timeout=limit)
        fetch = client.fetch(origin.url, request_timeout=limit)
        assert is_short(fetch)
        if limit == 100:
            (short,) = client.active
            assert 90 < short.deadline - time.monotonic() <= 100
            client.deadline_passed(0)
            assert not fetch.done()
            short.deadline = time.monotonic()
            client.deadline_passed(0)
        with pytest.raises(HTTPTimeoutError, match=r"^Timeout during request\n"):
            await fetch
        assert not client.active
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)


async def test_no_timer_is_left_behind(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        for _ in range(2):
            fetch = client.fetch(origin.url, request_timeout=3)
            await fetch
        assert is_short(fetch)
        assert fetch._timer.cancelled()


async def test_no_limit(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        for _ in range(2):
            fetch = client.fetch(origin.url, request_timeout=0)
            limits = [(fetch.deadline, fetch._timer) for fetch in client.active]
            await fetch
        assert is_short(fetch)
        assert limits == [(0, None)]


async def test_cancelling(wire, client_of):
    async def play(asked, peer):
        if len(origin.asked) == 1:
            return wire.ok()
        await peer.closed()
        return None

    async with wire.Origin(play) as origin:
        client = client_of()
        await warm(client, origin)
        fetch = client.fetch(origin.url)
        assert is_short(fetch)
        assert fetch.cancel()
        assert not client.active
        assert not fetch.cancel()
        assert fetch.cancelled()
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)


async def test_cancelling_after_the_short_way(wire, client_of):
    async def play(asked, peer):
        if len(origin.asked) == 1:
            return wire.ok()
        await peer.send(b"HTTP/1.1 103 Hints\r\n\r\n")
        await peer.closed()
        return None

    async with wire.Origin(play) as origin:
        client = client_of()
        await warm(client, origin)
        fetch = client.fetch(origin.url)
        while fetch.fetch is None:
            await asyncio.sleep(0.001)
        assert client.active == {fetch.fetch}
        assert fetch.cancel()
        assert not client.active
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)


async def test_a_result_from_outside(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await warm(client, origin)
        fetch = client.fetch(origin.url)
        fetch.set_result(None)
        while client.active:
            await asyncio.sleep(0.001)
        await warm(client, origin)
        assert origin.connections == 1


async def test_the_loop_ends(wire, client_of):
    async def play(asked, peer):
        if len(origin.asked) == 1:
            return wire.ok()
        await peer.closed()
        return None

    async with wire.Origin(play) as origin:
        client = client_of()
        await warm(client, origin)
        fetch = client.fetch(origin.url)
        client.abort()
        assert not client.active
        assert not fetch.done()
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)
