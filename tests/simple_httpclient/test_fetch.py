"""One fetch: time limits, the queue, cancellation, what callbacks see, what servers do wrong."""

import asyncio
import os
import time

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest
from zonda.iostream import UnsatisfiableReadError
from zonda.netutil import Resolver
from zonda.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError


async def never(asked, peer):
    await peer.closed()


# ------------------------------------------------------------------------------ time limits


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
async def test_request_timeout(wire, client_of, before):
    async def play(asked, peer):
        await peer.send(before)
        await peer.closed()

    async with wire.Origin(play) as origin:
        client = client_of()
        with pytest.raises(HTTPTimeoutError, match=r"^Timeout during request\n") as caught:
            await client.fetch(origin.url, request_timeout=0.3)
        assert (caught.value.code, str(caught.value)) == (599, "Timeout during request")
        assert caught.value.elapsed > 0.29
        assert "seconds" in caught.value.__notes__[0]
        await origin.accepted.wait()
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)
        assert not client.active


async def test_the_wait_in_the_queue_counts(wire, client_of):
    async with wire.Origin(never) as origin:
        client = client_of(max_clients=1)
        first = client.fetch(origin.url, request_timeout=5)
        with pytest.raises(HTTPTimeoutError, match=r"^Timeout in request queue\n") as caught:
            await client.fetch(origin.url, request_timeout=0.05)
        assert caught.value.elapsed > 0.04
        assert not client.queue
        assert len(client.active) == 1
        assert origin.connections == 1
        first.cancel()


async def test_the_wait_for_a_place_is_limited_by_connect_timeout_too(wire, client_of):
    async with wire.Origin(never) as origin:
        client = client_of(max_clients=1)
        first = client.fetch(origin.url, request_timeout=0)
        with pytest.raises(HTTPTimeoutError, match="in request queue"):
            await client.fetch(origin.url, connect_timeout=0.05, request_timeout=0)
        first.cancel()


async def test_what_is_left_after_the_queue(wire, client_of):
    gate = asyncio.Event()

    async def play(asked, peer):
        await gate.wait()
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of(max_clients=1)
        first = client.fetch(origin.url)
        second = client.fetch(origin.url, connect_timeout=100, request_timeout=100)
        await asyncio.sleep(0.1)
        await origin.accepted.wait()
        (queued,) = client.queue
        deadline = queued.deadline
        gate.set()
        await first
        gate.clear()
        while len(origin.asked) < 2:
            await asyncio.sleep(0)
        (fetch,) = client.active
        assert fetch.deadline < deadline + 0.1  # the time in the queue was not given back
        gate.set()
        assert (await second).code == 200


async def test_resolving_takes_too_long(client_of):
    class Slow(Resolver):
        async def resolve(self, host, port, family=0):
            await asyncio.Event().wait()

        @classmethod
        def configurable_base(cls):
            return Slow

        @classmethod
        def configurable_default(cls):
            return Slow

    client = client_of(resolver=Slow())
    with pytest.raises(HTTPTimeoutError, match=r"^Timeout while resolving a.example\n"):
        await client.fetch("http://a.example/", connect_timeout=0.05)
    with pytest.raises(HTTPTimeoutError, match=r"^Timeout while resolving a.example\n"):
        await client.fetch("http://a.example/", request_timeout=0.05)
    assert not client.active


async def test_zero_is_no_limit(wire, client_of):
    async def play(asked, peer):
        (fetch,) = client.active
        limits.append((fetch.deadline, fetch._timer))
        return wire.ok()

    limits = []
    async with wire.Origin(play) as origin:
        client = client_of()
        response = await client.fetch(origin.url, request_timeout=0, connect_timeout=0)
        assert response.code == 200
        assert limits == [(0, None)]


async def test_no_timer_is_left_behind(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await client.fetch(origin.url)
        await client.fetch(origin.url, request_timeout=3)
        client.deadline_passed(0)  # it looks for late fetches once more
        assert not client.deadlines._watched
        await client.fetch(origin.url)
        assert client.deadlines._watched


async def test_a_long_limit_that_passes(wire, client_of):
    async def play(asked, peer):
        await peer.closed()

    async with wire.Origin(play) as origin:
        client = client_of(max_clients=1)
        late = client.fetch(origin.url, request_timeout=100)
        waiting = client.fetch(origin.url, request_timeout=1000, connect_timeout=1000)
        await asyncio.sleep(0)
        while not origin.peers:
            await asyncio.sleep(0.001)
        (fetch,) = client.active
        (queued,) = client.queue
        assert 90 < fetch.deadline - time.monotonic() < 101
        assert 990 < queued.deadline - time.monotonic() < 1001
        client.deadline_passed(0)
        assert not late.done()
        queued.deadline = time.monotonic()
        client.deadline_passed(0)
        with pytest.raises(HTTPTimeoutError, match="Timeout in request queue"):
            await waiting
        fetch.deadline = time.monotonic()
        client.deadline_passed(0)
        with pytest.raises(HTTPTimeoutError, match="Timeout during request"):
            await late
        assert not client.active


# ------------------------------------------------------------------------------- the queue


async def test_max_clients_and_order(wire, client_of):
    gate = asyncio.Event()
    order = []
    under_way = most = 0

    async def play(asked, peer):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        order.append(asked.target)
        await gate.wait()
        under_way -= 1
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of(max_clients=3)
        fetches = [client.fetch(f"{origin.url}/{n}") for n in range(10)]
        assert (len(client.active), len(client.queue), len(client.waiting)) == (3, 7, 7)
        gate.set()
        await asyncio.gather(*fetches)
        assert most <= 3
        assert origin.connections <= 3
        assert order[3:] == [f"/{n}" for n in range(3, 10)]
        assert not client.active
        assert not client.queue


async def test_a_failed_fetch_gives_its_place_away(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of(max_clients=1)
        results = await asyncio.gather(
            client.fetch("http://127.0.0.1:1/"),
            client.fetch("ftp://a.example/"),
            client.fetch(origin.url, headers={"X": "a\nb"}),
            client.fetch(origin.url),
            return_exceptions=True,
        )
        assert isinstance(results[0], ConnectionRefusedError)
        assert isinstance(results[1], ValueError)
        assert isinstance(results[2], ValueError)
        assert results[3].code == 200


# ---------------------------------------------------------------------------- cancellation


@pytest.mark.parametrize("how", ["future", "task", "timeout"])
async def test_cancelled_while_the_server_thinks(wire, client_of, how):
    asked = asyncio.Event()

    async def play(_, peer):
        asked.set()
        await peer.closed()

    async with wire.Origin(play) as origin:
        client = client_of(max_clients=1)
        future = client.fetch(origin.url)
        if how == "future":
            await asked.wait()
            future.cancel()
        elif how == "task":

            async def wait():
                await future

            task = asyncio.create_task(wait())
            await asked.wait()
            task.cancel()
        else:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(future, 0.05)
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)
        assert not client.active
        assert len(client.pool) == 0


async def test_cancelled_in_the_queue(wire, client_of):
    async with wire.Origin(never) as origin:
        client = client_of(max_clients=1)
        first, second, third = (client.fetch(origin.url) for _ in range(3))
        second.cancel()
        await asyncio.sleep(0)
        assert list(client.queue) == list(client.waiting)
        assert len(client.queue) == 1
        third.cancel()
        first.cancel()
        await asyncio.sleep(0)
        assert not client.active
        assert not client.queue
        await asyncio.wait_for(origin.accepted.wait(), 10)
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)


async def test_cancelled_while_connecting(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        # A name is looked up, and a task connects; test_dialing.py has the other way.
        future = client.fetch(f"http://localhost:{origin.port}/")
        await asyncio.sleep(0)
        future.cancel()
        await asyncio.sleep(0.05)
        assert not client.active
        assert origin.asked == []
        assert all(peer.over.is_set() for peer in origin.peers)


def descriptors():
    return len(os.listdir("/proc/self/fd"))


async def test_no_socket_leaks(wire, client_of):
    """5,000 fetches, of which many fail or are cancelled at odd moments."""

    async def play(asked, peer):
        kind = asked.target.rpartition("/")[2]
        if kind == "cut":
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            return None
        if kind == "drop":
            return None
        if kind == "junk":
            return b"junk\r\n\r\n"
        if kind == "more":
            return wire.ok() + b"surplus"
        if kind == "hang":
            await peer.closed()
            return None
        return wire.ok()

    kinds = ["ok", "ok", "ok", "cut", "drop", "junk", "more", "hang", "cancel", "refused"]
    async with wire.Origin(play) as origin:
        client = client_of(max_clients=40)
        await client.fetch(origin.url)
        before = descriptors()

        async def one(number):
            kind = kinds[number % len(kinds)]
            url = "http://127.0.0.1:1/" if kind == "refused" else f"{origin.url}/{kind}"
            future = client.fetch(url, request_timeout=0.02 if kind == "hang" else 30)
            if kind == "cancel":
                for _ in range(number % 7):
                    await asyncio.sleep(0)
                future.cancel()
            try:
                return (await future).code
            except (HTTPClientError, OSError):
                return 599
            except asyncio.CancelledError:
                return 0

        numbers = iter(range(5000))

        async def worker():
            return [await one(number) for number in numbers]

        results = await asyncio.gather(*(worker() for _ in range(60)))
        outcomes = [outcome for part in results for outcome in part]
        assert len(outcomes) == 5000
        assert outcomes.count(200) >= 2000
        assert outcomes.count(599) >= 2000
        assert not client.active
        assert not client.queue
        client.close()
        for peer in origin.peers:
            await asyncio.wait_for(peer.over.wait(), 10)
        await asyncio.sleep(0.05)
        assert descriptors() < before


# ------------------------------------------------------------------------------- callbacks


async def test_streaming_callback(wire, client_of):
    chunks = []
    async with wire.Origin() as origin:
        response = await client_of().fetch(origin.url, streaming_callback=chunks.append)
        assert b"".join(chunks) == b"hello"
        assert response.body == b""


async def test_a_streaming_callback_may_return_anything(wire, client_of, tmp_path):
    async with wire.Origin() as origin:
        with open(tmp_path / "download", "wb") as file:
            await client_of().fetch(origin.url, streaming_callback=file.write)
    assert (tmp_path / "download").read_bytes() == b"hello"


async def test_an_async_callback_holds_the_server_back(wire, client_of):
    size = 32 * 2**20
    sent = 0
    gate = asyncio.Event()

    async def play(asked, peer):
        nonlocal sent
        await peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        while sent < size:
            await peer.send(bytes(65536))
            sent += 65536
        return b""

    received = 0

    async def take(chunk):
        nonlocal received
        received += len(chunk)
        await gate.wait()

    async with wire.Origin(play) as origin:
        future = client_of().fetch(origin.url, streaming_callback=take)
        stalled = -1
        while stalled != sent or not sent:
            stalled = sent
            await asyncio.sleep(0.1)
        assert sent < size  # what fits between us, no more
        assert received <= 65536
        gate.set()
        await future
        assert received == size


@pytest.mark.parametrize("kind", ["plain", "async", "cancelled"])
async def test_a_streaming_callback_that_fails(wire, client_of, caplog, kind):
    def plain(chunk):
        raise ValueError("no more")

    async def later(chunk):
        await asyncio.sleep(0)
        raise ValueError("no more")

    async def cancelled(chunk):
        raise asyncio.CancelledError

    callback = {"plain": plain, "async": later, "cancelled": cancelled}[kind]
    async with wire.Origin() as origin:
        client = client_of()
        with pytest.raises(HTTPStreamClosedError, match="Connection closed") as caught:
            await client.fetch(origin.url, streaming_callback=callback)
        assert isinstance(
            caught.value.__cause__, asyncio.CancelledError if kind == "cancelled" else ValueError
        )
        assert len(client.pool) == 0
    assert [record.name for record in caplog.records] == ["tornado.application"]
    assert caplog.messages == ["Uncaught exception"]


async def test_header_callback(wire, client_of):
    async def play(asked, peer):
        return wire.ok(b"x", "X-One: 1", "X-One: 2")

    lines = []
    async with wire.Origin(play) as origin:
        await client_of().fetch(origin.url, header_callback=lines.append)
    assert lines == [
        "HTTP/1.1 200 OK\r\n",
        "Content-Length: 1\r\n",
        "X-One: 1\r\n",
        "X-One: 2\r\n",
        "\r\n",
    ]


async def test_a_header_callback_that_fails(wire, client_of, caplog):
    def fail(line):
        raise ValueError(line)

    async with wire.Origin() as origin:
        with pytest.raises(HTTPStreamClosedError):
            await client_of().fetch(origin.url, header_callback=fail)
    assert caplog.messages == ["Uncaught exception"]


# ------------------------------------------------------------------------------- responses


@pytest.mark.parametrize(
    ("answer", "method", "code", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", 200, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD", 200, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "GET", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET", 304, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", 200, b""),
        (b"HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx", "GET", 200, b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx", "GET", 200, b"x"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            "GET",
            200,
            b"abc",
        ),
        (
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            "GET",
            200,
            b"x",
        ),
    ],
)
async def test_framings(wire, client_of, answer, method, code, body):
    async def play(asked, peer):
        return answer

    async with wire.Origin(play) as origin:
        client = client_of()
        for _ in range(2):
            response = await client.fetch(origin.url, method=method, raise_error=False)
            assert (response.code, response.body) == (code, body)
        assert origin.connections == 1


async def test_until_close(wire, client_of):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nabc")

    async with wire.Origin(play) as origin:
        response = await client_of().fetch(origin.url)
        assert response.body == b"abc"


async def test_an_answer_byte_by_byte(wire, client_of):
    async def play(asked, peer):
        for byte in wire.ok(b"slowly"):
            await peer.send(bytes([byte]))
            await asyncio.sleep(0)
        return b""

    async with wire.Origin(play) as origin:
        assert (await client_of().fetch(origin.url)).body == b"slowly"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "^Stream closed$"),
        (b"HTTP/1.1 200", "before the response head"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "inside a message body"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "inside a message body"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "nobody asked for"),
        (b"HTTP/1.1 102 P\r\n\r\n" * 11, "Too many 1xx responses"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nx", "Multiple unequal Content-Lengths"),
        (b"HTTP/1.1 204 OK\r\nContent-Length: 2\r\n\r\n", "204 should not have body"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "folding not supported"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "both Transfer-Encoding and Content-Length",
        ),
    ],
)
async def test_broken_answers(wire, client_of, answer, words):
    async def play(asked, peer):
        await peer.send(answer)

    async with wire.Origin(play) as origin:
        client = client_of()
        with pytest.raises(HTTPStreamClosedError, match=words):
            await client.fetch(origin.url)
        assert len(client.pool) == 0
        assert origin.connections == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "Content-Length too long"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(101), "Body too long"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + bytes(101),
            "chunked body too large",
        ),
    ],
)
async def test_max_body_size(wire, client_of, answer, words):
    async def play(asked, peer):
        if len(origin.asked) > 1:
            return wire.ok(bytes(100))
        await peer.send(answer)
        await peer.closed()
        return None

    async with wire.Origin(play) as origin:
        client = client_of(max_body_size=100)
        with pytest.raises(HTTPStreamClosedError, match=words):
            await client.fetch(origin.url)
        assert len((await client.fetch(origin.url)).body) == 100


async def test_max_header_size(wire, client_of):
    async def play(asked, peer):
        return wire.ok(b"", f"X: {'y' * 2000}")

    async with wire.Origin(play) as origin:
        with pytest.raises(UnsatisfiableReadError, match="max_header_size, 1000 bytes"):
            await client_of(max_header_size=1000).fetch(origin.url)
        assert (await client_of().fetch(origin.url)).code == 200


async def test_a_reset_is_told_as_it_is(wire, client_of):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        sock = peer.writer.get_extra_info("socket")
        sock.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER, 0 seconds: reset

    async with wire.Origin(play) as origin:
        with pytest.raises(ConnectionResetError):
            await client_of().fetch(origin.url)


async def test_time_info(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        fresh = (await client.fetch(origin.url)).time_info
        kept = (await client.fetch(origin.url)).time_info
    assert list(fresh) == [
        "queue",
        "namelookup",
        "connect",
        "appconnect",
        "pretransfer",
        "starttransfer",
        "total",
        "redirect",
    ]
    steps = [fresh[name] for name in ("namelookup", "connect", "pretransfer", "starttransfer")]
    assert 0 < steps[0] <= steps[1] <= steps[2] <= steps[3] <= fresh["total"]
    assert fresh["appconnect"] == fresh["redirect"] == 0
    assert kept["namelookup"] == kept["connect"] == 0
    assert 0 <= kept["pretransfer"] <= kept["starttransfer"] <= kept["total"]


async def test_the_wait_in_the_queue_is_not_request_time(wire, client_of):
    async def play(asked, peer):
        if asked.target == "/slow":
            await asyncio.sleep(0.1)
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = client_of(max_clients=1)
        first = client.fetch(origin.url + "/slow")
        second = await client.fetch(origin.url)
        await first
        assert second.time_info["queue"] >= 0.09
        assert second.request_time == second.time_info["total"]
        assert second.start_time >= second.request.start_time + 0.09


async def test_a_request_object_can_be_used_again(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        request = HTTPRequest(origin.url, headers={"X": "1"})
        for _ in range(2):
            response = await client.fetch(request)
            response = await client.fetch(response.request)
        assert [asked["X"] for asked in origin.asked] == ["1"] * 4
