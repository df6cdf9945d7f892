"""Servers of a user's own protocol."""

import asyncio
import socket
import ssl
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.iostream.peers import (
    authority,
    client_context,
    logged,
    looped,
    server_context,
    turns,
)
from zonda import gen
from zonda.iostream import IOStream, SSLIOStream, StreamClosedError
from zonda.netutil import bind_sockets, bind_unix_socket
from zonda.tcpserver import TCPServer


class Echo(TCPServer):
    """Sends lines back until the client goes away."""

    streams: list[IOStream]
    addresses: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.streams, self.addresses = [], []

    async def handle_stream(self, stream: IOStream, address: Any) -> None:
        self.streams.append(stream)
        self.addresses.append(address)
        try:
            while True:
                await stream.write(await stream.read_until(b"\n"))
        except StreamClosedError:
            pass


def port_of(server: TCPServer) -> int:
    (sock,) = server._sockets.values()
    return int(sock.getsockname()[1])


async def client_of(server: TCPServer) -> IOStream:
    return await IOStream(socket.socket()).connect(("127.0.0.1", port_of(server)))


@looped
async def test_listen() -> None:
    server = Echo(max_buffer_size=100_000, read_chunk_size=1000)
    server.listen(0, "127.0.0.1")
    client = await client_of(server)
    for line in (b"hello\n", b"again\n"):
        await client.write(line)
        assert await client.read_until(b"\n") == line
    assert server.addresses == [client.socket.getsockname()]
    (stream,) = server.streams
    assert (stream.max_buffer_size, stream.read_chunk_size) == (100_000, 1000)
    client.close()
    server.stop()


@looped
async def test_stopping_leaves_connections_alone() -> None:
    server = Echo()
    server.listen(0, "127.0.0.1")
    address = ("127.0.0.1", port_of(server))
    client = await client_of(server)
    await client.write(b"a\n")
    await client.read_until(b"\n")
    server.stop()
    server.stop()
    await client.write(b"b\n")
    assert await client.read_until(b"\n") == b"b\n"
    with pytest.raises(StreamClosedError):
        await IOStream(socket.socket()).connect(address)
    client.close()


@looped
async def test_stopping_from_inside_a_handler() -> None:
    class Once(Echo):
        async def handle_stream(self, stream: IOStream, address: Any) -> None:
            self.stop()
            await stream.write(b"the only one")
            stream.close()

    server = Once()
    server.listen(0, "127.0.0.1")
    client = await client_of(server)
    assert await client.read_until_close() == b"the only one"


@looped
async def test_several_sockets(tmp_path: Path) -> None:
    server = Echo()
    server.add_sockets(bind_sockets(0, "127.0.0.1"))
    server.listen(0, "127.0.0.1")
    path = str(tmp_path / "socket")
    server.add_socket(bind_unix_socket(path))
    for sock in list(server._sockets.values()):
        client = await IOStream(socket.socket(sock.family)).connect(sock.getsockname())
        await client.write(b"hello\n")
        assert await client.read_until(b"\n") == b"hello\n"
        client.close()
    assert server.addresses[2] == ""
    server.stop()


@looped
async def test_bind_and_start() -> None:
    server = Echo()
    server.bind(0, "127.0.0.1")
    assert not server._sockets
    server.start()
    with pytest.raises(AssertionError):
        server.start()
    client = await client_of(server)
    await client.write(b"x\n")
    assert await client.read_until(b"\n") == b"x\n"
    client.close()
    server.bind(0, "127.0.0.1")  # at once, now
    assert len(server._sockets) == 2
    server.stop()


@looped
async def test_handlers_of_every_kind() -> None:
    class Plain(TCPServer):
        def handle_stream(self, stream: IOStream, address: Any) -> None:
            stream.write(b"hello")
            stream.close()

    class Generator(TCPServer):
        @gen.coroutine
        def handle_stream(self, stream: IOStream, address: Any) -> Any:
            yield stream.write(b"hello")
            stream.close()

    class Coroutine(TCPServer):
        async def handle_stream(self, stream: IOStream, address: Any) -> None:
            await asyncio.sleep(0)
            await stream.write(b"hello")
            stream.close()

    for kind in (Plain, Generator, Coroutine):
        server = kind()
        server.listen(0, "127.0.0.1")
        client = await client_of(server)
        assert await client.read_until_close() == b"hello"
        server.stop()


@looped
async def test_a_handler_that_fails_is_logged() -> None:
    class AtOnce(TCPServer):
        def handle_stream(self, stream: IOStream, address: Any) -> None:
            stream.close()
            raise ZeroDivisionError("at once")

    class Later(TCPServer):
        async def handle_stream(self, stream: IOStream, address: Any) -> None:
            await asyncio.sleep(0)
            stream.close()
            raise ZeroDivisionError("later")

    for kind in (AtOnce, Later):
        server = kind()
        server.listen(0, "127.0.0.1")
        with logged("tornado.application") as lines:
            for _ in range(2):
                client = await client_of(server)
                assert await client.read_until_close() == b""
                await turns()
        assert len(lines) == 2
        server.stop()


def test_a_handler_is_needed() -> None:
    with pytest.raises(NotImplementedError):
        TCPServer().handle_stream(None, None)  # type: ignore[arg-type]


@looped
async def test_tls(tmp_path: Path) -> None:
    issued = authority().issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "pem")
    for options in (server_context(), {"certfile": str(tmp_path / "pem")}):
        server = Echo(ssl_options=options, max_buffer_size=100_000)
        server.listen(0, "127.0.0.1")
        client = SSLIOStream(socket.socket(), ssl_options=client_context())
        await client.connect(("127.0.0.1", port_of(server)), server_hostname="localhost")
        await client.write(b"secret\n")
        assert await client.read_until(b"\n") == b"secret\n"
        (stream,) = server.streams
        assert isinstance(stream, SSLIOStream)
        assert stream.max_buffer_size == 100_000
        client.close()
        server.stop()


@looped
async def test_a_context_is_made_once(tmp_path: Path) -> None:
    issued = authority().issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "pem")
    server = Echo(ssl_options={"certfile": str(tmp_path / "pem")})
    assert isinstance(server.ssl_options, dict)
    assert server._ssl_context(server.ssl_options) is server._ssl_context(server.ssl_options)
    server.ssl_options = server_context()
    assert server._ssl_context(server.ssl_options) is server_context()


@looped
async def test_a_certificate_that_cannot_be_read_is_logged(tmp_path: Path) -> None:
    (tmp_path / "pem").write_text("nonsense")
    server = Echo(ssl_options={"certfile": str(tmp_path / "pem")})
    server.listen(0, "127.0.0.1")
    with logged("tornado.application") as lines:
        client = await client_of(server)
        assert await client.read_until_close() == b""
    assert len(lines) == 1
    server.stop()


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({}, KeyError, "certfile"),
        ({"keyfile": "x"}, KeyError, "certfile"),
        ({"certfile": "/does/not/exist"}, ValueError, 'certfile "/does/not/exist"'),
        ({"certfile": __file__, "keyfile": "/nor/this"}, ValueError, 'keyfile "/nor/this"'),
    ],
)
def test_wrong_options(options: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        TCPServer(ssl_options=options)


@looped
async def test_a_client_that_only_connects_does_not_hold_others_up() -> None:
    server = Echo(ssl_options=server_context())
    server.listen(0, "127.0.0.1")
    silent = await client_of(server)
    client = SSLIOStream(socket.socket(), ssl_options={"cert_reqs": ssl.CERT_NONE})
    await client.connect(("127.0.0.1", port_of(server)))
    await client.write(b"x\n")
    assert await client.read_until(b"\n") == b"x\n"
    client.close()
    silent.close()
    server.stop()


@looped
async def test_a_client_that_is_gone_before_tls_begins_is_not_handled() -> None:
    server = Echo(ssl_options=server_context())
    server.listen(0, "127.0.0.1")
    address = ("127.0.0.1", port_of(server))
    with socket.create_connection(address) as gone:
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client = SSLIOStream(socket.socket(), ssl_options=client_context())
    await client.connect(address, server_hostname="localhost")
    await client.write(b"x\n")
    assert await client.read_until(b"\n") == b"x\n"
    assert len(server.streams) == 1
    client.close()
    server.stop()


def test_several_processes() -> None:
    code = """
        import asyncio, os, sys
        from zonda.iostream import StreamClosedError
        from zonda.ioloop import IOLoop
        from zonda.process import task_id
        from zonda.tcpclient import TCPClient
        from zonda.tcpserver import TCPServer

        class WhoAmI(TCPServer):
            async def handle_stream(self, stream, address):
                await stream.write(b"%d" % task_id())
                stream.close()

        server = WhoAmI()
        server.bind(0, "127.0.0.1")
        port = server._pending_sockets[0].getsockname()[1]
        server.start(2, max_restarts=0)

        async def ask():
            seen = set()
            while len(seen) < 2:
                stream = await TCPClient().connect("127.0.0.1", port)
                seen.add(await stream.read_until_close())
            sys.stdout.write(repr(sorted(seen)))
            sys.stdout.flush()
            os._exit(3)

        if task_id() == 0:
            IOLoop.current().add_callback(ask)
        else:
            IOLoop.current().call_later(20, os._exit, 4)
            parent = os.getppid()
            async def until_the_parent_ends():
                while os.getppid() == parent:
                    await asyncio.sleep(0.05)
                os._exit(0)
            IOLoop.current().add_callback(until_the_parent_ends)
        IOLoop.current().start()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, timeout=30, check=False
    )
    assert done.stdout == b"[b'0', b'1']", done.stderr.decode()
