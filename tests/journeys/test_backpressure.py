"""Peers that send without end or read without haste: memory stays bounded."""

import asyncio

import pytest

from tests.wire import Peer, looped, serving
from zonda import web
from zonda.iostream import StreamClosedError

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
KIB = 1024
#: What one connection may hold in our memory, in either direction.
BOUND = 300 * KIB


async def flood(peer: Peer, data: bytes, times: int) -> None:
    """Send as long as the server takes it."""
    try:
        for _ in range(times):
            await peer.send(data)
    except ConnectionError:
        pass


class Stalling:
    """Finds out where a number stops growing."""

    def __init__(self) -> None:
        self.count = 0

    async def stalled(self) -> int:
        """The count, when nothing has moved for many turns of the loop."""
        quiet, last = 0, -1
        while quiet < 50:
            quiet, last = (quiet + 1, last) if self.count == last else (0, self.count)
            await asyncio.sleep(0.001)
        return last


@looped
async def test_a_flood_of_requests_behind_a_suspended_one(tls: bool) -> None:
    gate = asyncio.Event()

    class Handler(web.RequestHandler):
        async def get(self) -> None:
            await gate.wait()
            self.write("x")

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        number = 300
        flooding = asyncio.create_task(flood(peer, REQUEST * 1000, 400))
        progress = Stalling()

        def watch() -> None:
            progress.count = sum(c.machine.unread for c in served.connections)

        await served.until(lambda: served.connections)
        for _ in range(200):
            watch()
            await asyncio.sleep(0.001)
        assert 0 < progress.count <= BOUND
        assert not flooding.done(), "reading has stopped"
        gate.set()
        for _ in range(number):
            assert (await peer.answer()).text == "x"
        flooding.cancel()


@looped
async def test_a_flood_of_requests_each_of_which_suspends(tls: bool) -> None:
    largest = 0

    class Handler(web.RequestHandler):
        async def get(self) -> None:
            nonlocal largest
            await asyncio.sleep(0)
            largest = max(largest, served.connection.machine.unread)
            self.write("x")

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        flooding = asyncio.create_task(flood(peer, REQUEST * 100, 300))
        for _ in range(2000):
            assert (await peer.answer()).text == "x"
        assert largest <= BOUND
        flooding.cancel()


@looped
async def test_a_client_that_pipelines_and_does_not_read(tls: bool) -> None:
    made = Stalling()

    class Handler(web.RequestHandler):
        def get(self) -> None:
            made.count += 1
            self.write(b"%06d" % made.count + b"x" * 100 * KIB)

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect(read_buffer=64 * KIB)
        flooding = asyncio.create_task(flood(peer, REQUEST, 1000))
        at_most = await made.stalled()
        assert at_most < 200, "no answers are made that nobody takes"
        assert served.connection.stream.write_buffer_size <= BOUND
        for number in range(1, 1001):
            assert (await peer.answer()).body[:6] == b"%06d" % number
        await flooding


class Producer(web.RequestHandler):
    """Sends pieces as fast as ``flush`` allows."""

    def initialize(self, made: Stalling, number: int) -> None:
        self.made, self.number = made, number

    async def get(self) -> None:
        for _ in range(self.number):
            self.write(b"x" * 16 * KIB)
            self.made.count += 1
            await self.flush()


@looped
async def test_flush_waits_for_a_slow_reader(tls: bool) -> None:
    made = Stalling()
    number = 2000
    async with serving([("/", Producer, {"made": made, "number": number})], tls=tls) as served:
        peer = await served.connect(read_buffer=64 * KIB)
        await peer.send(REQUEST)
        assert await made.stalled() < number
        assert served.connection.stream.write_buffer_size <= BOUND
        answer = await peer.answer()
        assert len(answer.body) == number * 16 * KIB
        assert (await peer.get()).status == 200


@looped
async def test_flush_in_a_handler_that_does_not_wait_for_it(tls: bool) -> None:
    class Careless(web.RequestHandler):
        def get(self) -> None:
            for _ in range(100):
                self.write(b"x" * 16 * KIB)
                self.flush()

    async with serving([("/", Careless)], tls=tls) as served:
        peer = await served.connect(read_buffer=64 * KIB)
        assert len((await peer.get()).body) == 1600 * KIB


@pytest.mark.parametrize("piece", [b"x" * 64 * KIB, b"x"], ids=["large", "small"])
@looped
async def test_flush_fails_when_the_client_is_gone(tls: bool, piece: bytes) -> None:
    outcome: list[BaseException] = []

    class Handler(web.RequestHandler):
        async def get(self) -> None:
            try:
                while True:  # no other await in here: the loop must still turn
                    self.write(piece)
                    await self.flush()
            except StreamClosedError as error:
                outcome.append(error)
                raise

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        await peer.head()
        peer.reset()
        await served.until(lambda: outcome)
        await served.all_gone()


@looped
async def test_a_waiting_flush_fails_when_the_client_goes(tls: bool) -> None:
    made = Stalling()
    outcome: list[str] = []

    class Handler(Producer):
        async def get(self) -> None:
            try:
                await super().get()
            except StreamClosedError:
                outcome.append("closed")

    async with serving([("/", Handler, {"made": made, "number": 5000})], tls=tls) as served:
        peer = await served.connect(read_buffer=64 * KIB)
        await peer.send(REQUEST)
        await made.stalled()
        peer.reset()
        await served.until(lambda: outcome)


@web.stream_request_body
class Upload(web.RequestHandler):
    """Takes a body as slowly as it is told."""

    def initialize(self, gate: asyncio.Event, taken: Stalling) -> None:
        self.gate, self.taken = gate, taken

    async def data_received(self, chunk: bytes) -> None:
        self.taken.count += len(chunk)
        await self.gate.wait()

    def post(self) -> None:
        self.write(str(self.taken.count))


@pytest.mark.parametrize("coding", ["length", "chunked"])
@looped
async def test_a_slow_receiver_stops_the_upload(tls: bool, coding: str) -> None:
    gate, taken = asyncio.Event(), Stalling()
    size = 20 * KIB * KIB
    async with serving([("/", Upload, {"gate": gate, "taken": taken})], tls=tls) as served:
        peer = await served.connect()
        uploading = asyncio.create_task(upload(peer, size, coding))
        assert await taken.stalled() <= 64 * KIB
        assert served.connection.machine.unread <= BOUND
        assert not uploading.done()
        gate.set()
        await uploading
        assert (await peer.answer()).text == str(size)


async def upload(peer: Peer, size: int, coding: str) -> None:
    piece = b"x" * 64 * KIB
    if coding == "length":
        await peer.send(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n")
        for _ in range(size // len(piece)):
            await peer.send(piece)
        return
    await peer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(size // len(piece)):
        await peer.send(b"10000\r\n" + piece + b"\r\n")
    await peer.send("0\r\n\r\n")


@looped
async def test_the_body_waits_for_prepare(tls: bool) -> None:
    gate, order = asyncio.Event(), []

    @web.stream_request_body
    class Handler(web.RequestHandler):
        async def prepare(self) -> None:
            await gate.wait()
            self.request.connection.set_max_body_size(10_000_000)
            order.append("prepared")

        def data_received(self, chunk: bytes) -> None:
            order.append("data")

        def post(self) -> None:
            self.write("done")

    async with serving([("/", Handler)], tls=tls, max_body_size=10) as served:
        peer = await served.connect()
        uploading = asyncio.create_task(upload(peer, 8 * KIB * KIB, "length"))
        await served.until(lambda: served.connections)
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not order
        assert not uploading.done()
        gate.set()
        assert (await peer.answer()).text == "done"
        await uploading
        assert order[0] == "prepared"
        assert set(order[1:]) == {"data"}


@looped
async def test_an_echo_of_both_directions_at_once(tls: bool) -> None:
    size = 4 * KIB * KIB

    @web.stream_request_body
    class Handler(web.RequestHandler):
        async def data_received(self, chunk: bytes) -> None:
            self.write(chunk)
            await self.flush()

        def post(self) -> None:
            pass

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        uploading = asyncio.create_task(upload(peer, size, "length"))
        answer = await peer.answer()
        assert len(answer.body) == size
        await uploading


@pytest.mark.parametrize("size", [4 * KIB * KIB, 100 * KIB])
@looped
async def test_a_large_response_reaches_a_slow_reader(tls: bool, size: int) -> None:
    class Handler(web.RequestHandler):
        def get(self) -> None:
            self.write(b"x" * size)

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect(read_buffer=64 * KIB)
        for fields in ([], ["Connection: close"]):
            answer = await peer.get("/", *fields)
            assert len(answer.body) == size
        assert await peer.rest() == b""
