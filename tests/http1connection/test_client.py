"""A client's connection over a real socket, without the client that normally owns it."""

import asyncio
import socket

import pytest

from zonda._kernel import BadHead
from zonda.http1connection.client import HTTP1ClientConnection
from zonda.iostream import IOStream, StreamClosedError
from zonda.protocol.errors import Truncated
from zonda.protocol.limits import Limits


class Receiver:
    """Notes what it is told."""

    def __init__(self):
        self.told = []
        self.over = asyncio.Event()
        self.pending = None

    def response_received(self, head, content):
        self.told.append(("whole", head.status, content))
        self.over.set()

    def long_way(self):
        self.told.append(("long",))
        return self

    def informational_received(self, head):
        self.told.append(("interim", head.status))

    def head_received(self, head):
        self.told.append(("head", head.status))

    def data_received(self, chunk):
        self.told.append(("data", chunk))
        return self.pending

    def response_complete(self):
        self.told.append(("complete",))
        self.over.set()

    def exchange_failed(self, error):
        self.told.append(("failed", type(error)))
        self.over.set()

    def writable(self):
        self.told.append(("writable",))


@pytest.fixture
def pair():
    return Pair()


class Pair:
    """A connection and the server's plain socket."""

    limits = Limits()

    async def __aenter__(self):
        ours, self.peer = socket.socketpair()
        self.peer.setblocking(False)
        self.connection = HTTP1ClientConnection(IOStream(ours), self.limits)
        self.connection.start()
        return self

    async def __aexit__(self, *exc):
        self.connection.close()
        self.peer.close()
        await asyncio.sleep(0)

    def ask(self, method="GET", length=-1, body=b""):
        receiver = Receiver()
        line = f"{method} / HTTP/1.1\r\n".encode()
        self.connection.send_request(receiver, method, line, b"", [("Host", "a")], length, body)
        return receiver

    def ask_shortly(self):
        receiver = Receiver()
        self.connection.ask(receiver, "GET", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        return receiver

    async def receive(self):
        return await asyncio.get_running_loop().sock_recv(self.peer, 65536)

    async def play(self, data, receiver):
        self.peer.sendall(data)
        await asyncio.wait_for(receiver.over.wait(), 10)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def test_two_exchanges(pair):
    async with pair:
        for number in (1, 2):
            receiver = pair.ask()
            assert await pair.receive() == b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            await pair.play(OK, receiver)
            assert receiver.told == [("head", 200), ("data", b"ok"), ("complete",)]
            assert pair.connection.used == number
        assert not pair.connection.lost


async def test_interim_responses(pair):
    async with pair:
        receiver = pair.ask()
        await pair.play(b"HTTP/1.1 103 Early\r\n\r\n" + OK, receiver)
        assert receiver.told[:2] == [("interim", 103), ("head", 200)]


async def test_bytes_that_nobody_asked_for(pair):
    async with pair:
        lost = asyncio.Event()
        pair.connection.on_lost = lambda connection: lost.set()
        pair.peer.sendall(b"HTTP/1.1 408 Timeout\r\n\r\n")
        await asyncio.wait_for(lost.wait(), 10)
        assert pair.connection.lost


async def test_eof_between_exchanges(pair):
    async with pair:
        lost = asyncio.Event()
        pair.connection.on_lost = lambda connection: lost.set()
        pair.peer.close()
        await asyncio.wait_for(lost.wait(), 10)


@pytest.mark.parametrize(
    ("data", "silent", "error"),
    [(b"", True, StreamClosedError), (b"HTTP/1.1 200", False, Truncated)],
)
async def test_eof_during_an_exchange(pair, data, silent, error):
    async with pair:
        receiver = pair.ask()
        await pair.receive()
        pair.peer.sendall(data)
        pair.peer.shutdown(socket.SHUT_WR)
        await asyncio.wait_for(receiver.over.wait(), 10)
        assert receiver.told == [("failed", error)]
        assert pair.connection.silent == silent
        assert pair.connection.lost


async def test_stale(pair):
    async with pair:
        assert not pair.connection.stale()
        pair.peer.close()
        assert pair.connection.stale()


async def test_back_pressure(pair):
    async with pair:
        receiver = pair.ask()
        receiver.pending = asyncio.get_running_loop().create_future()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(pair.peer, head + bytes(1000))
        while len(receiver.told) < 2:
            await asyncio.sleep(0)
        pending, receiver.pending = receiver.pending, None
        sending = asyncio.create_task(
            asyncio.get_running_loop().sock_sendall(pair.peer, bytes(199000))
        )
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(receiver.told) == 2  # nothing more is read
        pending.set_result(None)
        await asyncio.wait_for(receiver.over.wait(), 10)
        await sending
        assert sum(len(told[1]) for told in receiver.told if told[0] == "data") == 200000


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_receiver_that_fails_later(pair, cancelled):
    async with pair:
        receiver = pair.ask()
        receiver.pending = asyncio.get_running_loop().create_future()
        pair.peer.sendall(OK)
        while len(receiver.told) < 2:
            await asyncio.sleep(0)
        if cancelled:
            receiver.pending.cancel()
        else:
            receiver.pending.set_exception(ValueError())
        await asyncio.wait_for(receiver.over.wait(), 10)
        error = asyncio.CancelledError if cancelled else ValueError
        assert receiver.told[-1] == ("failed", error)
        assert pair.connection.lost


async def test_writable(pair):
    async with pair:
        receiver = pair.ask("PUT", None, None)
        while pair.connection.send_data(bytes(65536)):
            pass
        assert ("writable",) not in receiver.told
        while ("writable",) not in receiver.told:
            await pair.receive()
        pair.connection.end_request()


async def test_abandon(pair):
    async with pair:
        receiver = pair.ask()
        pair.connection.abandon()
        await asyncio.sleep(0)
        assert receiver.told == []
        assert pair.connection.lost


async def test_a_field_that_cannot_be_sent(pair):
    async with pair:
        with pytest.raises(ValueError):
            pair.connection.send_request(
                Receiver(), "GET", b"GET / HTTP/1.1\r\n", b"", [("X", "\n")], -1, b""
            )
        receiver = pair.ask()  # nothing of it went out
        assert await pair.receive() == b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        await pair.play(OK, receiver)
        assert receiver.told[-1] == ("complete",)


async def test_the_short_way(pair):
    async with pair:
        for number in (1, 2):
            asker = pair.ask_shortly()
            assert await pair.receive() == b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
            assert not pair.connection.sending
            await pair.play(OK, asker)
            assert asker.told == [("whole", 200, b"ok")]
            assert pair.connection.asker is pair.connection.receiver is None
            assert not pair.connection.lost
            assert pair.connection.used == number


async def test_both_ways_on_one_connection(pair):
    async with pair:
        for _ in range(2):
            asker = pair.ask_shortly()
            await pair.play(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", asker)
            assert asker.told == [("long",), ("head", 404), ("data", b"no"), ("complete",)]
            asker = pair.ask_shortly()
            await pair.play(OK, asker)
            assert asker.told == [("whole", 200, b"ok")]
            receiver = pair.ask()
            await pair.play(OK, receiver)
            assert receiver.told == [("head", 200), ("data", b"ok"), ("complete",)]
        assert not pair.connection.lost


@pytest.mark.parametrize(
    ("data", "fit"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nok", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", False),
        (b"HTTP/1.1 103 Hints\r\n\r\n" + OK, True),
        (OK + b"surplus", False),
    ],
)
async def test_a_response_that_is_not_simple_goes_the_long_way(pair, data, fit):
    async with pair:
        asker = pair.ask_shortly()
        await pair.play(data, asker)
        assert asker.told[0] == ("long",)
        assert asker.told[-2:] == [("data", b"ok"), ("complete",)]
        assert pair.connection.lost is not fit


async def test_a_response_in_pieces_goes_the_long_way(pair):
    async with pair:
        asker = pair.ask_shortly()
        pair.peer.sendall(OK[:-1])
        while len(asker.told) < 3:
            await asyncio.sleep(0)
        await pair.play(OK[-1:], asker)
        assert asker.told == [
            ("long",),
            ("head", 200),
            ("data", b"o"),
            ("data", b"k"),
            ("complete",),
        ]


async def test_a_large_response_goes_the_long_way(pair):
    pair.limits = Limits(max_body_size=1)
    async with pair:
        asker = pair.ask_shortly()
        await pair.play(OK, asker)
        assert asker.told[0] == ("long",)


async def test_a_broken_response_goes_the_long_way(pair):
    async with pair:
        asker = pair.ask_shortly()
        await pair.play(b"HTTP/1.1 2x0 OK\r\n\r\n", asker)
        assert asker.told == [("long",), ("failed", BadHead)]
        assert pair.connection.lost


@pytest.mark.parametrize("end", ["ours", "theirs"])
async def test_a_lost_connection_goes_the_long_way(pair, end):
    async with pair:
        asker = pair.ask_shortly()
        if end == "ours":
            pair.connection.stream.close()
        else:
            await pair.receive()  # else it would be reset
            pair.peer.close()
        await asyncio.wait_for(asker.over.wait(), 10)
        assert asker.told == [("long",), ("failed", StreamClosedError)]
        assert pair.connection.silent


async def test_the_short_way_given_up(pair):
    async with pair:
        asker = pair.ask_shortly()
        pair.connection.abandon()
        await asyncio.sleep(0)
        assert asker.told == []
