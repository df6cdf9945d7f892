"""Connections are kept, used again in LIFO order, and never by the wrong request."""

import asyncio

import pytest

from zonda.httpclient import HTTPClientError
from zonda.simple_httpclient import HTTPStreamClosedError, pool


async def test_one_connection_serves_many_requests(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        for _ in range(5):
            assert (await client.fetch(origin.url)).body == b"hello"
        assert origin.connections == 1
        assert len(client.pool) == 1


async def test_each_origin_has_its_own(wire, client_of):
    async with wire.Origin() as one, wire.Origin() as two:
        client = client_of()
        for origin in (one, two, one, two):
            await client.fetch(origin.url)
        assert (one.connections, two.connections) == (1, 1)
        await client.fetch(f"http://localhost:{one.port}/", allow_ipv6=False)
        assert one.connections == 2


async def test_options_that_tell_connections_apart(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await client.fetch(origin.url)
        await client.fetch(origin.url, allow_ipv6=False)
        await client.fetch(origin.url, network_interface="127.0.0.1")
        assert origin.connections == 3
        await client.fetch(origin.url, headers={"X": "y"}, user_agent="me", request_timeout=3)
        assert origin.connections == 3


async def test_the_last_one_put_back_is_taken_first(wire, client_of):
    gate = asyncio.Event()
    used = []

    async def play(asked, peer):
        used.append(peer.number)
        if asked.target == "/wait":
            await gate.wait()
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of()
        waiting = client.fetch(origin.url + "/wait")
        await client.fetch(origin.url)
        gate.set()
        await waiting
        assert len(client.pool) == 2
        del used[:]
        for _ in range(3):
            await client.fetch(origin.url)
        (last,) = set(used)
        assert last == 1  # its exchange ended last
        assert origin.connections == 2


async def test_idle_connections_expire(wire, client_of, monkeypatch):
    monkeypatch.setattr(pool, "IDLE_TIMEOUT", 0.0)
    gone = asyncio.Event()

    async def play(asked, peer):
        await peer.send(wire.ok())
        await peer.closed()
        gone.set()

    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url)
        assert len(client.pool) == 1
        await asyncio.wait_for(gone.wait(), 10)
        assert len(client.pool) == 0


async def test_a_connection_that_the_server_closes_is_forgotten(wire, client_of):
    async def play(asked, peer):
        await peer.send(wire.ok())
        peer.writer.close()

    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url)
        await origin.peers[0].writer.wait_closed()
        for _ in range(100):
            if not len(client.pool):
                break
            await asyncio.sleep(0.01)
        assert len(client.pool) == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_a_stale_connection_is_replaced_for_idempotent_requests(wire, client_of, method):
    async def play(asked, peer):
        if peer.number == 1 and len(origin.asked) == 2:
            return None  # instead of an answer
        return wire.ok(b"")

    body = b"x" if method == "PUT" else None
    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url)
        response = await client.fetch(origin.url, method=method, body=body)
        assert response.code == 200
        assert [asked.method for asked in origin.asked] == ["GET", method, method]
        assert origin.connections == 2


async def test_only_once(wire, client_of):
    async def play(asked, peer):
        return wire.ok() if len(origin.asked) == 1 else None

    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url)
        with pytest.raises(HTTPStreamClosedError, match="Stream closed"):
            await client.fetch(origin.url)
        assert len(origin.asked) == 3  # the first, the second, and that one again


async def test_never_on_a_new_connection(wire, client_of):
    async def play(asked, peer):
        return None

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPStreamClosedError):
            await client_of().fetch(origin.url)
        assert origin.connections == 1


async def test_a_post_is_never_sent_twice(wire, client_of):
    async def play(asked, peer):
        return wire.ok() if len(origin.asked) == 1 else None

    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url)
        with pytest.raises(HTTPStreamClosedError):
            await client.fetch(origin.url, method="POST", body=b"once")
        assert [asked.method for asked in origin.asked] == ["GET", "POST"]


async def test_nor_is_what_a_producer_made(wire, client_of):
    async def play(asked, peer):
        return wire.ok() if len(origin.asked) == 1 else None

    async def produce(write):
        await write(b"once")

    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url)
        with pytest.raises(HTTPClientError):
            await client.fetch(origin.url, method="PUT", body_producer=produce)
        assert [asked.method for asked in origin.asked] == ["GET", "PUT"]


async def test_a_post_avoids_a_connection_that_is_known_to_be_closed(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await client.fetch(origin.url)
        (peer,) = origin.peers
        peer.writer.close()
        await peer.writer.wait_closed()
        # The loop has not looked at the socket since: only the kernel knows.
        response = await client.fetch(origin.url, method="POST", body=b"x")
        assert response.code == 200
        assert origin.connections == 2


async def test_a_broken_answer_is_not_asked_for_again(wire, client_of):
    async def play(asked, peer):
        if len(origin.asked) == 1:
            return wire.ok()
        await peer.send(b"HTTP/1.1 2")
        return None

    async with wire.Origin(play) as origin:
        client = client_of()
        await client.fetch(origin.url)
        with pytest.raises(HTTPStreamClosedError, match="before the response head"):
            await client.fetch(origin.url)
        assert len(origin.asked) == 2


async def test_surplus_bytes_kill_the_connection(wire, client_of):
    async def play(asked, peer):
        if peer.number == 1:
            return wire.ok(b"first") + wire.ok(b"evil")
        return wire.ok(b"second")

    async with wire.Origin(play) as origin:
        client = client_of()
        assert (await client.fetch(origin.url)).body == b"first"
        assert (await client.fetch(origin.url)).body == b"second"
        assert origin.connections == 2


async def test_surplus_bytes_that_come_later_kill_it_too(wire, client_of):
    closed = asyncio.Event()

    async def play(asked, peer):
        if peer.number > 1:
            return wire.ok(b"second")
        await peer.send(wire.ok(b"first"))
        await asyncio.sleep(0)
        await peer.send(wire.ok(b"evil"))
        await peer.closed()
        closed.set()
        return None

    async with wire.Origin(play) as origin:
        client = client_of()
        assert (await client.fetch(origin.url)).body == b"first"
        await asyncio.wait_for(closed.wait(), 10)
        assert len(client.pool) == 0
        assert (await client.fetch(origin.url)).body == b"second"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_answers_that_end_a_connection(wire, client_of, answer):
    async def play(asked, peer):
        return answer

    async with wire.Origin(play) as origin:
        client = client_of()
        for _ in range(2):
            await client.fetch(origin.url)
        assert origin.connections == 2
        assert len(client.pool) == 0


async def test_a_request_that_says_close(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await client.fetch(origin.url, headers={"Connection": "close"})
        assert len(client.pool) == 0
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)


async def test_nothing_is_kept_after_close(wire, client_of):
    gate = asyncio.Event()

    async def play(asked, peer):
        if asked.target == "/wait":
            await gate.wait()
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of()
        waiting = client.fetch(origin.url + "/wait")
        await client.fetch(origin.url)
        client.close()
        assert len(client.pool) == 0
        gate.set()
        assert (await waiting).body == b"hello"
        assert len(client.pool) == 0
        for peer in origin.peers:
            await asyncio.wait_for(peer.over.wait(), 10)


async def test_the_pool_has_a_limit(wire, client_of):
    async with wire.Origin() as one, wire.Origin() as two, wire.Origin() as three:
        client = client_of(max_idle_connections=2)
        for origin in (one, two, three):
            await client.fetch(origin.url)
        assert len(client.pool) == 2
        await asyncio.wait_for(one.peers[0].over.wait(), 10)  # the oldest
        await client.fetch(two.url)
        await client.fetch(three.url)
        assert (one.connections, two.connections, three.connections) == (1, 1, 1)


async def test_the_limit_is_never_below_max_clients(wire, client_of):
    assert client_of().pool._limit == 100
    assert client_of(max_clients=500).pool._limit == 500
    assert client_of(max_clients=500, max_idle_connections=7).pool._limit == 7


async def test_nothing_is_kept_with_a_limit_of_0(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(max_idle_connections=0)
        for _ in range(2):
            await client.fetch(origin.url)
        assert origin.connections == 2
        assert len(client.pool) == 0


async def test_old_connections_are_not_put_back(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(max_connection_age=1000)
        for _ in range(2):
            await client.fetch(origin.url)
        assert origin.connections == 1
        for connection in client.pool._idle:
            connection.born -= 1001
        await client.fetch(origin.url)
        assert len(client.pool) == 0
        await client.fetch(origin.url)
        assert origin.connections == 2


async def test_what_was_put_back_first_goes_first(wire, client_of):
    async with wire.Origin() as one, wire.Origin() as two, wire.Origin() as three:
        client = client_of(max_clients=1, max_idle_connections=2)
        for origin in (one, two, one, three):
            await client.fetch(origin.url)
        await asyncio.wait_for(two.peers[0].over.wait(), 10)
        for origin in (one, three):
            await client.fetch(origin.url)
            assert origin.connections == 1
        await client.fetch(two.url)
        assert two.connections == 2


async def test_nothing_is_kept_of_origins_without_connections(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await client.fetch(origin.url)
        assert len(client.pool._shelves) == 1
        client.defaults.clear()  # plans go
        assert len(client.pool._shelves) == 1
        (connection,) = client.pool._idle
        connection.close()
        while client.pool._idle:
            await asyncio.sleep(0)
        del connection
        assert not client.pool._shelves


async def test_many_that_are_closed_at_once(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(max_clients=50)
        await asyncio.gather(*(client.fetch(origin.url) for _ in range(50)))
        assert len(client.pool) == origin.connections == 50
        for peer in origin.peers[:49]:
            peer.writer.transport.abort()
        while len(client.pool) > 1:
            await asyncio.sleep(0)
        assert (await client.fetch(origin.url)).body == b"hello"
        assert origin.connections == 50
