"""The client, against our own server."""

import asyncio
from typing import Any

import pytest

from tests.websocket.peers import application
from tests.wire import Served, looped, serving
from zonda.httpclient import HTTPClientError, HTTPRequest
from zonda.web import RequestHandler
from zonda.websocket import (
    WebSocketClientConnection,
    WebSocketClosedError,
    WebSocketError,
    WebSocketHandler,
    websocket_connect,
)


class Echo(WebSocketHandler):
    def get_compression_options(self) -> dict[str, Any]:
        return {}

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return subprotocols[0] if subprotocols else None

    def prepare(self) -> None:
        self.set_header("X-Echo", self.request.headers.get("X-Test", ""))

    def on_message(self, message: str | bytes) -> None:
        if message == "close":
            self.close(4000, "as you like")
        else:
            self.write_message(message, isinstance(message, bytes))


def url(served: Served, path: str = "/ws") -> str:
    return f"ws://127.0.0.1:{served.port}{path}"


async def leave(connection: WebSocketClientConnection) -> None:
    """Close, and wait until it is done."""
    connection.close()
    while await connection.read_message() is not None:
        pass


@pytest.mark.parametrize("compression", [None, {}, {"server_no_context_takeover": True}])
@looped
async def test_messages_there_and_back(compression: dict[str, Any] | None) -> None:
    async with application(Echo) as served:
        connection = await websocket_connect(url(served), compression_options=compression)
        for message in ("héllo", b"\xff\0", "", "x" * 300_000):
            await connection.write_message(message, binary=isinstance(message, bytes))
            assert await connection.read_message() == message
        connection.close(1000, "done")
        assert await connection.read_message() is None
        assert await connection.read_message() is None
        assert connection.close_code == 1000


@looped
async def test_a_server_that_closes_says_why() -> None:
    async with application(Echo) as served:
        connection = await websocket_connect(url(served))
        await connection.write_message("last")
        await connection.write_message("close")
        assert await connection.read_message() == "last"
        assert await connection.read_message() is None
        assert (connection.close_code, connection.close_reason) == (4000, "as you like")
        with pytest.raises(WebSocketClosedError):
            connection.write_message("x")


@looped
async def test_messages_may_be_handed_to_a_callback_one_after_the_other() -> None:
    seen: list[Any] = []
    over = asyncio.Event()

    async def take(message: Any) -> None:
        seen.append(message)
        await asyncio.sleep(0.001)
        seen.append(message)

    def on_message(message: Any) -> Any:
        if message is None:
            over.set()
            return None
        return take(message)

    async with application(Echo) as served:
        connection = await websocket_connect(url(served), on_message_callback=on_message)
        for message in ("1", "2", "close"):
            connection.write_message(message)
        await over.wait()
        assert seen == ["1", "1", "2", "2"]


@looped
async def test_a_client_that_does_not_read_holds_back_the_server() -> None:
    class Talker(WebSocketHandler):
        sent = 0

        async def open(self, *args: Any) -> None:
            try:
                for n in range(1500):
                    await self.write_message(f"{n}" + "x" * 20_000)
                    Talker.sent = n
            except WebSocketClosedError:
                pass

    async with application(Talker) as served:
        connection = await websocket_connect(url(served))
        await served.until(lambda: connection._holding is not None)
        assert len(connection._messages) < 200
        for n in range(1000):
            message = await connection.read_message()
            assert isinstance(message, str)
            assert message.startswith(f"{n}x")
        await leave(connection)


@looped
async def test_subprotocol_and_headers() -> None:
    async with application(Echo) as served:
        headers = {"X-Test": "1", "Upgrade": "h2c", "Sec-WebSocket-Key": "mine"}
        request = HTTPRequest(url(served), headers=headers)
        connection = await websocket_connect(request, subprotocols=["one", "two"])
        assert connection.selected_subprotocol == "one"
        assert connection.headers["Sec-WebSocket-Protocol"] == "one"
        assert connection.headers["X-Echo"] == "1"
        assert request.url == url(served)  # the caller's request is not touched
        await leave(connection)


@looped
async def test_answers_that_are_no_websocket() -> None:
    class Plain(RequestHandler):
        def get(self, status: str) -> None:
            self.set_status(int(status))
            self.finish("the body")

    async with serving([(r"/(\d+)", Plain)]) as served:
        with pytest.raises(WebSocketError, match="200"):
            await websocket_connect(url(served, "/200"))
        for status in (302, 404, 500):
            with pytest.raises(HTTPClientError) as caught:
                await websocket_connect(url(served, f"/{status}"))
            assert caught.value.code == status
            assert caught.value.response is not None
            assert caught.value.response.body == b"the body"


@looped
async def test_nobody_there() -> None:
    async with application(Echo) as served:
        port = served.port
    with pytest.raises(OSError):
        await websocket_connect(f"ws://127.0.0.1:{port}/")
    with pytest.raises(ValueError, match="scheme"):
        await websocket_connect("ftp://127.0.0.1/")


@looped
async def test_a_server_that_says_nothing() -> None:
    come, gone = asyncio.Event(), asyncio.Event()

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        come.set()
        await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    with pytest.raises(HTTPClientError, match="Timeout during the handshake"):
        await websocket_connect(address, connect_timeout=0.2)
    await gone.wait()
    come.clear()
    gone.clear()
    future = websocket_connect(address)
    await come.wait()
    future.cancel()
    await gone.wait()
    server.close()


@looped
async def test_over_tls() -> None:
    async with application(Echo, tls=True) as served:
        request = HTTPRequest(f"wss://127.0.0.1:{served.port}/ws", validate_cert=False)
        connection = await websocket_connect(request)
        await connection.write_message("secret")
        assert await connection.read_message() == "secret"
        await leave(connection)


@looped
async def test_callbacks_instead_of_await() -> None:
    connected: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    read: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    async with application(Echo) as served:
        websocket_connect(url(served), callback=connected.set_result)
        connection = (await connected).result()
        connection.read_message(callback=read.set_result)
        connection.write_message("x")
        assert (await read).result() == "x"
        await leave(connection)
