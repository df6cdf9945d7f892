"""Refusals reach the client, even one that is still sending."""

import asyncio
import socket
from typing import Any

import pytest

from tests.wire import Peer, Served, looped, parse_head, serving
from zonda import web

MIB = 1024 * 1024


class Echo(web.RequestHandler):
    """Takes a body."""

    def post(self) -> None:
        self.write(str(len(self.request.body)))

    get = post


def blocking_client(port: int, head: bytes, body_size: int) -> bytes:
    """Send all of a request, as simple clients do, and only then read."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head)
        piece = b"x" * 65536
        try:
            for _ in range(body_size // len(piece)):
                connection.sendall(piece)
        except ConnectionError:
            pass  # the server has had enough; what does it say?
        data = b""
        while piece := connection.recv(65536):
            data += piece
        return data


async def in_thread(served: Served, head: str, body_size: int) -> bytes:
    return await asyncio.to_thread(blocking_client, served.port, head.encode(), body_size)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (f"Content-Length: {20 * MIB}", 413),
        (f"Content-Length: {20 * MIB}\r\nContent-Length: 5", 400),
        (f"Content-Length: {20 * MIB}\r\nBad Name: x", 400),
        (f"Content-Length: {20 * MIB}\r\n" + "A: b\r\n" * 300, 431),
        ("Transfer-Encoding: gzip", 501),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
    ],
)
@looped
async def test_a_client_that_sends_before_it_reads(fields: str, status: int) -> None:
    async with serving([("/", Echo)], max_body_size=MIB) as served:
        head = f"POST / HTTP/1.1\r\nHost: x\r\n{fields.strip()}\r\n\r\n"
        answer = parse_head((await in_thread(served, head, 20 * MIB)).partition(b"\r\n\r\n")[0])
        assert (answer.status, answer["Connection"]) == (status, "close")
        await served.all_gone()


@looped
async def test_a_chunked_body_that_grows_too_large(tls: bool) -> None:
    async with serving([("/", Echo)], tls=tls, max_body_size=MIB) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        sending = asyncio.create_task(flood(peer))
        answer = await peer.answer()
        assert (answer.status, answer["Connection"]) == (413, "close")
        sending.cancel()


async def flood(peer: Any) -> None:
    try:
        while True:
            await peer.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    except ConnectionError:
        pass


@looped
async def test_a_refusal_in_the_middle_of_a_streamed_body(tls: bool) -> None:
    told = []

    @web.stream_request_body
    class Upload(web.RequestHandler):
        def data_received(self, chunk: bytes) -> None:
            told.append(len(chunk))

        def post(self) -> None:
            told.append("complete")

        def on_connection_close(self) -> None:
            told.append("gone")

    async with serving([("/", Upload)], tls=tls) as served:
        peer = await served.connect()
        await peer.send(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
        )
        await served.until(lambda: told)
        await peer.send("nonsense\r\n")
        answer = await peer.answer()
        assert (answer.status, answer["Connection"]) == (400, "close")
        assert await peer.rest() == b""
    assert told == [3, "gone"]


@looped
async def test_streaming_handlers_hear_of_bodies_that_are_too_large(tls: bool) -> None:
    told = []

    @web.stream_request_body
    class Upload(web.RequestHandler):
        def prepare(self) -> None:
            told.append("prepared")

        def data_received(self, chunk: bytes) -> None:
            told.append("data")

        def on_connection_close(self) -> None:
            told.append("gone")

    async with serving([("/", Upload)], tls=tls, max_body_size=2) as served:
        peer = await served.connect()
        assert (await peer.post("/", b"abc")).status == 413
    assert told == ["prepared", "gone"]


@looped
async def test_a_handler_may_allow_more_for_itself_only(tls: bool) -> None:
    @web.stream_request_body
    class Large(web.RequestHandler):
        size = 0

        def prepare(self) -> None:
            self.request.connection.set_max_body_size(1000)

        def data_received(self, chunk: bytes) -> None:
            self.size += len(chunk)

        def post(self) -> None:
            self.write(str(self.size))

    async with serving([("/large", Large), ("/", Echo)], tls=tls, max_body_size=10) as served:
        peer = await served.connect()
        assert (await peer.post("/large", b"x" * 1000)).text == "1000"
        assert (await peer.post("/", b"x" * 10)).text == "10"
        assert (await peer.post("/", b"x" * 11)).status == 413


@looped
async def test_an_early_answer_reaches_a_client_that_is_still_sending() -> None:
    @web.stream_request_body
    class Denied(web.RequestHandler):
        def prepare(self) -> None:
            raise web.HTTPError(403)

        def data_received(self, chunk: bytes) -> None:
            raise AssertionError("nobody wants it")

    async with serving([("/", Denied)]) as served:
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {20 * MIB}\r\n\r\n"
        data = await in_thread(served, head, 20 * MIB)
        assert parse_head(data.partition(b"\r\n\r\n")[0]).status == 403


@looped
async def test_a_broken_head_behind_a_request_that_takes_its_time(tls: bool) -> None:
    gate = asyncio.Event()

    class Slow(web.RequestHandler):
        async def get(self) -> None:
            await gate.wait()
            self.write("slow")

    async with serving([("/", Slow)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nBad Name: x\r\n\r\n")
        await served.until(lambda: served.connections and served.connection.exchange)
        gate.set()
        assert (await peer.answer()).text == "slow"
        assert (await peer.answer()).status == 400
        assert await peer.rest() == b""


@looped
async def test_plain_http_on_a_tls_port(caplog: pytest.LogCaptureFixture) -> None:
    async with serving([("/", Echo)], tls=True) as served:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", served.port))
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP" not in await peer.rest()
        await peer.close()
        await served.all_gone()
    assert "Traceback" not in caplog.text


@looped
async def test_refusals_are_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with serving([("/", Echo)]) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\n\r\n")
        assert (await peer.answer()).status == 400
    (record,) = [r for r in caplog.records if r.name == "tornado.general"]
    assert record.levelname == "INFO"
    assert record.getMessage() == "Malformed HTTP message from 127.0.0.1: 400 no Host field"
    assert record.exc_info is None


@looped
async def test_a_head_that_is_too_large_has_a_line_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    async with serving([("/", Echo)], max_header_size=999) as served:
        peer = await served.connect()
        await peer.send(f"GET / HTTP/1.1\r\nHost: x\r\nX: {'x' * 1000}\r\n\r\n")
        assert (await peer.answer()).status == 431
    (record,) = [r for r in caplog.records if r.name == "tornado.general"]
    assert record.getMessage().startswith("Unsatisfiable read, closing connection: head is larger")
