"""io_loop by place, and the stream of a handler of WebSockets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire import looped
from zonda.ioloop import IOLoop
from zonda.iostream import IOStream
from zonda.testing import bind_unused_port
from zonda.web import Application
from zonda.websocket import WebSocketHandler, websocket_connect

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@looped
async def test_the_stream_and_a_client_of_callbacks() -> None:
    class Handler(WebSocketHandler):
        def initialize(self) -> None:
            assert not hasattr(self, "stream")

        def open(self) -> None:
            self.write_message(type(self.stream).__name__)

        def on_message(self, message: Any) -> None:
            self.stream.close()

    sock, port = bind_unused_port()
    sock.close()
    server = Application([("/", Handler)]).listen(port, "127.0.0.1")
    connected: Any = []
    connect: Any = websocket_connect
    future = connect(f"ws://127.0.0.1:{port}/", IOLoop.current(), connected.append)
    connection = await future
    assert connected == [future]
    assert await connection.read_message() == IOStream.__name__
    await connection.write_message("close")
    assert await connection.read_message() is None
    server.stop()
    await server.close_all_connections()
