"""The load generator against a server of ours, which answers rightly or wrongly."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.processes import NotRun
from benchmarks.websocket.load import Load, compile_load
from benchmarks.websocket.rows import ROWS, Row
from benchmarks.websocket.validate import validate
from zonda.httpserver import HTTPServer
from zonda.netutil import bind_sockets
from zonda.web import Application
from zonda.websocket import Group, WebSocketHandler

needs_cc = pytest.mark.skipif(
    not (shutil.which("cc") and shutil.which("taskset")), reason="needs cc and taskset"
)


class Echo(WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, isinstance(message, bytes))


class Deflate(Echo):
    def get_compression_options(self) -> dict[str, Any]:
        return {}


class Short(Echo):
    def on_message(self, message: str | bytes) -> None:
        self.write_message(message[:-1], isinstance(message, bytes))


class Closing(Echo):
    def on_message(self, message: str | bytes) -> None:
        self.close()


def room() -> type[WebSocketHandler]:
    group = Group()

    class Room(WebSocketHandler):
        def open(self) -> None:
            group.add(self)

        def on_message(self, message: str | bytes) -> None:
            group.send(message)

    return Room


@contextmanager
def serving(**handlers: Any) -> Iterator[int]:
    """A server in a thread; its port."""
    (listener,) = bind_sockets(0, "127.0.0.1")
    started, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        routes = [(f"/{name}", handler) for name, handler in handlers.items()]
        server = HTTPServer(Application(routes, log_function=lambda handler: None))
        server.add_sockets([listener])
        started.set()
        await stop.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    started.wait()
    try:
        yield listener.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def small(name: str) -> Row:
    row = ROWS[name]
    return Row(row.name, "", row.path, row.kind, 5, row.payload, row.binary)


@needs_cc
@pytest.mark.parametrize("name", [name for name in ROWS if name != "ws-idle"])
def test_messages_are_counted(name: str, tmp_path: Path) -> None:
    with serving(echo=Echo, deflate=Deflate, room=room()) as port:
        validate(port, small(name))
        with Load(compile_load(tmp_path), port, small(name), 0.2, 0) as load:
            seen = load.measure()
    assert seen["requests"] > 0
    assert seen["seconds"] >= 0.2
    assert 0 < seen["p50"] <= seen["p99"]


@needs_cc
def test_idle_connections_stay(tmp_path: Path) -> None:
    opened: list[Any] = []

    class Counted(Echo):
        def open(self) -> None:
            opened.append(self)

    with serving(echo=Counted) as port:
        with Load(compile_load(tmp_path), port, small("ws-idle"), 0, 0):
            assert len(opened) == 5
            assert all(handler.ws_connection is not None for handler in opened)
        opened.clear()


@needs_cc
def test_wrong_messages_are_no_figures(tmp_path: Path) -> None:
    with serving(echo=Short) as port:
        with pytest.raises(NotRun, match="wrong message"):
            validate(port, small("ws-echo"))
        with (
            Load(compile_load(tmp_path), port, small("ws-echo"), 0.1, 0) as load,
            pytest.raises(NotRun, match="wrong among"),
        ):
            load.measure()


@needs_cc
def test_a_server_that_refuses(tmp_path: Path) -> None:
    program = compile_load(tmp_path)
    with serving(echo=Closing, deflate=Echo) as port:
        for name, words in (("ws-echo", "closed"), ("ws-room", "404"), ("ws-deflate", "handshake")):
            with (
                pytest.raises(NotRun, match=words),
                Load(program, port, small(name), 0.1, 0),
            ):
                pass
        for name, words in (("ws-room", "404"), ("ws-deflate", "no compression")):
            with pytest.raises(NotRun, match=words):
                validate(port, small(name))
