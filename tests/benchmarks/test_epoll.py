"""The floor must answer like everybody else, or its figure means nothing."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.budgets.workloads import request_bytes
from benchmarks.environment import compile_epoll
from benchmarks.peers import FLOOR, SERVERS
from benchmarks.processes import HOST, Server
from benchmarks.rows import ROWS
from benchmarks.validate import validate

pytestmark = pytest.mark.skipif(
    not shutil.which("cc") or not shutil.which("taskset"), reason="needs cc and taskset"
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    out: Path = tmp_path_factory.mktemp("epoll")
    core = min(os.sched_getaffinity(0))
    with Server([str(compile_epoll(out)), "PORT"], log=out / "log", core=core) as server:
        yield server.port


FLOOR_PEER = next(peer for peer in SERVERS if peer.name == FLOOR)


@pytest.mark.parametrize(
    "name", [row for row in ROWS if row not in FLOOR_PEER.lacks and not ROWS[row].tls]
)
def test_it_answers_its_rows(port: int, name: str) -> None:
    validate(port, ROWS[name], full_handler=False)


@pytest.mark.parametrize("name", ["plaintext", "post"])
def test_it_waits_for_the_whole_request(port: int, name: str) -> None:
    request = request_bytes(ROWS[name])
    with socket.create_connection((HOST, port), timeout=10) as connection:
        for half in (request[: len(request) // 2], request[len(request) // 2 :]):
            connection.sendall(half)
        assert ROWS[name].answers(read_one(connection))


def test_it_answers_pipelined_requests(port: int) -> None:
    with socket.create_connection((HOST, port), timeout=10) as connection:
        connection.sendall(request_bytes(ROWS["plaintext"]) + request_bytes(ROWS["path"]))
        stream = connection.makefile("rb")
        with stream:
            bodies = []
            for _ in range(2):
                while stream.readline() != b"\r\n":
                    pass
                bodies.append(stream.read(13))
    assert bodies == [b"Hello, World!", b"user 42: name"]


def read_one(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    size = int(head.lower().rpartition(b"content-length:")[2])
    while len(body) < size:
        body += connection.recv(65536)
    return body
