"""Clients that are too slow, and those that only look so.

The server looks at its deadlines once a second; the tests make time pass for it instead
(`Served.time_passes`). The limits are the default ones.
"""

import asyncio
import math

import pytest

from tests.wire import Served, looped, serving
from zonda import web
from zonda.http1connection import Timeouts
from zonda.http1connection.backlog import untaken

REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEADER, IDLE, WRITE, HALF_CLOSE = 60.0, 75.0, 60.0, 60.0


class Page(web.RequestHandler):
    """Answers at once, or after an event."""

    gate: asyncio.Event | None = None

    def initialize(self, gate: asyncio.Event | None = None, size: int = 4) -> None:
        self.gate, self.size = gate, size

    async def get(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.write(b"x" * self.size)

    def post(self) -> None:
        self.write(str(len(self.request.body)))


async def seen(served: Served, number: int) -> None:
    """Wait until the server has taken in so many bytes of an unfinished request."""
    await served.until(lambda: served.connections and served.connection.machine.unread >= number)


@looped
async def test_a_connection_that_says_nothing(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls) as served:
        peer = await served.connect()
        await served.until(lambda: served.connections)
        served.time_passes(HEADER - 1)
        assert not served.connection.stream.closed()
        served.time_passes(HEADER + 1)
        assert await peer.rest() == b"", "closed without an answer"


@looped
async def test_a_head_that_trickles_in(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\n")
        await seen(served, 16)
        served.time_passes(HEADER - 1)
        await peer.send("Host: x\r\n")
        await seen(served, 25)
        served.time_passes(HEADER + 1)
        answer = await peer.answer()
        assert (answer.status, answer["Connection"]) == (408, "close")
        assert "60 seconds" in answer.text
        assert await peer.rest() == b""


@looped
async def test_an_idle_connection(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls) as served:
        peer = await served.connect()
        await peer.get()
        served.time_passes(IDLE - 1)
        assert not served.connection.stream.closed()
        served.time_passes(IDLE + 1)
        assert await peer.rest() == b""


@looped
async def test_an_idle_connection_after_a_body(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls) as served:
        peer = await served.connect()
        await peer.post("/", b"abc")
        served.time_passes(IDLE - 1)
        assert not served.connection.stream.closed(), "it is no unfinished head"
        served.time_passes(IDLE + 1)
        assert await peer.rest() == b""


@looped
async def test_each_head_has_its_own_time(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls) as served:
        peer = await served.connect()
        await peer.get()
        served.time_passes(IDLE - 5)
        await peer.send("GET / HTTP/1.1\r\n")
        await seen(served, 16)
        served.time_passes(IDLE + 30)
        assert not served.connection.stream.closed(), "it began only 35 seconds ago"
        await peer.send("Host: x\r\n\r\n")
        assert (await peer.answer()).status == 200


@looped
async def test_a_slow_handler_takes_its_time(tls: bool) -> None:
    gate = asyncio.Event()
    async with serving([("/", Page, {"gate": gate})], tls=tls) as served:
        peer = await served.connect()
        for _ in range(2):
            await peer.send(REQUEST)
            await served.until(lambda: served.connections and served.connection.exchange)
            await asyncio.sleep(0)
            for hours in range(1, 4):
                served.time_passes(hours * 3600)
            gate.set()
            assert (await peer.answer()).status == 200
            gate.clear()


@looped
async def test_a_slow_handler_after_a_body_takes_its_time(tls: bool) -> None:
    gate = asyncio.Event()

    class Slow(web.RequestHandler):
        async def post(self) -> None:
            await gate.wait()

    @web.stream_request_body
    class Streamed(Slow):
        def data_received(self, chunk: bytes) -> None:
            pass

    async with serving([("/collected", Slow), ("/streamed", Streamed)], tls=tls) as served:
        for number, path in enumerate(("/collected", "/streamed"), 1):
            gate.clear()
            peer = await served.connect()
            await peer.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            await served.until(
                lambda: served.connection.exchange is not None and served.connection.body is None
            )
            served.time_passes(3600 * number)
            gate.set()
            assert (await peer.answer()).status == 200
            await peer.close()
            await served.all_gone()


@looped
async def test_a_body_that_stalls(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
        await served.until(lambda: served.connections and served.connection.body)
        served.time_passes(9)
        assert served.connection.body, "too early to judge"
        served.time_passes(11)
        answer = await peer.answer()
        assert (answer.status, answer["Connection"]) == (408, "close")
        assert "240 bytes a second" in answer.text


@looped
async def test_a_body_that_is_slow_but_alive(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n")
        await served.until(lambda: served.connections and served.connection.body)
        for number in range(1, 11):
            await peer.send(b"x" * 4000)
            await served.until(lambda: taken(served) >= 4000 * number)  # noqa: B023
            served.time_passes(8 * number)
        assert (await peer.answer()).text == "40000"


def taken(served: Served) -> float:
    """How much of a body has been taken in."""
    body = served.connection.body
    return math.inf if body is None else float(body._size)


@looped
async def test_a_limit_for_the_whole_body(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls, body_timeout=3600) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        sending = asyncio.create_task(peer.send(b"x" * 2_000_000))
        await served.until(lambda: served.connections and served.connection.body)
        await sending
        await served.until(lambda: served.connection.body._size >= 2_000_000)
        served.time_passes(3500)
        assert served.connection.body
        served.time_passes(3601)
        answer = await peer.answer()
        assert answer.status == 408
        assert "3600 seconds" in answer.text


@looped
async def test_a_handler_may_limit_its_own_body_only(tls: bool) -> None:
    @web.stream_request_body
    class Limited(web.RequestHandler):
        def prepare(self) -> None:
            self.request.connection.set_body_timeout(5)

        def data_received(self, chunk: bytes) -> None:
            pass

        def post(self) -> None:
            pass

    async with serving([("/limited", Limited), ("/", Page)], tls=tls) as served:
        peer = await served.connect()
        assert (await peer.post("/limited", b"abc")).status == 200
        for later, path, status in ((6, "/", 200), (12, "/limited", 408)):
            await peer.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
            await served.until(lambda: served.connections and served.connection.body)
            served.time_passes(later)
            if status == 200:
                await peer.send("abc")
            assert (await peer.answer()).status == status


@looped
async def test_time_in_which_the_receiver_holds_the_body_back_is_not_the_clients(
    tls: bool,
) -> None:
    gate, taken = asyncio.Event(), []

    @web.stream_request_body
    class Slow(web.RequestHandler):
        async def data_received(self, chunk: bytes) -> None:
            taken.append(chunk)
            await gate.wait()

        def post(self) -> None:
            self.write("done")

    async with serving([("/", Slow)], tls=tls, body_timeout=100) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        await served.until(lambda: taken)
        served.time_passes(3600)
        gate.set()
        await served.until(lambda: not served.connection.body.holding)
        served.time_passes(3605)
        assert served.connection.body
        await peer.send("def")
        assert (await peer.answer()).text == "done"


@looped
async def test_a_client_that_takes_nothing_is_reset(tls: bool) -> None:
    async with serving([("/", Page, {"size": 10_000_000})], tls=tls) as served:
        peer = await served.connect(read_buffer=65536)
        await peer.send(REQUEST)
        await served.until(lambda: served.connections and served.connection._paused)
        connection = served.connection
        await settled(served)
        served.time_passes(WRITE - 1)
        assert not connection.stream.closed()
        served.time_passes(WRITE + 1)
        assert not connection.stream.closed(), "it had taken something meanwhile"
        served.time_passes(2 * WRITE + 2)
        await served.all_gone()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await peer.answer()


async def settled(served: Served) -> None:
    """Wait until nothing more goes out to a client that does not read."""
    size = -1
    while size != untaken(served.connection.stream):
        size = untaken(served.connection.stream)
        await asyncio.sleep(0.02)


@looped
async def test_a_client_that_takes_little_by_little_is_served(tls: bool) -> None:
    async with serving([("/", Page, {"size": 20_000_000})], tls=tls) as served:
        peer = await served.connect(read_buffer=65536)
        await peer.send(REQUEST)
        await served.until(lambda: served.connections and served.connection._paused)
        head = await peer.head()
        left = int(head["Content-Length"])
        for minute in range(1, 11):
            await settled(served)
            size = untaken(served.connection.stream)
            left -= len(await peer.reader.readexactly(1_000_000))
            await served.until(lambda size=size: untaken(served.connection.stream) < size)
            served.time_passes(minute * (WRITE + 1))
        assert len(await peer.reader.readexactly(left)) == left
        assert (await peer.get()).status == 200


@looped
async def test_a_slow_reader_of_the_last_response_is_served_as_well(tls: bool) -> None:
    async with serving([("/", Page, {"size": 20_000_000})], tls=tls) as served:
        peer = await served.connect(read_buffer=65536)
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head = await peer.head()
        left = int(head["Content-Length"])
        for minute in range(1, 6):
            await settled(served)
            size = untaken(served.connection.stream)
            left -= len(await peer.reader.readexactly(1_000_000))
            await served.until(lambda size=size: untaken(served.connection.stream) < size)
            served.time_passes(minute * (WRITE + 1))
        assert len(await peer.reader.readexactly(left)) == left
        assert await peer.rest() == b""


@looped
async def test_a_client_that_does_not_take_its_last_response(tls: bool) -> None:
    async with serving([("/", Page, {"size": 20_000_000})], tls=tls) as served:
        peer = await served.connect(read_buffer=65536)
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await served.until(lambda: served.connections and served.connection._paused)
        await settled(served)
        served.time_passes(WRITE + 1)
        served.time_passes(2 * WRITE + 2)
        await served.all_gone()


@looped
async def test_a_small_rest_that_is_not_taken_at_the_end(tls: bool) -> None:
    # Less than the stream's high-water mark: nobody was asked to pause.
    async with serving([("/", Page, {"size": 100})], tls=tls) as served:
        peer = await served.connect(read_buffer=65536)
        await served.until(lambda: served.connections)
        connection = served.connection
        await settled(served)
        fill = connection.stream
        while not fill.write_buffer_size:
            fill.send(b"x" * 30_000)
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await served.until(lambda: connection._lingering)
        await settled(served)
        served.time_passes(WRITE + 1)
        served.time_passes(2 * WRITE + 2)
        await served.all_gone()


@looped
async def test_a_handler_for_a_client_that_only_closed_its_half() -> None:
    gate = asyncio.Event()
    async with serving([("/", Page, {"gate": gate})]) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        peer.say_no_more()
        await served.until(lambda: served.connections and served.connection._peer_eof)
        served.time_passes(HALF_CLOSE - 1)
        assert not served.connection.stream.closed()
        served.time_passes(HALF_CLOSE + 1)
        await served.all_gone()
        gate.set()


@looped
async def test_lingering_ends_when_the_client_is_silent(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await peer.answer()
        await served.until(lambda: served.connection._lingering)
        await served.until(lambda: not untaken(served.connection.stream))
        served.time_passes(3)
        await served.all_gone()


@looped
async def test_lingering_goes_on_while_the_client_sends_but_not_for_ever() -> None:
    async with serving([("/", Page)]) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await peer.answer()
        await served.until(lambda: served.connection._lingering)
        connection = served.connection
        for second in range(3, 31, 3):
            await peer.send("x" * 1000)
            await served.until(lambda: connection._dropped)
            assert not connection.stream.closed(), second
            served.time_passes(second)
        await peer.send("x" * 1000)
        await served.until(lambda: connection._dropped or connection.stream.closed())
        served.time_passes(33)
        await served.all_gone()


@looped
async def test_tornados_argument_closes_unused_and_idle_connections(tls: bool) -> None:
    async with serving([("/", Page)], tls=tls, idle_connection_timeout=5) as served:
        unused, idle = await served.connect(), await served.connect()
        await idle.get()
        await served.until(lambda: len(served.connections) == 2)
        served.time_passes(6)
        assert await unused.rest() == await idle.rest() == b""


@looped
async def test_time_limits_can_be_turned_off(tls: bool) -> None:
    never = Timeouts(
        header=math.inf, idle=math.inf, min_body_rate=0, write=math.inf, half_close=math.inf
    )
    async with serving([("/", Page)], tls=tls, timeouts=never) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\n")
        await seen(served, 16)
        served.time_passes(1e6)
        await peer.send("Host: x\r\nContent-Length: 3\r\n\r\na")
        await served.until(lambda: served.connection.body)
        served.time_passes(2e6)
        await peer.send("bc")
        assert (await peer.answer()).text == "3"
        served.time_passes(3e6)
        assert (await peer.get()).status == 200


@looped
async def test_deadlines_are_looked_at_once_a_second() -> None:
    timeouts = Timeouts(header=0.1, idle=0.1)
    async with serving([("/", Page)], timeouts=timeouts) as served:
        peer = await served.connect()
        assert await peer.rest() == b""
        peer = await served.connect()
        await peer.send("GET")
        assert (await peer.answer()).status == 408
