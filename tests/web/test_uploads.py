"""Handlers that take the body themselves."""

import asyncio
import json
import logging
from typing import Any

import pytest

from tests.wire import Served, looped, serving
from zonda.httputil import ParseBodyConfig, ParseMultipartConfig, set_parse_body_config
from zonda.iostream import StreamClosedError
from zonda.web import HTTPError, RequestHandler, stream_request_body

FORM = "Content-Type: multipart/form-data; boundary=XX"


def form(*parts: tuple[str, bytes]) -> bytes:
    """A body of parts: what stands behind ``form-data;``, and the data."""
    lines = [
        b"--XX\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (what.encode(), data)
        for what, data in parts
    ]
    return b"".join(lines) + b"--XX--\r\n"


@stream_request_body
class Listing(RequestHandler):
    """Tells what parts it was sent."""

    async def post(self) -> None:
        parts = []
        async for part in self.multipart():
            size = 0
            async for chunk in part:
                size += len(chunk)
            parts.append([part.name, part.filename, part.content_type, size])
        self.write({"parts": parts})


@looped
async def test_parts_come_in_order() -> None:
    body = form(
        ('name="a"', b"1"),
        ('name="f"; filename="x.bin"\r\nContent-Type: image/png', b"\x00" * 1_000_000),
        ('name="b"', b""),
    )
    async with serving([("/", Listing)]) as served:
        answer = await (await served.connect()).post("/", body, FORM)
        file = ["f", "x.bin", "image/png", 1000000]
        assert json.loads(answer.body)["parts"] == [
            ["a", None, None, 1],
            file,
            ["b", None, None, 0],
        ]


@looped
async def test_the_method_runs_while_the_body_comes_in() -> None:
    seen: asyncio.Queue[bytes] = asyncio.Queue()

    @stream_request_body
    class Echo(RequestHandler):
        async def put(self) -> None:
            async for chunk in self.body_chunks():
                seen.put_nowait(chunk)
            self.write("all")

    async with serving([("/", Echo)]) as served:
        peer = await served.connect()
        await peer.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n")
        for piece in (b"one", b"two"):
            await peer.send(piece)
            assert await seen.get() == piece
        assert (await peer.answer()).body == b"all"
        assert (await peer.get("/")).status == 405  # the connection goes on


@looped
async def test_a_slow_handler_holds_its_client_back() -> None:
    go = asyncio.Event()
    sizes: list[int] = []

    @stream_request_body
    class Slow(RequestHandler):
        async def post(self) -> None:
            chunks = self.body_chunks()
            sizes.append(len(await anext(chunks)))
            await go.wait()
            sizes.extend([len(chunk) async for chunk in chunks])
            self.write(str(sum(sizes)))

    async with serving([("/", Slow)]) as served:
        peer = await served.connect()
        size = 20_000_000
        await peer.send(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n")
        sending = asyncio.create_task(peer.send(b"x" * size))
        await served.until(lambda: served.connection.body)
        stream = served.connection.body.receiver.body
        await served.until(lambda: stream._room)
        assert not sending.done()
        assert stream._size < 400_000
        go.set()
        await sending
        assert (await peer.answer()).body == str(size).encode()


@looped
async def test_the_body_is_asked_for_when_the_handler_wants_it() -> None:
    allowed = asyncio.Event()

    @stream_request_body
    class Careful(RequestHandler):
        async def prepare(self) -> None:
            await allowed.wait()

        async def post(self) -> None:
            self.write(b"".join([chunk async for chunk in self.body_chunks()]))

    async with serving([("/", Careful)]) as served:
        peer = await served.connect()
        await peer.send(
            "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        await served.until(lambda: served.connections and served.connection.body)
        asked = asyncio.create_task(peer.head())
        await asyncio.sleep(0)
        assert not asked.done()
        allowed.set()
        assert (await asked).status == 100
        await peer.send(b"hi")
        assert (await peer.answer()).body == b"hi"


@looped
async def test_a_body_that_is_refused_is_not_asked_for() -> None:
    @stream_request_body
    class Refusing(RequestHandler):
        async def prepare(self) -> None:
            await asyncio.sleep(0)
            raise HTTPError(401)

        async def post(self) -> None:
            raise AssertionError

    before = asyncio.all_tasks()
    async with serving([("/", Refusing)]) as served:
        peer = await served.connect()
        await peer.send(
            "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
        )
        assert (await peer.head()).status == 401
    assert asyncio.all_tasks() <= before


@looped
async def test_a_method_that_does_not_wait() -> None:
    @stream_request_body
    class Plain(RequestHandler):
        def post(self) -> None:
            self.write("no, thank you")

    async with serving([("/", Plain)]) as served:
        peer = await served.connect()
        answer = await peer.post("/", b"x" * 100_000)
        assert answer.body == b"no, thank you"
        assert answer["Connection"] == "close"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n--XX--", 400),
        (b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n', 400),
        (form(*[('name="a"', b"1")] * 101), 400),
        (form(('name="a"', b"x" * 1_048_577)), 413),
    ],
)
@looped
async def test_bad_forms(body: bytes, status: int) -> None:
    async with serving([("/", Listing)]) as served:
        assert (await (await served.connect()).post("/", body, FORM)).status == status


@looped
async def test_other_bodies_than_forms() -> None:
    async with serving([("/", Listing)]) as served:
        answer = await (await served.connect()).post("/", b"{}", "Content-Type: application/json")
        assert answer.status == 415
        answer = await (await served.connect()).post("/", b"", "Content-Type: multipart/form-data")
        assert answer.status == 400


@looped
async def test_the_limits_of_all_forms_hold_here_too() -> None:
    set_parse_body_config(ParseBodyConfig(multipart=ParseMultipartConfig(max_parts=1)))
    try:
        async with serving([("/", Listing)]) as served:
            two = form(('name="a"', b"1"), ('name="b"', b"2"))
            assert (await (await served.connect()).post("/", two, FORM)).status == 400
            set_parse_body_config(ParseBodyConfig(multipart=ParseMultipartConfig(enabled=False)))
            assert (await (await served.connect()).post("/", form(), FORM)).status == 400
    finally:
        set_parse_body_config(ParseBodyConfig())


@looped
async def test_limits_of_a_handler_and_the_server() -> None:
    @stream_request_body
    class Larger(Listing):
        def prepare(self) -> None:
            self.request.connection.set_max_body_size(10_000)

    body = form(('name="f"; filename="f"', b"x" * 5000))
    async with serving([("/", Listing), ("/larger", Larger)], max_body_size=2000) as served:
        assert (await (await served.connect()).post("/", body, FORM)).status == 413
        assert (await (await served.connect()).post("/larger", body, FORM)).status == 200


@looped
async def test_a_client_that_leaves(caplog: pytest.LogCaptureFixture) -> None:
    left: asyncio.Queue[Any] = asyncio.Queue()

    @stream_request_body
    class Waiting(RequestHandler):
        async def post(self) -> None:
            try:
                async for _ in self.body_chunks():
                    pass
            except StreamClosedError:
                left.put_nowait("handler")
                raise

        def on_connection_close(self) -> None:
            left.put_nowait("hook")

    with caplog.at_level(logging.DEBUG):
        async with serving([("/", Waiting)]) as served:
            peer = await served.connect()
            await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n12")
            await served.until(lambda: served.connections and served.connection.body)
            peer.reset()
            assert {await left.get(), await left.get()} == {"handler", "hook"}
            await served.all_gone()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@looped
async def test_what_is_left_of_a_part_is_skipped() -> None:
    @stream_request_body
    class Second(RequestHandler):
        async def post(self) -> None:
            form = self.multipart()
            first = await anext(form)
            await anext(first)
            second = await anext(form)
            self.write(await second.text())
            assert await anext(form, None) is None
            assert await anext(first, None) is None

    body = form(('name="f"; filename="f"', b"x" * 3_000_000), ('name="b"', b"me"))
    async with serving([("/", Second)]) as served:
        assert (await (await served.connect()).post("/", body, FORM)).body == b"me"


@looped
async def test_handlers_that_do_not_stream_may_use_it_too() -> None:
    class Complete(RequestHandler):
        async def post(self) -> None:
            names = [part.name async for part in self.multipart()]
            self.write({"names": names, "files": list(self.request.files)})

    async with serving([("/", Complete)]) as served:
        body = form(('name="a"', b"1"), ('name="f"; filename="f"', b"2"))
        answer = await (await served.connect()).post("/", body, FORM)
        assert json.loads(answer.body) == {"names": ["a", "f"], "files": ["f"]}


@looped
async def test_through_tls_and_chunked() -> None:
    body = form(('name="f"; filename="f"', b"x" * 500_000))
    async with serving([("/", Listing)], tls=True) as served:
        await _post_chunked(served, body)


async def _post_chunked(served: Served, body: bytes) -> None:
    peer = await served.connect()
    await peer.send(f"POST / HTTP/1.1\r\nHost: x\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n")
    for start in range(0, len(body), 7001):
        piece = body[start : start + 7001]
        await peer.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    await peer.send(b"0\r\n\r\n")
    assert json.loads((await peer.answer()).body) == {"parts": [["f", "f", None, 500000]]}


@looped
async def test_without_a_method_it_is_as_in_tornado() -> None:
    left = asyncio.Event()

    @stream_request_body
    class Nothing(RequestHandler):
        def on_connection_close(self) -> None:
            left.set()

    async with serving([("/", Nothing)]) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        await served.until(lambda: served.connections and served.connection.body)
        await peer.close()
        await left.wait()
