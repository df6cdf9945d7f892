"""Ending a server without dropping a request."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest

from tests.wire import Peer, looped, serving
from zonda import httpclient, web, websocket
from zonda.httpserver import HTTPServer, draining
from zonda.testing import bind_unused_port


class Hello(web.RequestHandler):
    def get(self) -> None:
        self.write("hello")


class Slow(web.RequestHandler):
    go: asyncio.Event

    async def get(self) -> None:
        await self.go.wait()
        self.write("at last")


class Echo(websocket.WebSocketHandler):
    def on_message(self, message: Any) -> None:
        self.write_message(message)


ROUTES: list[Any] = [("/", Hello), ("/slow", Slow), ("/ws", Echo)]


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def tls(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "IDLE_GRACE", 0.1)


async def ask(peer: Peer, path: str) -> None:
    await peer.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")


@looped
async def test_a_server_without_connections_is_drained_at_once() -> None:
    async with serving(ROUTES) as served:
        assert await served.server.drain()
        with pytest.raises(ConnectionRefusedError):
            await served.connect()


@looped
async def test_idle_connections_are_closed_in_order(tls: bool) -> None:
    async with serving(ROUTES, tls=tls) as served:
        peers = [await served.connect() for _ in range(3)]
        for peer in peers[:2]:
            await peer.get("/")
        assert await served.server.drain()
        for peer in peers:
            assert await peer.rest() == b""


@looped
async def test_requests_under_way_are_answered(tls: bool) -> None:
    Slow.go = asyncio.Event()
    async with serving(ROUTES, tls=tls) as served:
        peers = [await served.connect() for _ in range(3)]
        for peer in peers:
            await ask(peer, "/slow")
        await served.until(lambda: sum(c.exchange is not None for c in served.connections) == 3)
        drained = asyncio.ensure_future(served.server.drain())
        await asyncio.sleep(0.2)  # longer than idle connections get
        assert not drained.done()
        Slow.go.set()
        for peer in peers:
            answer = await peer.answer()
            assert answer.body == b"at last"
            assert answer.all("Connection") == ["close"]
            await peer.close()
        assert await drained


@looped
async def test_a_request_on_its_way_is_answered(tls: bool) -> None:
    """The client could not know yet that the server is about to go."""
    async with serving(ROUTES, tls=tls) as served:
        peer = await served.connect()
        await peer.get("/")
        drained = asyncio.ensure_future(served.server.drain())
        await asyncio.sleep(0)
        answer = await peer.get("/")
        assert (answer.status, answer.all("Connection")) == (200, ["close"])
        await peer.close()
        assert await drained


@looped
async def test_a_head_that_has_begun_is_waited_for() -> None:
    async with serving(ROUTES) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHo")
        await served.until(lambda: served.connection.machine.partial_head)
        drained = asyncio.ensure_future(served.server.drain())
        await asyncio.sleep(0.2)
        await peer.send("st: x\r\n\r\n")
        assert (await peer.answer()).body == b"hello"
        await peer.close()
        assert await drained


@looped
async def test_connections_that_the_kernel_has_accepted_are_served() -> None:
    async with serving(ROUTES) as served:
        with socket.create_connection(("127.0.0.1", served.port)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert not served.connections  # the loop has not turned
            drained = asyncio.ensure_future(served.server.drain())
            data = await asyncio.to_thread(sock.recv, 65536)
            assert data.startswith(b"HTTP/1.1 200 OK\r\n")
            assert data.endswith(b"hello")
        assert await drained


@looped
async def test_the_deadline_counts() -> None:
    Slow.go = asyncio.Event()
    async with serving(ROUTES) as served:
        peer = await served.connect()
        await ask(peer, "/slow")
        await served.until(lambda: served.connection.exchange)
        assert not await served.server.drain(timeout=0.2)
        assert not served.connections
        assert await peer.rest() == b""
        Slow.go.set()


@looped
async def test_websockets_are_told() -> None:
    async with serving(ROUTES) as served:
        connection = await websocket.websocket_connect(f"ws://127.0.0.1:{served.port}/ws")
        await connection.write_message("here")
        assert await connection.read_message() == "here"
        drained = asyncio.ensure_future(served.server.drain())
        assert await connection.read_message() is None
        assert connection.close_code == 1001
        assert await drained


@looped
async def test_no_request_is_lost_when_one_server_follows_another() -> None:
    """As in a reload: clients that keep their connections see no failure."""
    application = web.Application(ROUTES)
    listener, port = bind_unused_port()
    client = httpclient.AsyncHTTPClient(force_instance=True, max_clients=20)
    turns = asyncio.Semaphore(0)
    stopped = False

    def start() -> HTTPServer:
        server = HTTPServer(application)
        server.add_socket(listener.dup())
        return server

    async def use() -> None:
        while not stopped:
            response = await client.fetch(f"http://127.0.0.1:{port}/")
            assert response.body == b"hello"
            turns.release()

    server = start()
    users = [asyncio.ensure_future(use()) for _ in range(10)]
    for _ in range(3):
        for _ in range(200):
            await turns.acquire()
        successor = start()
        assert await server.drain()
        server = successor
    stopped = True
    await asyncio.gather(*users)
    client.close()
    await server.drain()
    listener.close()


PROGRAM = """
import asyncio, sys
from zonda import web
from zonda.process import wait_for_signal

class Slow(web.RequestHandler):
    async def get(self):
        print("asked", flush=True)
        await asyncio.sleep(0.5)
        self.write("done")

async def main():
    server = web.Application([("/slow", Slow)]).listen(int(sys.argv[1]), "127.0.0.1")
    print("ready", flush=True)
    await wait_for_signal()
    await server.drain()

asyncio.run(main())
"""


def test_a_program_ends_in_order_by_sigterm() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            assert process.stdout.readline() == "asked\n"
            process.send_signal(signal.SIGTERM)
            data = b""
            while piece := sock.recv(65536):
                data += piece
            assert data.endswith(b"done")
        assert process.wait(30) == 0
