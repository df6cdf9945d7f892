"""One system call on a file descriptor; both twins, on real sockets and pipes."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    with left, right:
        yield left, right


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    yield reader, writer
    os.close(reader)
    os.close(writer)


def test_receive(kernel: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    assert kernel.recv_some(left.fileno(), 10) is None
    right.send(b"hello, world")
    assert kernel.recv_some(left.fileno(), 5) == b"hello"
    assert kernel.recv_some(left.fileno(), 10**9) == b", world"
    assert kernel.recv_some(left.fileno(), 10) is None
    right.close()
    assert kernel.recv_some(left.fileno(), 10) == b""


def test_receive_at_most_64_kib(kernel: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    sent = right.send(b"x" * 200_000)
    assert sent > 65536
    got = b""
    while (piece := kernel.recv_some(left.fileno(), 10**6)) is not None:
        assert 0 < len(piece) <= 65536
        got += piece
    assert got == b"x" * sent


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_send(kernel: Any, pair: tuple[socket.socket, socket.socket], kind: Any) -> None:
    left, right = pair
    assert kernel.send_some(left.fileno(), kind(b"hello")) == 5
    assert right.recv(10) == b"hello"


def test_send_until_it_would_block(kernel: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    data = b"x" * 100_000
    total = 0
    while (sent := kernel.send_some(left.fileno(), data)) > 0:
        total += sent
    assert sent == 0
    while total:
        total -= len(right.recv(10**6))
    assert kernel.send_some(left.fileno(), data) > 0


def test_the_other_end_is_gone(kernel: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    right.close()
    with pytest.raises(BrokenPipeError):
        kernel.send_some(left.fileno(), b"hello")


def test_reset(kernel: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        peer, _ = server.accept()
        with peer:
            peer.send(b"unread data makes the close a reset")
            client.recv(1, socket.MSG_PEEK)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
            with pytest.raises(ConnectionResetError):
                kernel.recv_some(peer.fileno(), 10)


def test_pipes(kernel: Any, pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    assert kernel.recv_some(reader, 10) is None
    assert kernel.send_some(writer, b"hello") == 5
    assert kernel.recv_some(reader, 10) == b"hello"
    while kernel.send_some(writer, b"x" * 65536):
        pass


def test_bad_descriptors(kernel: Any) -> None:
    for call in (lambda: kernel.recv_some(-1, 10), lambda: kernel.send_some(-1, b"x")):
        with pytest.raises(OSError) as caught:
            call()
        assert caught.value.errno == 9


def test_senseless_limits(kernel: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    for limit in (0, -1):
        with pytest.raises(ValueError, match="limit must be positive"):
            kernel.recv_some(pair[0].fileno(), limit)


def test_wrong_types(kernel: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    for wrong in (None, "text", 5):
        with pytest.raises(TypeError):
            kernel.send_some(pair[0].fileno(), wrong)
