"""What is left when a request is over: nothing, at once, without the garbage collector."""

import asyncio
import gc
import logging
import os
import weakref
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.wire import Peer, Served, looped, serving
from zonda import gen, web
from zonda.http1connection import ServerConnection
from zonda.iostream import StreamClosedError

Request = Callable[[Peer], Awaitable[Any]]


class Tracked(web.RequestHandler):
    """Remembers, weakly, every handler that was made."""

    alive: "weakref.WeakSet[Tracked]" = weakref.WeakSet()

    def initialize(self) -> None:
        Tracked.alive.add(self)


class Sync(Tracked):
    def get(self) -> None:
        self.write("sync")

    def post(self) -> None:
        self.write(self.get_body_argument("a", "none"))

    def put(self) -> None:
        self.set_cookie("a", "b")
        self.write({"json": self.request.arguments.get("q", []) == []})


class AsyncHandler(Tracked):
    async def get(self) -> None:
        self.write("async")

    async def post(self) -> None:
        await asyncio.sleep(0)
        self.write("suspended")


class Prepared(Tracked):
    async def prepare(self) -> None:
        await asyncio.sleep(0)

    @gen.coroutine
    def get(self) -> Any:
        yield gen.sleep(0)
        self.write("old")


class Pieces(Tracked):
    async def get(self) -> None:
        for _ in range(3):
            self.write(b"x" * 70_000)
            await self.flush()


class Failing(Tracked):
    def get(self) -> None:
        raise web.HTTPError(404)

    async def post(self) -> None:
        await asyncio.sleep(0)
        raise web.HTTPError(400)

    def log_exception(self, *args: Any) -> None:
        pass


class Crashing(Tracked):
    def get(self) -> None:
        raise ZeroDivisionError

    async def post(self) -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    def log_exception(self, *args: Any) -> None:
        pass  # pytest would keep the record, with the exception in it


class Module(web.UIModule):
    def render(self) -> str:
        return "module"


class Page(Tracked):
    def get(self) -> None:
        self.render("page.html")

    def post(self) -> None:
        self.finish(self.render_string("page.html"))


@web.stream_request_body
class Upload(Tracked):
    async def prepare(self) -> None:
        await asyncio.sleep(0)

    async def data_received(self, chunk: bytes) -> None:
        await asyncio.sleep(0)

    async def post(self) -> None:
        self.write("taken")

    def put(self) -> None:
        self.write("taken")


def routes() -> list[Any]:
    return [
        ("/sync", Sync),
        ("/async", AsyncHandler),
        ("/prepared/?", Prepared),
        ("/pieces", Pieces),
        ("/failing", Failing),
        ("/crashing", Crashing),
        ("/page", Page),
        ("/upload", Upload),
        ("/group/(.*)", web.RedirectHandler, {"url": "/sync"}),
    ]


def application(templates: str) -> web.Application:
    return web.Application(
        routes(),
        template_path=templates,
        ui_modules={"Module": Module},
        ui_methods={"method": lambda handler: "method"},
        log_function=lambda handler: None,
    )


@pytest.fixture
def templates(tmp_path: Any) -> str:
    (tmp_path / "page.html").write_text("{{ method() }} {% module Module() %}")
    return str(tmp_path)


REQUESTS: dict[str, Request] = {
    "sync": lambda peer: peer.get("/sync"),
    "form": lambda peer: peer.post(
        "/sync", b"a=b", "Content-Type: application/x-www-form-urlencoded"
    ),
    "json and cookie": lambda peer: send(peer, "PUT", "/sync?q=1", b"x"),
    "async": lambda peer: peer.get("/async"),
    "suspended": lambda peer: peer.post("/async", b""),
    "prepare and coroutine": lambda peer: peer.get("/prepared"),
    "pieces": lambda peer: peer.get("/pieces"),
    "head": lambda peer: peer.get("/failing", method="HEAD"),
    "HTTPError": lambda peer: peer.get("/failing"),
    "HTTPError after a while": lambda peer: peer.post("/failing", b""),
    "crash": lambda peer: peer.get("/crashing"),
    "crash after a while": lambda peer: peer.post("/crashing", b""),
    "page": lambda peer: peer.get("/page"),
    "page by hand": lambda peer: peer.post("/page", b""),
    "upload": lambda peer: peer.post("/upload", b"x" * 200_000),
    "upload, sync": lambda peer: send(peer, "PUT", "/upload", b"x" * 200_000),
    "no route": lambda peer: peer.get("/nowhere"),
    "redirect": lambda peer: peer.get("/group/x"),
    "not modified": lambda peer: peer.get(
        "/sync", 'If-None-Match: "ae1e4a4ba1e9d9b5b8ee6a2b60ae3ad2a27f0f36", *'
    ),
}


async def send(peer: Peer, method: str, path: str, body: bytes) -> Any:
    await peer.send(
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n", body
    )
    return await peer.answer()


@contextmanager
def nothing_for_the_collector() -> Any:
    """Whatever becomes garbage in here must not need the collector."""
    gc.collect()
    gc.disable()
    flags = gc.get_debug()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield
        gc.collect()
        ours = [it for it in gc.garbage if "zonda" in module_of(it) or "test" in module_of(it)]
        assert not ours, [f"{type(it).__qualname__}: {it!r:.200}" for it in ours][:20]
    finally:
        gc.set_debug(flags)
        gc.garbage.clear()
        gc.enable()


def module_of(it: Any) -> str:
    if hasattr(it, "cr_code"):
        return str(it.cr_code.co_filename)
    return str(getattr(type(it), "__module__", "")) + str(getattr(it, "__module__", ""))


@pytest.mark.parametrize("name", REQUESTS)
@looped
async def test_a_handler_dies_with_its_request(name: str, tls: bool, templates: str) -> None:
    request = REQUESTS[name]
    async with serving(application(templates), tls=tls) as served:
        peer = await served.connect()
        await request(peer)  # what is made once for all is made now
        with nothing_for_the_collector():
            for _ in range(3):
                await request(peer)
                await asyncio.sleep(0)
                await served.until(lambda: not served.connection.exchange)
                for _ in range(5):
                    await asyncio.sleep(0)
                assert not list(Tracked.alive)


@looped
async def test_a_handler_whose_client_left_dies_as_well(tls: bool) -> None:
    gate = asyncio.Event()

    class Waiting(Tracked):
        async def get(self) -> None:
            await gate.wait()
            self.write("too late")

    class Cancelled(Waiting):
        cancel_on_disconnect = True

    class Endless(Tracked):
        async def get(self) -> None:
            try:
                while True:
                    self.write(b"x" * 100_000)
                    await self.flush()
            except StreamClosedError:
                pass

    all_routes = [("/waiting", Waiting), ("/cancelled", Cancelled), ("/endless", Endless)]
    async with serving(all_routes, tls=tls) as served:
        for path in ("/waiting", "/cancelled", "/endless") * 2:
            peer = await served.connect()
            await peer.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
            await served.until(lambda: list(Tracked.alive))
            await asyncio.sleep(0.01)
            peer.reset()
            served.peers.remove(peer)
            del peer
            await served.all_gone()
            gate.set()
            for _ in range(10):
                await asyncio.sleep(0)
            gate.clear()
            assert not list(Tracked.alive), path


@looped
async def test_a_connection_dies_when_it_is_closed(tls: bool) -> None:
    gc.collect()
    async with serving([("/", Sync)], tls=tls) as served:
        for polite in (True, False):
            peer = await served.connect()
            await peer.get()
            stream = weakref.ref(served.connection.stream)
            await peer.close() if polite else peer.reset()
            await served.all_gone()
            for _ in range(5):
                await asyncio.sleep(0)
            assert stream() is None
            assert not [it for it in gc.get_objects() if type(it) is ServerConnection]


@looped
async def test_nothing_is_left_after_many_requests(tls: bool, templates: str) -> None:
    async with serving(application(templates), tls=tls) as served:
        logging.disable()
        await mixed(served, 100)
        gc.collect()
        before = state(served)
        await mixed(served, 500 if tls else 2000)
        gc.collect()
        after = state(served)
        assert after["connections"] == before["connections"]
        assert after["descriptors"] == before["descriptors"]
        assert after["tasks"] == before["tasks"]
        assert after["objects"] < before["objects"] + 500


@pytest.fixture(autouse=True)
def logs_are_back() -> Iterator[None]:
    yield
    logging.disable(logging.NOTSET)


async def mixed(served: Served, number: int) -> None:
    """Many requests of all kinds, over connections that end in all ways."""
    kinds = list(REQUESTS.values())
    peer = await served.connect()
    for count in range(number):
        await kinds[count % len(kinds)](peer)
        if count % 10 == 9:
            ending = count // 10 % 3
            if ending == 0:
                await peer.close()
            elif ending == 1:
                peer.reset()
            else:
                await peer.send("nonsense\r\n\r\n")
                assert (await peer.answer()).status == 400
                await peer.close()
            served.peers.remove(peer)
            peer = await served.connect()
    await peer.close()
    served.peers.remove(peer)
    await served.all_gone()
    await asyncio.sleep(0.05)


def state(served: Served) -> dict[str, int]:
    return {
        "connections": len(served.connections),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "tasks": len(asyncio.all_tasks()),
        "objects": len(gc.get_objects()),
    }
