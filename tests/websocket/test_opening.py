"""The client's handshake: servers that get it wrong, and the ways there, proxies among them."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.simple_httpclient.conftest import Asked, Origin, Peer
from tests.simple_httpclient.proxies import Socks, tunnel
from tests.websocket.peers import application
from tests.wire import looped
from zonda.httpclient import HTTPClientError, HTTPRequest
from zonda.httpserver import HTTPServer
from zonda.netutil import bind_unix_socket
from zonda.protocol.websocket import accept_value
from zonda.testing import bind_unused_port
from zonda.web import Application
from zonda.websocket import WebSocketError, WebSocketHandler, websocket_connect
from zonda.websocket.opening import http_url

CORPUS = Path(__file__).parents[1] / "data" / "badinput" / "websocket.jsonl"
CASES = {
    c["id"]: c["raw"]
    for c in map(json.loads, CORPUS.read_text().splitlines())
    if c["side"] == "client"
}
MORE = {
    "subprotocol": "@@HS:Sec-WebSocket-Protocol: other@@",
    "compression": "@@HS:Sec-WebSocket-Extensions: permessage-deflate@@",
    "no http": "SSH-2.0-OpenSSH\r\n\r\n",
    "endless": "HTTP/1.1 200 OK\r\nX: " + "x" * 70000,
    "nothing": "",
    "upgrade": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
}


def answer(raw: str, key: str) -> bytes:
    """The bytes of a case; ``@@HS:…@@`` is a good handshake but for what it says."""
    if not raw.startswith("@@HS:"):
        return raw.encode()
    accept, extra = accept_value(key), raw[5:-2]
    if extra.startswith("accept="):
        accept, extra = extra[7:], "X-Nothing: 1"
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"{head}Sec-WebSocket-Accept: {accept}\r\n{extra}\r\n\r\n".encode()


@pytest.mark.usefixtures("each_loop")
@pytest.mark.parametrize("name", [*CASES, *MORE])
@looped
async def test_a_bad_answer_fails_the_connection(name: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = request.partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
        writer.write(answer({**CASES, **MORE}[name], key))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises((WebSocketError, HTTPClientError, OSError)):
        await websocket_connect(f"ws://127.0.0.1:{port}/")
    server.close()


@looped
async def test_interim_answers_and_early_messages() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = request.partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer("@@HS:X-A: b@@", key))
        writer.write(b"\x81\x05early\x88\x02\x03\xe8")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = await websocket_connect(f"ws://127.0.0.1:{port}/")
    assert await connection.read_message() == "early"
    assert connection.stream is not None
    connection.stream.close()
    assert await connection.read_message() is None
    server.close()


def test_the_schemes_of_websocket_are_those_of_http() -> None:
    assert http_url("ws://h/p?ws://") == "http://h/p?ws://"
    assert http_url("WSS://h") == "https://h"
    assert http_url("ftp://h") == "ftp://h"


class Echo(WebSocketHandler):
    def on_message(self, message: str | bytes) -> None:
        self.write_message(message)


class Fields(WebSocketHandler):
    """Sends what the handshake had in it."""

    def open(self, *args: str) -> None:
        fields = ("Host", "Proxy-Authorization", "Authorization")
        self.write_message({name: self.request.headers.get(name) for name in fields})
        self.write_message(self.request.uri or "")


async def echoed(request: HTTPRequest, **options: Any) -> None:
    connection = await websocket_connect(request, **options)
    await connection.write_message("through")
    assert await connection.read_message() == "through"
    connection.close()
    assert await connection.read_message() is None


@pytest.mark.parametrize("tls", [False, True])
@looped
async def test_connect_with_credentials(tls: bool) -> None:
    async with application(Echo, tls=tls) as served, Origin(tunnel) as proxy:
        request = HTTPRequest(
            f"{'wss' if tls else 'ws'}://somewhere.example:{served.port}/ws",
            validate_cert=False,
            proxy_host="127.0.0.1",
            proxy_port=proxy.port,
            proxy_username="ana",
            proxy_password="s3cret",
        )
        await echoed(request)
        (asked,) = proxy.asked  # CONNECT even without TLS (RFC 6455 4.1)
        assert (asked.method, asked.target) == ("CONNECT", f"somewhere.example:{served.port}")
        assert asked["Proxy-Authorization"] == "Basic YW5hOnMzY3JldA=="


@looped
async def test_the_server_sees_nothing_of_the_proxy() -> None:
    async with application(Fields) as served, Origin(tunnel) as proxy:
        url = f"ws://somewhere.example:{served.port}/ws?a=b"
        login = {"auth_username": "u", "auth_password": "p"}
        request = HTTPRequest(url, proxy=f"http://ana:s3cret@127.0.0.1:{proxy.port}", **login)
        connection = await websocket_connect(request)
        assert await connection.read_message() == (
            f'{{"Host": "somewhere.example:{served.port}", "Proxy-Authorization": null, '
            '"Authorization": "Basic dTpw"}'
        )
        assert await connection.read_message() == "/ws?a=b"
        connection.close()
        assert await connection.read_message() is None


@looped
async def test_a_digest_for_the_proxy() -> None:
    async def play(asked: Asked, peer: Peer) -> bytes | None:
        if not asked.all("Proxy-Authorization"):
            challenge = 'Proxy-Authenticate: Digest realm="p", nonce="n", qop="auth"'
            return f"HTTP/1.1 407 Who?\r\n{challenge}\r\nContent-Length: 0\r\n\r\n".encode()
        await tunnel(asked, peer)
        return None

    async with application(Echo) as served, Origin(play) as proxy:
        await echoed(
            HTTPRequest(
                f"ws://127.0.0.1:{served.port}/ws",
                proxy_host="127.0.0.1",
                proxy_port=proxy.port,
                proxy_username="ana",
                proxy_password="s3cret",
                proxy_auth_mode="digest",
            )
        )
        assert proxy.asked[1]["Proxy-Authorization"].startswith('Digest username="ana"')


@looped
async def test_a_proxy_that_refuses_or_is_not_there() -> None:
    async def play(asked: Asked, peer: Peer) -> bytes:
        return b"HTTP/1.1 403 Not you\r\nContent-Length: 0\r\n\r\n"

    async with Origin(play) as proxy:
        proxies = {"proxy_host": "127.0.0.1", "proxy_port": proxy.port}
        with pytest.raises(HTTPClientError, match="403 Not you"):
            await websocket_connect(HTTPRequest("ws://somewhere.example/", **proxies))
    with pytest.raises(OSError):
        await websocket_connect(HTTPRequest("ws://somewhere.example/", **proxies))
    with pytest.raises(ValueError, match="together"):
        await websocket_connect(HTTPRequest("ws://somewhere.example/", proxy_host="127.0.0.1"))


@looped
async def test_nobody_is_there() -> None:
    sock, port = bind_unused_port()
    sock.close()
    with pytest.raises(ConnectionRefusedError):
        await websocket_connect(f"ws://127.0.0.1:{port}/")


@looped
async def test_a_proxy_that_says_nothing() -> None:
    async def play(asked: Asked, peer: Peer) -> None:
        await peer.closed()

    async with Origin(play) as proxy:
        request = HTTPRequest(
            "ws://somewhere.example/", proxy=f"127.0.0.1:{proxy.port}", connect_timeout=0.3
        )
        with pytest.raises(HTTPClientError, match="Timeout while connecting"):
            await websocket_connect(request)
        await asyncio.wait_for(proxy.peers[0].over.wait(), 10)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("tls", [False, True])
@looped
async def test_socks(scheme: str, tls: bool) -> None:
    async with application(Echo, tls=tls) as served, Socks(login=("ana", "s3cret")) as proxy:
        url = f"{'wss' if tls else 'ws'}://127.0.0.1:{served.port}/ws"
        await echoed(HTTPRequest(url, proxy=proxy.url(scheme, "ana:s3cret@"), validate_cert=False))
        assert [port for _, _, port in proxy.asked] == [served.port]


@looped
async def test_a_proxy_behind_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    for tls in (False, True):
        async with application(Echo, tls=tls) as served, Origin(tunnel, context) as proxy:
            request = HTTPRequest(
                f"{'wss' if tls else 'ws'}://127.0.0.1:{served.port}/ws",
                proxy=f"https://127.0.0.1:{proxy.port}",
                proxy_ssl_options=trusting,
                validate_cert=False,
            )
            await echoed(request)


@asynccontextmanager
async def on_unix_socket(path: Path) -> AsyncIterator[str]:
    server = HTTPServer(Application([("/ws", Echo)]))
    server.add_socket(bind_unix_socket(str(path)))
    try:
        yield str(path)
    finally:
        server.stop()
        await server.close_all_connections()


@looped
async def test_a_unix_socket(tmp_path: Path) -> None:
    async with on_unix_socket(tmp_path / "echo") as path:
        await echoed(HTTPRequest("ws://somewhere.example/ws", unix_socket=path))


@looped
async def test_an_address_filter() -> None:
    async with application(Echo) as served:
        url = f"ws://127.0.0.1:{served.port}/ws"
        await echoed(HTTPRequest(url, address_filter=lambda address, port: True))
        with pytest.raises(PermissionError):
            await websocket_connect(HTTPRequest(url, address_filter=lambda address, port: False))


@looped
async def test_where_to_connect_from() -> None:
    class Address(WebSocketHandler):
        def open(self, *args: str) -> None:
            self.write_message(self.request.remote_ip or "")

    async with application(Address) as served:
        request = HTTPRequest(f"ws://127.0.0.1:{served.port}/ws", network_interface="127.0.0.5")
        connection = await websocket_connect(request)
        assert await connection.read_message() == "127.0.0.5"
        connection.close()
        assert await connection.read_message() is None
