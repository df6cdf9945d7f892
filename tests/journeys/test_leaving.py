"""Clients that go away, wholly or by half, at every moment of an exchange."""

import asyncio
from typing import Any

import pytest

from tests.wire import looped, serving
from zonda import web
from zonda.iostream import StreamClosedError

REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Told(web.RequestHandler):
    """Notes what it is told, in order; waits for a gate in between."""

    def initialize(self, notes: list[Any], gate: asyncio.Event) -> None:
        self.notes, self.gate = notes, gate

    async def get(self) -> None:
        self.notes.append("begun")
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.notes.append("cancelled")
            raise
        self.notes.append("going on")
        self.write("answer")

    def on_connection_close(self) -> None:
        self.notes.append("gone")

    def on_finish(self) -> None:
        self.notes.append("finished")


class Cancelled(Told):
    """Is cancelled when its client goes away."""

    cancel_on_disconnect = True


# Half-closing is tested over TCP only: asyncio's TLS closes both directions at once.


@looped
async def test_half_closed_clients_get_their_response() -> None:
    notes: list[Any] = []
    gate = asyncio.Event()
    async with serving([("/", Told, {"notes": notes, "gate": gate})]) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        peer.say_no_more()
        await served.until(lambda: "gone" in notes)
        gate.set()
        assert (await peer.answer()).text == "answer"
        assert await peer.rest() == b""
        await served.all_gone()
    assert notes == ["begun", "gone", "going on", "finished"]


@looped
async def test_half_closed_clients_get_all_their_responses() -> None:
    gate = asyncio.Event()
    async with serving([("/", Told, {"notes": [], "gate": gate})]) as served:
        peer = await served.connect()
        await peer.send(REQUEST * 3)
        peer.say_no_more()
        await served.until(lambda: served.connection._peer_eof)
        gate.set()
        for _ in range(3):
            assert (await peer.answer()).text == "answer"
        assert await peer.rest() == b""


@looped
async def test_requests_and_their_end_in_one_piece(tls: bool) -> None:
    class Suspends(web.RequestHandler):
        async def get(self) -> None:
            await asyncio.sleep(0)
            self.write("answer")

    async with serving([("/", Suspends)], tls=tls) as served:
        peer = await served.connect()
        peer.writer.write(REQUEST.encode() * 3)
        if not tls:
            peer.say_no_more()
        for _ in range(3):
            assert (await peer.answer()).text == "answer"


@looped
async def test_a_client_that_is_gone(tls: bool) -> None:
    notes: list[Any] = []
    gate = asyncio.Event()
    async with serving([("/", Told, {"notes": notes, "gate": gate})], tls=tls) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        await served.until(lambda: notes)
        peer.reset()
        await served.until(lambda: "gone" in notes)
        gate.set()
        await served.until(lambda: "finished" in notes)
        await served.all_gone()
    assert notes == ["begun", "gone", "going on", "finished"]


@looped
async def test_nobody_is_told_twice(tls: bool) -> None:
    notes: list[Any] = []
    gate = asyncio.Event()
    async with serving([("/", Told, {"notes": notes, "gate": gate})], tls=tls) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        await served.until(lambda: notes)
        if not tls:
            peer.say_no_more()
            await served.until(lambda: "gone" in notes)
        peer.reset()
        await served.until(lambda: "gone" in notes)
        gate.set()
        await served.until(lambda: "finished" in notes)
    assert notes.count("gone") == 1


@looped
async def test_a_handler_is_cancelled_with_its_client(tls: bool) -> None:
    notes: list[Any] = []
    routes = [("/", Cancelled, {"notes": notes, "gate": asyncio.Event()})]
    async with serving(routes, tls=tls) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        await served.until(lambda: notes)
        peer.reset()
        await served.until(lambda: "finished" in notes)
        await served.all_gone()
    assert notes == ["begun", "gone", "cancelled", "finished"]


@looped
async def test_a_handler_that_is_done_is_not_cancelled(tls: bool) -> None:
    notes: list[Any] = []
    gate = asyncio.Event()
    gate.set()
    async with serving([("/", Cancelled, {"notes": notes, "gate": gate})], tls=tls) as served:
        peer = await served.connect()
        for _ in range(3):
            assert (await peer.get()).text == "answer"
        await peer.close()
        await served.all_gone()
    assert notes == ["begun", "going on", "finished"] * 3


@looped
async def test_a_cancelled_handler_may_clean_up(tls: bool) -> None:
    notes: list[Any] = []

    class Cleans(web.RequestHandler):
        cancel_on_disconnect = True

        async def get(self) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                notes.append("clean")

    async with serving([("/", Cleans)], tls=tls) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        await served.until(lambda: served.connections and served.connection.exchange)
        await asyncio.sleep(0.01)
        peer.reset()
        await served.until(lambda: notes)


@looped
async def test_on_connection_close_may_fail(tls: bool, caplog: pytest.LogCaptureFixture) -> None:
    class Fails(web.RequestHandler):
        cancel_on_disconnect = True
        ended: BaseException | None = None

        async def get(self) -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                Fails.ended = error
                raise

        def on_connection_close(self) -> None:
            raise ValueError("no clean-up")

    async with serving([("/", Fails)], tls=tls) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        await served.until(lambda: served.connections and served.connection.exchange)
        await asyncio.sleep(0.01)
        peer.reset()
        await served.until(lambda: Fails.ended)
        await served.all_gone()
    assert "no clean-up" in caplog.text


@looped
async def test_nobody_is_told_when_all_is_over(tls: bool) -> None:
    notes: list[Any] = []
    gate = asyncio.Event()
    gate.set()
    async with serving([("/", Told, {"notes": notes, "gate": gate})], tls=tls) as served:
        peer = await served.connect()
        await peer.get()
        await peer.close()
        await served.all_gone()
    assert "gone" not in notes


@web.stream_request_body
class Upload(web.RequestHandler):
    """Takes a body in pieces and notes it."""

    def initialize(self, notes: list[Any]) -> None:
        self.notes = notes

    def data_received(self, chunk: bytes) -> None:
        self.notes.append(bytes(chunk))

    def post(self) -> None:
        self.notes.append("complete")

    def on_connection_close(self) -> None:
        self.notes.append("gone")


@pytest.mark.parametrize("politely", [True, False])
@looped
async def test_a_client_that_leaves_in_the_middle_of_its_body(tls: bool, politely: bool) -> None:
    notes: list[Any] = []
    async with serving([("/", Upload, {"notes": notes})], tls=tls) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        await served.until(lambda: notes)
        await peer.close() if politely else peer.reset()
        await served.all_gone()
    assert notes == [b"abc", "gone"]


@looped
async def test_a_body_that_is_cut_off_reaches_no_handler(tls: bool) -> None:
    served_at_all = []

    class Handler(web.RequestHandler):
        def post(self) -> None:
            served_at_all.append(self)

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        if tls:
            await peer.close()
        else:
            peer.say_no_more()
            assert (await peer.answer()).status == 400
        await served.all_gone()
    assert not served_at_all


@looped
async def test_a_client_that_leaves_while_its_body_is_held_back(tls: bool) -> None:
    notes: list[Any] = []
    gate = asyncio.Event()

    @web.stream_request_body
    class Slow(Upload):
        async def data_received(self, chunk: bytes) -> None:  # type: ignore[override]
            self.notes.append("data")
            await gate.wait()
            self.notes.append("taken")

    async with serving([("/", Slow, {"notes": notes})], tls=tls) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        await served.until(lambda: notes)
        peer.reset()
        await asyncio.sleep(0.01)
        gate.set()
        await served.all_gone()
        await served.until(lambda: "taken" in notes)
    assert notes == ["data", "taken", "gone"]


@looped
async def test_a_client_that_leaves_before_prepare_is_done(tls: bool) -> None:
    notes: list[Any] = []
    gate = asyncio.Event()

    @web.stream_request_body
    class Slow(Upload):
        async def prepare(self) -> None:
            notes.append("prepare")
            await gate.wait()

    async with serving([("/", Slow, {"notes": notes})], tls=tls) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        await served.until(lambda: notes)
        peer.reset()
        await asyncio.sleep(0.01)
        gate.set()
        await served.all_gone()
    assert notes[0] == "prepare"
    assert notes[-1] == "gone"
    assert "complete" not in notes


@looped
async def test_a_client_that_leaves_in_the_middle_of_its_response(tls: bool) -> None:
    outcome: list[Any] = []

    class Long(web.RequestHandler):
        async def get(self) -> None:
            try:
                for _ in range(10_000):
                    self.write(b"x" * 65536)
                    await self.flush()
            except StreamClosedError as error:
                outcome.append(error)

        def on_connection_close(self) -> None:
            outcome.append("gone")

    async with serving([("/", Long)], tls=tls) as served:
        peer = await served.connect()
        await peer.send(REQUEST)
        await peer.head()
        await peer.reader.readexactly(100_000)
        peer.reset()
        await served.until(lambda: len(outcome) == 2)
        await served.all_gone()


@looped
async def test_half_a_head_and_goodbye(tls: bool) -> None:
    async with serving([("/", Upload, {"notes": []})], tls=tls) as served:
        for part in ("", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\n"):
            peer = await served.connect()
            await peer.send(part)
            await peer.close()
            await served.all_gone()


@looped
async def test_the_server_tells_its_delegate(tls: bool) -> None:
    closed: list[Any] = []

    class Application(web.Application):
        def on_close(self, server_conn: object) -> None:
            closed.append(server_conn)

    application = Application([("/", Upload, {"notes": []})])
    async with serving(application, tls=tls) as served:
        peers = [await served.connect() for _ in range(2)]
        connections = set(served.connections)
        await peers[0].close()
        await served.until(lambda: len(closed) == 1)
        peers[1].reset()
        await served.until(lambda: len(closed) == 2)
    assert set(closed) == connections
