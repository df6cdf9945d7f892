"""The server that clients fetch from: what it answers, and that its clients check that."""

import http.client
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.client_rounds import CERTIFICATE, FLIGHTS, KEY
from benchmarks.clients import harness
from benchmarks.environment import compile_origin
from benchmarks.peers import CLIENTS
from benchmarks.processes import HOST, ROOT, Server

pytestmark = pytest.mark.skipif(
    not shutil.which("cc") or not shutil.which("taskset"), reason="needs cc and taskset"
)


@pytest.fixture(scope="module", params=["http", "https"])
def port(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    out: Path = tmp_path_factory.mktemp("origin")
    command = [str(compile_origin(out)), "PORT"]
    if request.param == "https":
        include = ["cc", "-E", "-include", "openssl/ssl.h", "-x", "c", os.devnull]
        if subprocess.run(include, capture_output=True, check=False).returncode:
            pytest.skip("needs libssl-dev")
        command += [str(CERTIFICATE), str(KEY)]
    with Server(command, log=out / "log", core=min(os.sched_getaffinity(0))) as server:
        yield request.param, server.port


@pytest.fixture
def connection(port: tuple[str, int]) -> Iterator[http.client.HTTPConnection]:
    scheme, number = port
    connection = (
        http.client.HTTPConnection(HOST, number, timeout=20)
        if scheme == "http"
        else http.client.HTTPSConnection(
            HOST, number, timeout=20, context=ssl.create_default_context(cafile=str(CERTIFICATE))
        )
    )
    yield connection
    connection.close()


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, *rest: object, **more: object
) -> bytes:
    connection.request(method, path, *rest, **more)
    response = connection.getresponse()
    assert response.status == 200
    return response.read()


def test_little_things_over_one_connection(connection: http.client.HTTPConnection) -> None:
    for body in (b"{}", b'{"a": 1}' * 500):
        assert ask(connection, "GET", "/") == harness.BODY
        assert ask(connection, "POST", "/echo", body) == body
        assert connection.sock is not None


def test_a_cold_fetch_closes_the_connection(connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "GET", "/cold") == harness.BODY
    assert connection.sock is None


def test_much_is_sent(connection: http.client.HTTPConnection) -> None:
    assert len(ask(connection, "GET", "/down")) == harness.LARGE
    assert ask(connection, "GET", "/") == harness.BODY


@pytest.mark.parametrize("pieces", [1, 7, 4000])
def test_much_is_counted(connection: http.client.HTTPConnection, pieces: int) -> None:
    size = 1_000_000 // pieces
    body = [b"x" * size] * pieces
    total = str(size * pieces).encode()
    assert ask(connection, "PUT", "/up", b"".join(body)) == total
    assert ask(connection, "PUT", "/up", iter(body), encode_chunked=True) == total
    assert ask(connection, "GET", "/") == harness.BODY


#: Paths that answer something else than a kind of fetch expects.
WRONG = {"get": "/down", "post": "/", "down": "/"}


def test_clients_check_what_they_get(tmp_path: Path) -> None:
    """Our own client does every kind of fetch, and stops at a wrong answer."""
    assert {flight.kind for flight in FLIGHTS.values()} == set(harness.CHECKS)
    (ours,) = [peer for peer in CLIENTS if peer.name == "zonda-asyncio"]
    command = [str(compile_origin(tmp_path)), "PORT"]
    core = min(os.sched_getaffinity(0))
    with Server(command, log=tmp_path / "log", core=core) as server:
        for kind, path in {f.kind: f.path for f in FLIGHTS.values() if not f.tls}.items():
            right = fetch(ours.program, kind, server.url + path)
            assert right.returncode == 0, right.stderr
        for kind, path in WRONG.items():
            wrong = fetch(ours.program, kind, server.url + path)
            assert wrong.returncode == 1
            assert "gave" in wrong.stderr or "JSONDecodeError" in wrong.stderr


def fetch(program: tuple[str, ...], kind: str, url: str) -> subprocess.CompletedProcess[str]:
    module, *arguments = program
    return subprocess.run(
        [sys.executable, "-m", f"benchmarks.clients.{module}", kind, url, "2", "0.1", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        timeout=60,
        check=False,
    )
