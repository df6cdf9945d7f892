"""Accepting: bursts, removal, and having no descriptors left."""

import asyncio
import socket
from typing import Any

from tests.iostream.peers import logged, looped, no_descriptors_left, turns
from zonda.netutil import add_accept_handler, bind_sockets


def listener() -> socket.socket:
    (sock,) = bind_sockets(0, "127.0.0.1")
    return sock


class Accepted:
    """Remembers connections."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.addresses: list[Any] = []
        self.news = asyncio.Event()

    def __call__(self, connection: socket.socket, address: Any) -> None:
        self.sockets.append(connection)
        self.addresses.append(address)
        self.news.set()

    async def until(self, number: int) -> None:
        while len(self.sockets) < number:
            self.news.clear()
            await self.news.wait()

    def close(self) -> None:
        for sock in self.sockets:
            sock.close()


@looped
async def test_a_burst_is_accepted_in_one_turn() -> None:
    accepted = Accepted()
    with listener() as sock:
        remove = add_accept_handler(sock, accepted)
        clients = [socket.create_connection(sock.getsockname()) for _ in range(20)]
        await turns(2)
        assert accepted.addresses == [client.getsockname() for client in clients]
        remove()
        accepted.close()
        for client in clients:
            client.close()


@looped
async def test_nothing_is_accepted_after_removal() -> None:
    accepted = Accepted()
    with listener() as sock:
        remove = add_accept_handler(sock, accepted)
        client = socket.create_connection(sock.getsockname())
        remove()
        remove()
        await turns()
        assert not accepted.sockets
        client.close()


@looped
async def test_removal_by_the_callback_stops_the_burst() -> None:
    accepted = Accepted()
    with listener() as sock:

        def only_one(connection: socket.socket, address: Any) -> None:
            accepted(connection, address)
            remove()

        remove = add_accept_handler(sock, only_one)
        clients = [socket.create_connection(sock.getsockname()) for _ in range(3)]
        await turns()
        assert len(accepted.sockets) == 1
        accepted.close()
        for client in clients:
            client.close()


@looped
async def test_a_blocking_listener_does_not_block() -> None:
    accepted = Accepted()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        remove = add_accept_handler(sock, accepted)
        with socket.create_connection(sock.getsockname()):
            await accepted.until(1)
        remove()
        accepted.close()


@looped
async def test_a_connection_that_was_reset_meanwhile_does_no_harm() -> None:
    accepted = Accepted()
    with listener() as sock:
        remove = add_accept_handler(sock, accepted)
        client = socket.create_connection(sock.getsockname())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        with socket.create_connection(sock.getsockname()) as client:
            while client.getsockname() not in accepted.addresses:
                await turns(1)
        remove()
        accepted.close()


@looped
async def test_without_descriptors_the_listener_rests_and_then_goes_on() -> None:
    accepted = Accepted()
    with listener() as sock, logged("tornado.application") as lines:
        remove = add_accept_handler(sock, accepted)
        first = socket.create_connection(sock.getsockname())
        await accepted.until(1)
        clients = [socket.create_connection(sock.getsockname()) for _ in range(3)]
        with no_descriptors_left():
            await turns(20)
            assert len(accepted.sockets) == 1
            assert len(lines) == 1
            assert "ulimit -n" in lines[0]
            # Connections that are open go on.
            first.send(b"still there")
            assert accepted.sockets[0].recv(11) == b"still there"
        await accepted.until(4)
        assert len(lines) == 1
        remove()
        accepted.close()
        for client in (first, *clients):
            client.close()


@looped
async def test_a_resting_listener_can_be_removed() -> None:
    import zonda.netutil.accept as accept

    accept._last_logged = 0.0
    accepted = Accepted()
    with listener() as sock, logged("tornado.application") as lines:
        remove = add_accept_handler(sock, accepted)
        client = socket.create_connection(sock.getsockname())
        with no_descriptors_left():
            await turns(20)
        assert lines
        remove()
        await asyncio.sleep(1.1)
        assert not accepted.sockets
        client.close()
