"""What becomes of connections that left HTTP when their server shuts down."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.websocket.peers import application, upgraded
from tests.wire import looped
from zonda.guests import Guests
from zonda.httpclient import HTTPRequest
from zonda.protocol.websocket import CLOSE
from zonda.websocket import WebSocketHandler, websocket_connect


class Silent(WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        pass


class Stubborn:
    """A guest that goes only when it is put out."""

    def __init__(self, guests: Guests) -> None:
        self.guests = guests
        self.asked = 0
        guests.add(self)

    def go_away(self) -> None:
        self.asked += 1

    def abort(self) -> None:
        asyncio.get_running_loop().call_soon(self.guests.discard, self)


@looped
async def test_nobody_there() -> None:
    await Guests(asyncio.get_running_loop()).leave()


@looped
async def test_who_does_not_go_is_put_out() -> None:
    guests = Guests(asyncio.get_running_loop())
    stubborn = [Stubborn(guests) for _ in range(3)]
    guests.discard(stubborn[0])
    await guests.leave(0.01)
    assert [guest.asked for guest in stubborn] == [0, 1, 1]
    assert not len(guests)


@looped
async def test_a_server_that_closes_all_connections_says_1001() -> None:
    async with application(Silent) as served:
        peer = await upgraded(served)
        context = served.server._context
        assert context is not None
        assert len(context.guests) == 1
        served.server.stop()
        assert len(context.guests) == 1  # what is open goes on
        closing = asyncio.create_task(served.server.close_all_connections())
        kind, close = await peer.event()
        assert (kind, close.code) == (CLOSE, 1001)
        await peer.send(peer.machine.close(1001))
        assert await peer.event() is None
        await closing
        assert not len(context.guests)


@pytest.mark.parametrize("tls", [False, True])
@looped
async def test_our_client_is_told(tls: bool) -> None:
    async with application(Silent, tls=tls) as served:
        url = f"{'wss' if tls else 'ws'}://127.0.0.1:{served.port}/ws"
        client = await websocket_connect(HTTPRequest(url, validate_cert=False))
        served.server.stop()
        await served.server.close_all_connections()
        assert await client.read_message() is None
        assert client.close_code == 1001


@looped
async def test_a_client_that_does_not_answer_is_put_out() -> None:
    async with application(Silent) as served:
        peer = await upgraded(served)
        await served.server._context.guests.leave(0.01)  # type: ignore[union-attr]
        assert await peer.close_code() == 1001
        assert await peer.event() is None


PROGRAM = """
import asyncio, signal, sys
from zonda.ioloop import IOLoop
from zonda.web import Application
from zonda.websocket import WebSocketHandler

class Silent(WebSocketHandler):
    def on_message(self, message):
        pass

    def on_close(self):
        print("closed", self.close_code, flush=True)

def serve():
    server = Application([("/ws", Silent)]).listen(0, "127.0.0.1")
    (sock,) = server._sockets.values()
    print(sock.getsockname()[1], flush=True)
"""
ENDINGS = {
    "asyncio.run": """
async def main():
    serve()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
asyncio.run(main())
""",
    "IOLoop.start": """
loop = IOLoop.current()
loop.add_callback(serve)
signal.signal(signal.SIGTERM, lambda *_: loop.add_callback_from_signal(loop.stop))
loop.start()
""",
    "sys.exit": """
loop = IOLoop.current()
loop.add_callback(serve)
signal.signal(signal.SIGTERM, lambda *_: loop.add_callback_from_signal(sys.exit, 0))
loop.start()
""",
}


@pytest.mark.parametrize("ending", ENDINGS)
@looped
async def test_clients_are_told_when_the_process_ends(ending: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(textwrap.dedent(PROGRAM + ENDINGS[ending]))
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        clients: list[Any] = [
            await websocket_connect(f"ws://127.0.0.1:{port}/ws") for _ in range(3)
        ]
        process.send_signal(signal.SIGTERM)
        for client in clients:
            assert await client.read_message() is None
            assert client.close_code == 1001
        output = await asyncio.to_thread(process.stdout.read)
        assert process.wait(10) == 0, output
        assert output == "closed 1001\n" * 3
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def test_a_forked_child_leaves_its_parents_guests_alone() -> None:
    async def main() -> None:
        guests = Guests(asyncio.get_running_loop())
        stubborn = Stubborn(guests)
        child = os.fork()
        if child == 0:
            from zonda.guests import _leave_at_exit

            _leave_at_exit()
            os._exit(stubborn.asked)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        guests.discard(stubborn)

    asyncio.run(main())
