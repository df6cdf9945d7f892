"""Requests and their responses, one after the other on a connection."""

import asyncio
from typing import Any

import pytest

from tests.wire import looped, serving
from zonda import web
from zonda.iostream import StreamClosedError


class Echo(web.RequestHandler):
    """Answers with the body, or with the path."""

    def get(self) -> None:
        self.write(self.request.path)

    def post(self) -> None:
        self.set_header("X-Size", len(self.request.body))
        self.write(self.request.body)

    def head(self) -> None:
        self.write("not to be seen")


class Slow(web.RequestHandler):
    """Waits for the event of its path before it answers."""

    def initialize(self, gates: dict[str, asyncio.Event], log: list[str]) -> None:
        self.gates, self.log = gates, log

    async def get(self, name: str) -> None:
        self.log.append(f"begin {name}")
        await self.gates[name].wait()
        self.log.append(f"end {name}")
        self.write(name)


@looped
async def test_a_connection_is_kept(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls) as served:
        peer = await served.connect()
        for path in ("/a", "/b", "/c"):
            answer = await peer.get(path)
            assert (answer.status, answer.text) == (200, path)
            assert "Connection" not in answer
        assert len(served.connections) == 1


@looped
async def test_bodies_of_all_sizes(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls) as served:
        peer = await served.connect()
        for size in (0, 1, 65535, 65536, 65537, 3_000_000):
            body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
            sending = asyncio.create_task(peer.post("/", body))
            answer = await sending
            assert answer["X-Size"] == str(size)
            assert answer.body == body


@looped
async def test_a_chunked_body_is_put_together(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls) as served:
        peer = await served.connect()
        head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        await peer.send(head, "3\r\nabc\r\n", "5;ext\r\ndefgh\r\n", "0\r\nT: railer\r\n\r\n")
        assert (await peer.answer()).body == b"abcdefgh"
        assert (await peer.get("/next")).text == "/next"


@looped
async def test_trailers_are_those_of_the_request(tls: bool) -> None:
    seen = []

    class Handler(web.RequestHandler):
        def post(self) -> None:
            seen.append(dict(self.request.connection.trailers))

        get = post

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        await peer.send(head + "0\r\nA: 1\r\nB: 2\r\n\r\n")
        await peer.answer()
        await peer.get()
        await peer.post("/", b"abc")
    assert seen == [{"A": "1", "B": "2"}, {}, {}]


@looped
async def test_pipelined_requests_are_answered_in_order(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls) as served:
        peer = await served.connect()
        await peer.send(
            "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
            "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
            "HEAD /3 HTTP/1.1\r\nHost: x\r\n\r\n"
            "POST /4 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
            "GET /5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            "GET /6 HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        assert (await peer.answer()).text == "/1"
        assert (await peer.answer()).body == b"abc"
        assert (await peer.answer("HEAD"))["Content-Length"] == "14"
        assert (await peer.answer()).body == b"x"
        last = await peer.answer()
        assert (last.text, last["Connection"]) == ("/5", "close")
        assert await peer.rest() == b""


@looped
async def test_a_slow_answer_comes_before_the_fast_one_behind_it(tls: bool) -> None:
    gates = {"one": asyncio.Event(), "two": asyncio.Event()}
    log: list[str] = []
    routes = [("/slow/(.*)", Slow, {"gates": gates, "log": log}), (".*", Echo)]
    async with serving(routes, tls=tls) as served:
        peer = await served.connect()
        for path in ("/slow/one", "/fast", "/slow/two", "/last"):
            await peer.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
        await served.until(lambda: log == ["begin one"])
        gates["two"].set()
        await asyncio.sleep(0)
        assert log == ["begin one"], "one exchange at a time"
        gates["one"].set()
        assert [(await peer.answer()).text for _ in range(4)] == ["one", "/fast", "two", "/last"]
        assert log == ["begin one", "end one", "begin two", "end two"]


@looped
async def test_a_request_that_comes_while_another_is_answered(tls: bool) -> None:
    gates = {"one": asyncio.Event()}
    log: list[str] = []
    routes = [("/slow/(.*)", Slow, {"gates": gates, "log": log}), (".*", Echo)]
    async with serving(routes, tls=tls) as served:
        peer = await served.connect()
        await peer.send("GET /slow/one HTTP/1.1\r\nHost: x\r\n\r\n")
        await served.until(lambda: log)
        await peer.send("GET /se")
        await peer.send("cond HTTP/1.1\r\nHost: x\r\n\r\n")
        await served.until(lambda: served.connection.machine.unread > 20)
        gates["one"].set()
        assert (await peer.answer()).text == "one"
        assert (await peer.answer()).text == "/second"


@looped
async def test_responses_in_pieces(tls: bool) -> None:
    class Pieces(web.RequestHandler):
        async def get(self) -> None:
            for piece in ("one ", "two ", "three"):
                self.write(piece)
                await self.flush()
                await asyncio.sleep(0)

        def post(self) -> None:
            self.set_header("Content-Length", 7)
            self.write("abc")
            self.flush()
            self.write("defg")

    async with serving([("/", Pieces)], tls=tls) as served:
        peer = await served.connect()
        answer = await peer.get()
        assert (answer["Transfer-Encoding"], answer.text) == ("chunked", "one two three")
        answer = await peer.post("/", b"")
        assert (answer["Content-Length"], answer.text) == ("7", "abcdefg")
        await peer.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        answer = await peer.answer()
        assert answer.text == "one two three"
        assert "Transfer-Encoding" not in answer


@looped
async def test_old_clients(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls) as served:
        peer = await served.connect()
        for _ in range(2):
            await peer.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            answer = await peer.answer()
            assert (answer.text, answer["Connection"]) == ("/old", "Keep-Alive")
        await peer.send("GET /old HTTP/1.0\r\n\r\n")
        assert "Connection" not in await peer.answer()
        assert await peer.rest() == b""


@looped
async def test_the_end_of_a_tls_connection_is_announced() -> None:
    # Without a close_notify (RFC 8446 section 6.1) the peer cannot tell the end from an attack.
    async with serving([(".*", Echo)], tls=True) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await peer.answer()
        tls_object: Any = peer.writer.get_extra_info("ssl_object")
        assert await peer.reader.read() == b""
        assert tls_object is not None
        await served.until(lambda: not served.connections)


@looped
async def test_a_client_waits_for_permission_to_send_its_body(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls) as served:
        peer = await served.connect()
        head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        await peer.send(head)
        interim = await peer.head()
        assert (interim.status, interim.fields) == (100, [])
        await peer.send("abc")
        assert (await peer.answer()).body == b"abc"
        await peer.send(head + "abc")  # did not wait: needs no permission
        assert (await peer.head()).status == 200


@looped
async def test_a_refusal_instead_of_permission(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls, max_body_size=2) as served:
        peer = await served.connect()
        head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        await peer.send(head)
        refusal = await peer.head()
        assert (refusal.status, refusal["Connection"]) == (413, "close")


@looped
async def test_early_hints(tls: bool) -> None:
    class Handler(web.RequestHandler):
        def get(self) -> None:
            self.request.connection.send_informational(103, [("Link", "</style.css>")])
            self.write("page")

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        hints = await peer.head()
        assert (hints.status, hints["Link"]) == (103, "</style.css>")
        assert (await peer.answer()).text == "page"
        await peer.send("GET / HTTP/1.0\r\n\r\n")
        assert (await peer.head()).status == 200


class Upgrade(web.RequestHandler):
    """Goes on as a protocol of its own: every line comes back reversed."""

    async def get(self) -> None:
        if self.get_argument("late", ""):
            await asyncio.sleep(0)
        exchange = self.request.connection
        self._finished = True
        stream = exchange.upgrade([("Connection", "upgrade"), ("Upgrade", "reverse")])
        try:
            while True:
                line = await stream.read_until(b"\n")
                await stream.write(line.strip()[::-1] + b"\n")
        except StreamClosedError:
            stream.close()


@pytest.mark.parametrize("path", ["/", "/?late=1"])
@looped
async def test_another_protocol_takes_over(tls: bool, path: str) -> None:
    async with serving([("/", Upgrade)], tls=tls) as served:
        peer = await served.connect()
        # What is sent behind the request at once belongs to the new protocol.
        await peer.send(
            f"GET {path} HTTP/1.1\r\nHost: x\r\n"
            "Connection: upgrade\r\nUpgrade: reverse\r\n\r\nabc\n"
        )
        answer = await peer.answer()
        assert (answer.status, answer["Upgrade"]) == (101, "reverse")
        assert await peer.reader.readline() == b"cba\n"
        await peer.send("def\n")
        assert await peer.reader.readline() == b"fed\n"
        assert served.connections == [], "the server has nothing to do with it any more"


@looped
async def test_a_handler_takes_the_stream(tls: bool) -> None:
    class Detach(web.RequestHandler):
        async def get(self) -> None:
            stream = self.detach()
            await stream.write(b"raw")
            stream.close()

    async with serving([("/", Detach)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await peer.rest() == b"raw"


@looped
async def test_a_new_client_is_greeted_at_once_after_another_has_left(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls) as served:
        for _ in range(5):
            peer = await served.connect()
            assert (await peer.get("/hello")).text == "/hello"
            await peer.close()
        await served.all_gone()


@looped
async def test_a_body_sent_before_the_answer_was_made_is_not_a_request(tls: bool) -> None:
    class Early(web.RequestHandler):
        def prepare(self) -> None:
            self.set_status(403)
            self.finish("no")

        def post(self) -> None:
            raise AssertionError("answered already")

    routes = [("/early", web.stream_request_body(Early)), (".*", Echo)]
    async with serving(routes, tls=tls) as served:
        peer = await served.connect()
        body = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        answer = await peer.post("/early", body)
        assert (answer.status, answer["Connection"]) == (403, "close")
        assert await peer.rest() == b""


@looped
async def test_no_keep_alive(tls: bool) -> None:
    async with serving([(".*", Echo)], tls=tls, no_keep_alive=True) as served:
        peer = await served.connect()
        assert (await peer.get())["Connection"] == "close"
        assert await peer.rest() == b""


@looped
async def test_a_handler_closes_the_connection(tls: bool) -> None:
    class Last(web.RequestHandler):
        def get(self) -> None:
            self.set_header("Connection", "close")

    async with serving([("/", Last)], tls=tls) as served:
        peer = await served.connect()
        assert (await peer.get())["Connection"] == "close"
        assert await peer.rest() == b""
