"""TLS: the handshake, how it fails, and what OpenSSL does differently."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.iostream.peers import (
    Recorder,
    authority,
    client_context,
    logged,
    looped,
    server_context,
    socket_pair,
    stream_pair,
)
from zonda.iostream import IOStream, SSLIOStream, StreamClosedError
from zonda.netutil import ssl_wrap_socket

BIG = bytes(range(256)) * 8192


@contextlib.asynccontextmanager
async def tls_listener(context: ssl.SSLContext) -> AsyncIterator[tuple[Any, list[SSLIOStream]]]:
    """The address of a server, and the streams that it has accepted."""
    streams: list[SSLIOStream] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        loop = asyncio.get_running_loop()

        def accept() -> None:
            connection, _ = listener.accept()
            wrapped = ssl_wrap_socket(
                connection, context, server_side=True, do_handshake_on_connect=False
            )
            streams.append(SSLIOStream(wrapped))

        loop.add_reader(listener, accept)
        try:
            yield listener.getsockname(), streams
        finally:
            loop.remove_reader(listener)
            for stream in streams:
                stream.close()


@looped
async def test_connect() -> None:
    async with tls_listener(server_context()) as (address, accepted):
        stream = SSLIOStream(socket.socket(), ssl_options=client_context())
        connected = stream.connect(address, server_hostname="localhost")
        assert not connected.done()
        early = stream.write(b"early")
        read = stream.read_bytes(5)
        assert await connected is stream
        await early
        (server,) = accepted
        assert await server.read_bytes(5) == b"early"
        await server.write(b"hello")
        assert await read == b"hello"
        assert await server.wait_for_handshake() is server
        assert await stream.wait_for_handshake() is stream
        assert stream.socket.version() == "TLSv1.3"
        stream.close()


@looped
async def test_a_server_may_read_and_write_before_the_handshake() -> None:
    async with tls_listener(server_context()) as (address, accepted):
        stream = SSLIOStream(socket.socket(), ssl_options={"cert_reqs": ssl.CERT_NONE})
        connected = stream.connect(address)
        while not accepted:
            await asyncio.sleep(0)
        (server,) = accepted
        receiver = Recorder()
        server.start_push(receiver)
        server.send(BIG)
        assert server.reading()
        assert server.writing()
        waiting = server.wait_for_handshake()
        with pytest.raises(RuntimeError, match="Already waiting"):
            server.wait_for_handshake()
        await connected
        assert await waiting is server
        assert await stream.read_bytes(len(BIG)) == BIG
        await stream.write(b"answer")
        await receiver.until_bytes(6)
        stream.close()


async def handshakes(
    server: ssl.SSLContext, client: ssl.SSLContext | None, name: str | None
) -> list[Any]:
    """How both sides' handshakes end."""
    ours, theirs = (IOStream(sock) for sock in socket_pair())
    with logged("tornado.general") as lines:
        results = await asyncio.gather(
            ours.start_tls(True, server),
            theirs.start_tls(False, client, server_hostname=name),
            return_exceptions=True,
        )
    for result in results:
        if isinstance(result, SSLIOStream):
            result.close()
    assert all(line.startswith("SSL Error on ") for line in lines)
    return list(results)


@looped
async def test_a_certificate_nobody_vouches_for() -> None:
    ours, theirs = await handshakes(server_context(), None, "localhost")
    assert isinstance(theirs, ssl.SSLCertVerificationError)
    assert isinstance(ours, ssl.SSLError)


@looped
async def test_a_certificate_for_another_name() -> None:
    _, theirs = await handshakes(server_context(), client_context(), "example.com")
    assert isinstance(theirs, ssl.SSLCertVerificationError)
    assert "example.com" in str(theirs)


@looped
async def test_no_common_version() -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    new = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    new.minimum_version = ssl.TLSVersion.TLSv1_3
    results = await handshakes(new, old, "localhost")
    assert all(isinstance(result, ssl.SSLError) for result in results)


@looped
async def test_tls_1_2() -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    ours, theirs = await handshakes(server_context(), client, None)
    assert isinstance(ours, SSLIOStream)
    assert isinstance(theirs, SSLIOStream)


@looped
async def test_plain_text_where_tls_is_expected() -> None:
    ours, theirs = (IOStream(sock) for sock in socket_pair())
    handshake = ours.start_tls(True, server_context())
    await theirs.write(b"GET / HTTP/1.1\r\n\r\n")
    with logged("tornado.general") as lines, pytest.raises(ssl.SSLError):
        await handshake
    assert len(lines) == 1
    theirs.close()


@looped
async def test_the_peer_goes_away_during_the_handshake() -> None:
    ours, theirs = (IOStream(sock) for sock in socket_pair())
    handshake = ours.start_tls(True, server_context())
    theirs.close()
    with logged("tornado.general") as lines, pytest.raises(ssl.SSLError):
        await handshake
    assert lines == []  # happens every day


@looped
async def test_a_refused_connection() -> None:
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        stream = SSLIOStream(socket.socket(), ssl_options=client_context())
        with pytest.raises(ConnectionRefusedError):
            await stream.connect(refusing.getsockname(), server_hostname="localhost")
        with pytest.raises(StreamClosedError):
            await stream.wait_for_handshake()


@looped
async def test_a_name_is_needed_to_compare() -> None:
    async with tls_listener(server_context()) as (address, _):
        stream = SSLIOStream(socket.socket(), ssl_options=client_context())
        with pytest.raises(ValueError, match="server_hostname"):
            await stream.connect(address)
        assert stream.closed()


@looped
async def test_closing_during_the_handshake() -> None:
    ours, theirs = (IOStream(sock) for sock in socket_pair())
    handshake = ours.start_tls(True, server_context())
    handshake.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handshake
    with pytest.raises(StreamClosedError):
        await theirs.read_bytes(1)  # the socket was closed with it


@looped
async def test_only_an_idle_stream_can_be_upgraded() -> None:
    async with stream_pair() as (server, client):
        read = server.read_bytes(1)
        with pytest.raises(ValueError, match="not idle"):
            server.start_tls(True, server_context())
        client.write(b"ab")
        await read
        with pytest.raises(ValueError, match="not idle"):
            server.start_tls(True, server_context())
        await server.read_bytes(1)
        server.start_push(Recorder())
        with pytest.raises(ValueError, match="not idle"):
            server.start_tls(True, server_context())
        server.stop_push()
        server.close()
        with pytest.raises(ValueError, match="not idle"):
            server.start_tls(True, server_context())


@looped
async def test_options_that_do_not_fit_leave_the_stream_as_it_was() -> None:
    async with stream_pair() as (server, client):
        with pytest.raises(ValueError, match="server_hostname"):
            client.start_tls(False, client_context())
        await client.write(b"still plain")
        assert await server.read_bytes(11) == b"still plain"


@looped
async def test_the_upgraded_stream_takes_over() -> None:
    async with stream_pair(max_buffer_size=50_000, max_write_buffer_size=70_000) as (plain, peer):
        closed = asyncio.Event()
        plain.set_close_callback(closed.set)
        plain.read_chunk_size = 1234
        server, client = await asyncio.gather(
            plain.start_tls(True, server_context()),
            peer.start_tls(False, client_context(), server_hostname="localhost"),
        )
        assert (server.max_buffer_size, server.read_chunk_size) == (50_000, 1234)
        assert server.max_write_buffer_size == 70_000
        assert plain.closed()
        assert plain.socket is None
        with pytest.raises(StreamClosedError):
            plain.write(b"x")
        assert not closed.is_set()
        client.close()
        await closed.wait()


@looped
async def test_the_end_is_marked_only_if_everything_was_sent() -> None:
    for complete in (True, False):
        ours, theirs = socket_pair()
        theirs.setblocking(True)
        handshake = IOStream(ours).start_tls(True, server_context())
        loop = asyncio.get_running_loop()

        def read_all(theirs: socket.socket = theirs) -> bytes:
            # An OpenSSL that minds the difference between an end and a cut.
            with client_context().wrap_socket(
                theirs, server_hostname="localhost", suppress_ragged_eofs=False
            ) as peer:
                data = b""
                while piece := peer.recv(100_000):
                    data += piece
                return data

        reading = loop.run_in_executor(None, read_all)
        server = await handshake
        server.send(b"everything")
        if not complete:
            server.send(BIG * 16)
            assert server.write_buffer_size
        server.close()
        if complete:
            assert await reading == b"everything"
        else:
            with pytest.raises(ssl.SSLEOFError):
                await reading


@looped
async def test_bytes_that_openssl_has_decrypted_wake_the_reader() -> None:
    async with stream_pair("tls") as (server, client):
        await client.write(b"abcdefgh")
        target = bytearray(3)
        assert await server.read_into(target) == 3
        assert server.socket.pending() == 5
        receiver = Recorder()
        server.start_push(receiver)
        await receiver.until_bytes(5)
        assert receiver.data == b"defgh"


@looped
async def test_a_write_that_openssl_could_not_finish_is_repeated_as_it_was() -> None:
    async with stream_pair("tls") as (server, client):
        sizes = [1, 100, 16384, 16385, 300_000, 5, 2_000_000, 7, 2048, 2049]
        data = b"".join(bytes([i]) * size for i, size in enumerate(sizes))
        for i, size in enumerate(sizes):
            server.write(bytes([i]) * size)
            server.write(BIG * 2)
        for i, size in enumerate(sizes):
            assert await client.read_bytes(size) == bytes([i]) * size
            assert await client.read_bytes(2 * len(BIG)) == BIG * 2
        assert not server.writing()
        assert len(data) == sum(sizes)


@looped
async def test_a_client_may_present_a_certificate() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("localhost").configure_cert(context)
    authority().configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    client = ssl.create_default_context()
    authority().configure_trust(client)
    ours, _ = await handshakes(context, client, "localhost")
    assert isinstance(ours, ssl.SSLError)
    authority().issue_cert("client").configure_cert(client)
    ours, _ = await handshakes(context, client, "localhost")
    assert isinstance(ours, SSLIOStream)


class Renegotiating(ssl.SSLSocket):
    """Says, as OpenSSL does in a renegotiation, that it must read before it can write."""

    must_read = False
    attempts = 0

    def send(self, data: Any, flags: int = 0) -> int:
        if self.must_read:
            self.attempts += 1
            raise ssl.SSLWantReadError
        return super().send(data, flags)


@pytest.mark.parametrize("face", ["push", "pull"])
@looped
async def test_a_write_that_must_read_first_waits_for_the_peer(face: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("localhost").configure_cert(context)
    context.sslsocket_class = Renegotiating
    ours, theirs = (IOStream(sock) for sock in socket_pair())
    server, client = await asyncio.gather(
        ours.start_tls(True, context),
        theirs.start_tls(False, client_context(), server_hostname="localhost"),
    )
    receiver = Recorder()
    if face == "push":
        server.start_push(receiver)
    server.socket.must_read = True
    server.send(b"held back")
    await asyncio.sleep(0.02)
    assert server.socket.attempts < 5  # no spinning
    assert server.write_buffer_size == 9
    server.socket.must_read = False
    await client.write(b"what it waits for")
    assert await client.read_bytes(9) == b"held back"
    if face == "push":
        await receiver.until_bytes(17)
    else:
        assert await server.read_bytes(17) == b"what it waits for"
    server.close()
    client.close()
