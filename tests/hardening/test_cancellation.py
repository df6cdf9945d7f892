"""Whoever is cancelled, at whichever turn of the loop, leaves nothing behind.

A handler is cancelled at its first turn, then at its second, and so on until it is done
before the blow falls; so is a fetch.
"""

import asyncio
import functools
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.simple_httpclient.conftest import Asked, Origin, ok
from tests.simple_httpclient.conftest import Peer as OriginPeer
from tests.simple_httpclient.proxies import Socks, tunnel
from tests.wire import Peer, Served, looped, serving
from zonda import gen, web
from zonda.simple_httpclient import SimpleAsyncHTTPClient
from zonda.tcpclient import TCPClient

pytestmark = pytest.mark.usefixtures("each_loop")

#: More turns than anything here takes.
MANY = 500
BODY = b"x" * 70_000


# ------------------------------------------------------------------------------ handlers


class Handler(web.RequestHandler):
    """Tells the test which task it runs in."""

    tasks: "list[asyncio.Task[Any]]"

    def begun(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.append(task)


class Plain(Handler):
    async def get(self) -> None:
        self.begun()
        for _ in range(3):
            await asyncio.sleep(0)
        self.write("plain")


class Prepared(Handler):
    async def prepare(self) -> None:
        self.begun()
        await asyncio.sleep(0)

    async def get(self) -> None:
        await asyncio.sleep(0)
        self.write("prepared")


class Flushed(Handler):
    async def get(self) -> None:
        self.begun()
        for _ in range(3):
            self.write(BODY)
            await self.flush()
            await asyncio.sleep(0)


class Guarded(Handler):
    """Waits inside everything that has to be left again."""

    async def get(self) -> None:
        self.begun()
        lock = asyncio.Lock()
        try:
            async with asyncio.timeout(20), lock, asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(0))
                await asyncio.sleep(0)
                await gen.multi([gen.moment, gen.moment])
        finally:
            assert not lock.locked()
            await asyncio.sleep(0)
        self.write("guarded")


class Stubborn(Handler):
    """Will not be cancelled."""

    async def get(self) -> None:
        self.begun()
        for _ in range(3):
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                self.write("no ")
        self.write("stubborn")


@web.stream_request_body
class Upload(Handler):
    async def prepare(self) -> None:
        self.begun()
        self.size = 0
        await asyncio.sleep(0)

    async def data_received(self, chunk: bytes) -> None:
        self.begun()
        self.size += len(chunk)
        await asyncio.sleep(0)

    async def post(self) -> None:
        self.begun()
        await asyncio.sleep(0)
        self.write(str(self.size))


async def post(peer: Peer) -> Any:
    return await peer.post("/upload", BODY * 5)


REQUESTS: dict[str, Callable[[Peer], Any]] = {
    "plain": lambda peer: peer.get("/plain"),
    "prepared": lambda peer: peer.get("/prepared"),
    "flushed": lambda peer: peer.get("/flushed"),
    "guarded": lambda peer: peer.get("/guarded"),
    "stubborn": lambda peer: peer.get("/stubborn"),
    "upload": post,
}
RIGHT = {
    "plain": [b"plain"],
    "prepared": [b"prepared"],
    "flushed": [BODY * 3],
    "guarded": [b"guarded"],
    "stubborn": [b"stubborn", b"no stubborn"],
    "upload": [b"350000"],
}


async def strike(tasks: "list[asyncio.Task[Any]]", turn: int) -> bool:
    """Cancel what runs ``turn`` turns after the first task has begun; False: it was over."""
    async with asyncio.timeout(10):
        while not tasks:
            await asyncio.sleep(0)
    for _ in range(turn):
        await asyncio.sleep(0)
    return sum(task.cancel() for task in tasks) > 0


async def good_request(served: Served, peer: Peer) -> None:
    """The connection serves the next request rightly; if it is closed, a new one does."""
    try:
        answer = await peer.get("/good")
    except (asyncio.IncompleteReadError, ConnectionError):
        await peer.close()
        await served.all_gone()
        answer = await (await served.connect()).get("/good")
    assert (answer.status, answer.body) == (200, b"good")


class Good(web.RequestHandler):
    def get(self) -> None:
        self.write("good")


@pytest.mark.parametrize("kind", REQUESTS)
@looped
async def test_a_handler_at_every_turn(kind: str) -> None:
    Handler.tasks = tasks = []
    handlers = [Plain, Prepared, Flushed, Guarded, Stubborn, Upload]
    routes = [(f"/{handler.__name__.lower()}", handler) for handler in handlers]
    async with serving([*routes, ("/good", Good)]) as served:
        peer = await served.connect()
        await REQUESTS[kind](peer)  # what is made once for all is made now
        await peer.close()
        await served.all_gone()
        before = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
        struck = 0
        for turn in range(MANY):
            tasks.clear()
            peer = await served.connect()
            request = asyncio.ensure_future(REQUESTS[kind](peer))
            hit = await strike(tasks, turn)
            struck += hit
            try:
                answer = await request
            except (asyncio.IncompleteReadError, ConnectionError):
                answer = None  # it had begun, and could not be finished
            if answer is None or answer.status != 200:
                assert hit, "only a blow may hurt"
                assert answer is None or answer.status == 500
            else:
                assert answer.body in RIGHT[kind]
            await good_request(served, peer)
            await served.until(lambda: not served.connection.exchange)
            for other in served.peers:
                await other.close()
            served.peers.clear()
            await served.all_gone()
            assert all(task.done() for task in tasks)
            if not hit:
                break
        assert struck, "nothing was cancelled"
        assert not hit, "it never ends"
        await served.until(lambda: len(asyncio.all_tasks()) <= before[1])
        assert len(os.listdir("/proc/self/fd")) <= before[0]


# ------------------------------------------------------------------------------- fetches


async def play(asked: Asked, peer: OriginPeer) -> bytes:
    if asked.target.endswith("/old"):
        return ok(b"", "Location: /new", status="302 Found")
    return ok(BODY)


async def produce(write: Callable[[bytes], Awaitable[None]]) -> None:
    for _ in range(3):
        await write(BODY)
        await asyncio.sleep(0)


async def take(chunk: bytes) -> None:
    await asyncio.sleep(0)


@functools.cache
def authority() -> trustme.CA:
    return trustme.CA()


def tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority().issue_cert("127.0.0.1").configure_cert(context)
    return context


@asynccontextmanager
async def ways(kind: str, folder: Path) -> AsyncIterator[tuple[str, dict[str, Any], list[Origin]]]:
    """A URL, the options to fetch it with, and the servers that the fetch meets."""
    encrypted = kind in ("tls", "tunnel", "socks")
    authority().cert_pem.write_to_path(folder / "ca.pem")
    options: dict[str, Any] = {"ca_certs": str(folder / "ca.pem")}
    if kind == "TLS to the proxy":
        options = {"proxy_ssl_options": ssl.create_default_context(cafile=folder / "ca.pem")}
    async with Origin(play, context=tls() if encrypted else None) as origin:
        url = f"{origin.url}/old" if kind == "redirect" else f"{origin.url}/new"
        if kind in ("forwarded", "tunnel", "TLS to the proxy"):
            context = tls() if kind.startswith("TLS") else None
            async with Origin(tunnel if kind == "tunnel" else play, context=context) as proxy:
                yield url, {**options, "proxy": proxy.url}, [origin, proxy]
        elif kind == "socks":
            async with Socks() as socks:
                yield url, {**options, "proxy": socks.url()}, [origin]
        else:
            if kind == "producer":
                options |= {"method": "POST", "body_producer": produce}
            elif kind == "streamed":
                options |= {"streaming_callback": take}
            yield url, options, [origin]


async def fetched(client: SimpleAsyncHTTPClient, url: str, options: dict[str, Any]) -> bytes:
    return (await client.fetch(url, **options)).body


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


KINDS = [
    "plain",
    "redirect",
    "producer",
    "streamed",
    "tls",
    "forwarded",
    "TLS to the proxy",
    "tunnel",
    "socks",
]


@pytest.mark.parametrize("kept", [False, True], ids=["new", "kept"])
@pytest.mark.parametrize("kind", KINDS)
@looped
async def test_a_fetch_at_every_turn(kind: str, kept: bool, tmp_path: Path) -> None:
    async with ways(kind, tmp_path) as (url, options, origins):
        tasks, before = len(asyncio.all_tasks()), 0
        whole = b"" if kind == "streamed" else BODY
        for turn in range(MANY):
            client = SimpleAsyncHTTPClient(force_instance=True, max_clients=1)
            if kept:
                await fetched(client, url, options)
            task = asyncio.create_task(fetched(client, url, options))
            for _ in range(turn):
                await asyncio.sleep(0)
            hit = task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() if hit else task.result() == whole
            assert not client.active
            assert not client.waiting
            assert len(client.pool) <= 1
            assert await fetched(client, url, options) == whole
            assert len(client.pool) == 1
            client.close()
            for peer in (peer for origin in origins for peer in origin.peers):
                await asyncio.wait_for(peer.over.wait(), 10)
            await until(lambda: len(asyncio.all_tasks()) == tasks)
            before = before or len(os.listdir("/proc/self/fd"))
            assert len(os.listdir("/proc/self/fd")) <= before
            if not hit:
                break
        assert turn > 3
        assert not hit, "it never ends"


@looped
async def test_a_tcp_client_at_every_turn(tmp_path: Path) -> None:
    authority().cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    async with Origin(play, context=tls()) as origin:
        for turn in range(MANY):
            connect = TCPClient().connect("127.0.0.1", origin.port, ssl_options=context)
            task = asyncio.create_task(connect)
            for _ in range(turn):
                await asyncio.sleep(0)
            if not task.cancel():
                break
            await asyncio.wait([task])
            assert task.cancelled()
            for peer in origin.peers:
                await asyncio.wait_for(peer.over.wait(), 10)
        task.result().close()
        assert turn > 3
