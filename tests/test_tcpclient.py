"""Connections by name: resolving, racing, sources, time-outs, TLS."""

import asyncio
import contextlib
import datetime
import gc
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.iostream.peers import client_context, logged, looped, server_context, socket_pair
from zonda.iostream import IOStream, SSLIOStream, StreamClosedError
from zonda.netutil import Resolver, is_public_address
from zonda.tcpclient import TCPClient, _Connector, _format_addr
from zonda.tcpserver import TCPServer

V4, V6 = socket.AF_INET, socket.AF_INET6


class Hello(TCPServer):
    """Greets, and keeps the streams."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.addresses: list[Any] = []
        self.streams: list[IOStream] = []

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        self.addresses.append(address)
        self.streams.append(stream)
        stream.write(b"hello")


@contextlib.asynccontextmanager
async def server(**kwargs: Any) -> AsyncIterator[tuple[Hello, int]]:
    it = Hello(**kwargs)
    it.listen(0, "127.0.0.1")
    (sock,) = it._sockets.values()
    try:
        yield it, sock.getsockname()[1]
    finally:
        it.stop()
        for stream in it.streams:
            stream.close()


class Fixed(Resolver):
    """Every name has these addresses."""

    def initialize(self, addresses: list[tuple[int, Any]]) -> None:
        self.addresses = addresses
        self.closed = False

    async def resolve(self, host: str, port: int, family: int = 0) -> list[tuple[int, Any]]:
        return [it for it in self.addresses if family in (0, it[0])]

    def close(self) -> None:
        self.closed = True


class Slow(Resolver):
    async def resolve(self, host: str, port: int, family: int = 0) -> list[tuple[int, Any]]:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@looped
async def test_connect(host: str) -> None:
    async with server() as (_, port):
        stream = await TCPClient().connect(host, port, af=V4, max_buffer_size=123_456)
        assert type(stream) is IOStream
        assert await stream.read_bytes(5) == b"hello"
        assert stream.max_buffer_size == 123_456
        stream.close()


@looped
async def test_tls() -> None:
    async with server(ssl_options=server_context()) as (_, port):
        stream = await TCPClient().connect("localhost", port, V4, ssl_options=client_context())
        assert isinstance(stream, SSLIOStream)
        assert await stream.read_bytes(5) == b"hello"
        stream.close()
        lax = {"cert_reqs": ssl.CERT_NONE}
        stream = await TCPClient().connect("127.0.0.1", port, ssl_options=lax)
        assert await stream.read_bytes(5) == b"hello"
        stream.close()
        with logged("tornado.general"), pytest.raises(ssl.SSLCertVerificationError):
            await TCPClient().connect("localhost", port, V4, ssl_options={})


@looped
async def test_options_that_cannot_be_used_close_the_connection() -> None:
    async with server() as (it, port):
        with pytest.raises(FileNotFoundError):
            await TCPClient().connect("127.0.0.1", port, ssl_options={"ca_certs": "/nowhere"})
        while not it.streams:
            await asyncio.sleep(0)
        with pytest.raises(StreamClosedError):
            await it.streams[0].read_bytes(1)


def refusing_port() -> tuple[socket.socket, int]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock, sock.getsockname()[1]


@looped
async def test_nobody_listens() -> None:
    sock, port = refusing_port()
    with sock, pytest.raises(StreamClosedError) as caught:
        await TCPClient().connect("127.0.0.1", port)
    assert isinstance(caught.value.real_error, ConnectionRefusedError)
    assert caught.value.__notes__ == [f"while connecting to 127.0.0.1:{port}"]


@looped
async def test_a_name_without_address() -> None:
    with pytest.raises(OSError):
        await TCPClient().connect("does-not-exist.invalid", 80)
    with pytest.raises(OSError, match="no address"):
        await TCPClient(Fixed([])).connect("host", 80)


@looped
async def test_an_address_that_refuses_gives_way_to_the_next() -> None:
    sock, refused = refusing_port()
    async with server() as (_, port):
        with sock:
            resolver = Fixed(
                [(V4, ("127.0.0.1", refused)), (V6, ("::1", 1, 0, 0)), (V4, ("127.0.0.1", port))]
            )
            stream = await TCPClient(resolver).connect("host", 80)
            assert stream.socket.getpeername()[1] == port
            stream.close()


@contextlib.contextmanager
def black_hole() -> Any:
    """An address that neither answers nor refuses: its backlog is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
            fillers.append(filler)
        yield listener.getsockname()
        for filler in fillers:
            filler.close()


@looped
async def test_an_address_that_does_not_answer_is_overtaken() -> None:
    async with server() as (_, port):
        with black_hole() as hole:
            resolver = Fixed([(V4, hole), (V4, ("127.0.0.1", port))])
            client = TCPClient(resolver)
            begun: list[IOStream] = []
            create = client._create_stream

            def spy(*args: Any, **kwargs: Any) -> Any:
                stream, future = create(*args, **kwargs)
                begun.append(stream)
                return stream, future

            client._create_stream = spy  # type: ignore[method-assign]
            stream = await client.connect("host", 80)
            assert stream.socket.getpeername()[1] == port
            assert [it.closed() for it in begun] == [True, False]
            stream.close()


@pytest.mark.parametrize("timeout", [0.05, datetime.timedelta(seconds=0.05), 0, -1])
@looped
async def test_a_time_out_while_connecting(timeout: Any) -> None:
    with black_hole() as (host, port):
        with pytest.raises(TimeoutError) as caught:
            await TCPClient().connect(host, port, timeout=timeout)
        if timeout not in (0, -1):
            assert str(caught.value) == f"Timeout while connecting to {host}:{port}"
    gc.collect()  # an unclosed socket would warn


@looped
async def test_a_time_out_while_resolving() -> None:
    with pytest.raises(TimeoutError, match=r"^Timeout while resolving example\.com$"):
        await TCPClient(Slow()).connect("example.com", 80, timeout=0.05)


@looped
async def test_a_time_out_in_the_handshake_closes_the_connection() -> None:
    async with server() as (it, port):
        it.handle_stream = lambda stream, address: it.streams.append(stream)  # type: ignore[method-assign]
        with pytest.raises(TimeoutError, match=f"during TLS handshake with 127.0.0.1:{port}"):
            await TCPClient().connect("localhost", port, V4, client_context(), timeout=1.0)
        await it.streams[0].read_until_close()


@looped
async def test_cancelling_closes_the_connection() -> None:
    with black_hole() as (host, port):
        for addresses in (1, 2):
            client = TCPClient(Fixed([(V4, (host, port))] * addresses))
            task = asyncio.create_task(client.connect("host", 80))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    gc.collect()


@looped
async def test_a_wrong_time_out() -> None:
    with pytest.raises(TypeError, match="Unsupported timeout 'soon'"):
        await TCPClient().connect("127.0.0.1", 80, timeout="soon")  # type: ignore[arg-type]


@looped
async def test_the_source() -> None:
    async with server() as (_, port):
        client = TCPClient()
        stream = await client.connect("127.0.0.1", port, source_ip="127.0.0.2")
        assert stream.socket.getsockname()[0] == "127.0.0.2"
        stream.close()
        sock, free = refusing_port()
        sock.close()
        stream = await client.connect("127.0.0.1", port, source_port=free)
        assert stream.socket.getsockname() == ("127.0.0.1", free)
        stream.close()
        for wrong in ("8.8.8.8", "::1"):
            with pytest.raises(OSError):
                await client.connect("127.0.0.1", port, source_ip=wrong)
        taken, used = refusing_port()
        with taken, pytest.raises(OSError, match="in use"):
            await client.connect("127.0.0.1", port, source_ip="127.0.0.1", source_port=used)


@looped
async def test_only_ones_own_resolver_is_closed() -> None:
    resolver = Fixed([])
    TCPClient(resolver).close()
    assert not resolver.closed
    client = TCPClient()
    client.close()


def test_families_take_turns() -> None:
    v4 = [(V4, n) for n in range(3)]
    v6 = [(V6, n) for n in range(2)]
    assert _Connector.split(v6 + v4) == (v6, v4)
    assert list(_Connector.interleave(v6 + v4)) == [v6[0], v4[0], v6[1], v4[1], v4[2]]
    assert list(_Connector.interleave(v4)) == v4
    assert list(_Connector.interleave([])) == []


class Course:
    """Where a race is run: addresses are numbers, attempts end when the test says so."""

    def __init__(self) -> None:
        self.futures: dict[int, asyncio.Future[IOStream]] = {}
        self.streams: dict[int, IOStream] = {}
        self.others: list[socket.socket] = []
        self.unusable: set[int] = set()
        self.begun: asyncio.Queue[int] = asyncio.Queue()

    def connect(self, family: int, address: int) -> Any:
        if address in self.unusable:
            raise OSError(f"no way to {address}")
        ours, other = socket_pair()
        self.others.append(other)
        self.streams[address] = IOStream(ours)
        self.futures[address] = asyncio.Future()
        self.begun.put_nowait(address)
        return self.streams[address], self.futures[address]

    def win(self, address: int) -> None:
        self.futures[address].set_result(self.streams[address])

    def fail(self, address: int) -> None:
        self.futures[address].set_exception(ConnectionRefusedError(address))

    def open(self) -> list[int]:
        return [address for address, stream in self.streams.items() if not stream.closed()]


@pytest.fixture
def course() -> Iterator[Course]:
    it = Course()
    yield it
    for end in (*it.streams.values(), *it.others):
        end.close()


MIXED = [(V6, 0), (V6, 1), (V4, 2), (V4, 3)]


@looped
async def test_each_delay_brings_the_next_address_the_families_by_turns(course: Course) -> None:
    race = _Connector(MIXED, course.connect).start(timeout=0)
    assert [await course.begun.get() for _ in MIXED] == [0, 2, 1, 3]
    course.win(1)
    assert await race == (V6, 1, course.streams[1])
    assert course.open() == [1]


@looped
async def test_a_failure_brings_the_next_of_its_family_and_the_other_one_in(
    course: Course,
) -> None:
    race = _Connector(MIXED, course.connect).start()
    assert course.open() == [0]
    course.fail(0)
    assert {await course.begun.get() for _ in range(3)} == {0, 1, 2}
    course.fail(2)
    await course.begun.get()
    assert course.open() == [1, 3]
    course.futures[1].cancel()
    course.fail(3)
    with pytest.raises(ConnectionRefusedError):
        await race
    assert course.open() == []


@looped
async def test_addresses_that_cannot_even_be_tried(course: Course) -> None:
    course.unusable = {0, 1, 3}
    race = _Connector(MIXED, course.connect).start()
    assert course.open() == [2]
    course.fail(2)
    with pytest.raises(OSError, match="no way to 3") as caught:
        await race
    assert caught.value.__notes__ == ["while connecting to 3"]


@looped
async def test_an_error_that_is_no_failure_of_an_address_ends_the_race(course: Course) -> None:
    def connect(family: int, address: int) -> Any:
        if address == 2:
            raise TypeError("what is this?")
        return course.connect(family, address)

    with pytest.raises(TypeError, match="what is this"):
        await _Connector(MIXED, connect).start(timeout=0)
    assert course.open() == []


@looped
async def test_a_time_out_names_what_was_being_tried(course: Course) -> None:
    connector = _Connector(MIXED, course.connect)
    race = connector.start()
    course.fail(0)
    while len(course.streams) < 3:
        await course.begun.get()
    connector.on_connect_timeout()
    with pytest.raises(TimeoutError, match=r"^Timeout while connecting to 1, 2$"):
        await race
    assert course.open() == []
    course.win(1)  # too late
    await asyncio.sleep(0)
    assert course.open() == []


@looped
async def test_the_loser_of_a_close_race_is_closed(course: Course) -> None:
    race = _Connector(MIXED[:2], course.connect).start(timeout=0)
    assert [await course.begun.get() for _ in range(2)] == [0, 1]
    course.win(0)
    course.win(1)
    assert await race == (V6, 0, course.streams[0])
    assert course.open() == [0]


@looped
async def test_a_stream_is_closed_that_wins_while_its_owner_is_cancelled(course: Course) -> None:
    for outcome in (course.win, course.fail):
        task = asyncio.create_task(_Connector([(V4, 0)], course.connect).run())
        await course.begun.get()
        outcome(0)
        await asyncio.sleep(0)  # the race is over; its owner has not noticed
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert course.open() == []
    gc.collect()  # an exception that nobody looked at would be reported


@looped
async def test_a_race_that_is_called_off(course: Course) -> None:
    connector = _Connector(MIXED, course.connect)
    race = connector.start()
    connector.on_timeout()
    assert course.open() == [0, 2]
    course.win(2)
    race.cancel()
    await asyncio.sleep(0)
    assert course.open() == []
    assert race.cancelled()


@pytest.mark.parametrize(
    ("address", "text"),
    [(("1.2.3.4", 80), "1.2.3.4:80"), (("::1", 80, 0, 0), "[::1]:80"), ("/tmp/s", "/tmp/s")],
)
def test_addresses_as_people_write_them(address: Any, text: str) -> None:
    assert _format_addr(address) == text


# ------------------------------------------------------------------- interfaces and filters


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the option")
@looped
async def test_an_interface_by_name() -> None:
    async with server() as (_, port):
        stream = await TCPClient().connect("127.0.0.1", port, interface="lo")
        bound = stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
        assert bound.rstrip(b"\0") == b"lo"
        stream.close()
        with pytest.raises(OSError):
            await TCPClient().connect("127.0.0.1", port, interface="nothing0")


@looped
async def test_only_what_the_filter_allows_is_connected_to() -> None:
    asked = []

    def allows(address: str, port: int) -> bool:
        asked.append((address, port))
        return address == "127.0.0.1"

    async with server() as (it, port):
        found = [(V4, ("127.0.0.2", port)), (V4, ("127.0.0.1", port)), (V4, ("127.0.0.3", port))]
        client = TCPClient(Fixed(found))
        stream = await client.connect("a.example", port, address_filter=allows)
        assert stream.socket.getpeername() == ("127.0.0.1", port)
        assert asked == [("127.0.0.2", port), ("127.0.0.1", port), ("127.0.0.3", port)]
        stream.close()
        assert len(it.addresses) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433"])
@looped
async def test_no_way_of_writing_an_address_gets_past_the_filter(host: str) -> None:
    async with server() as (it, port):
        with pytest.raises(PermissionError, match=f"address_filter refuses {host}: .*127.0.0.1"):
            await TCPClient().connect(host, port, address_filter=is_public_address, af=V4)
        assert it.addresses == []


@looped
async def test_an_error_of_the_filter_is_the_callers() -> None:
    def broken(address: str, port: int) -> bool:
        raise LookupError(address)

    with pytest.raises(LookupError):
        await TCPClient().connect("127.0.0.1", 1, address_filter=broken)
