"""The rows, asked of our own program."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import servers
from benchmarks.materials import CERTIFICATE, KEY, make_files
from benchmarks.peers import SERVERS
from benchmarks.rows import ROWS
from benchmarks.servers import tornado_handlers
from benchmarks.validate import validate
from zonda.httpserver import HTTPServer
from zonda.testing import bind_unused_port


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], int]]:
    monkeypatch.setattr(tornado_handlers, "STATIC", make_files(tmp_path))
    ends: list[tuple[Callable[[], object], threading.Thread]] = []

    def start(tls: bool) -> int:
        ready = threading.Event()
        ports: list[int] = []
        over: list[Callable[[], object]] = []

        async def main() -> None:
            sock, port = bind_unused_port()
            server = HTTPServer(
                tornado_handlers.application("zonda"),
                ssl_options=servers.tls_context() if tls else None,
            )
            server.add_socket(sock)
            ports.append(port)
            event = asyncio.Event()
            loop = asyncio.get_running_loop()
            over.append(lambda: loop.call_soon_threadsafe(event.set))
            ready.set()
            await event.wait()
            server.stop()
            await server.close_all_connections()

        thread = threading.Thread(target=lambda: asyncio.run(main()))
        thread.start()
        ready.wait()
        ends.append((over[0], thread))
        return ports[0]

    yield start
    for end, thread in ends:
        end()
        thread.join()


@pytest.mark.parametrize("row", ROWS)
def test_our_program_answers_every_row(
    row: str, start: Callable[[bool], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHMARK_CERTIFICATE", str(CERTIFICATE))
    monkeypatch.setenv("BENCHMARK_KEY", str(KEY))
    port = start(ROWS[row].tls)
    validate(port, ROWS[row], full_handler=True)


def test_what_peers_lack_are_rows() -> None:
    assert {name for peer in SERVERS for name in peer.lacks} <= set(ROWS)


def test_files_are_made_once(tmp_path: Path) -> None:
    folder = make_files(tmp_path)
    before = (folder / "large.bin").stat()
    assert make_files(tmp_path) == folder
    assert (folder / "large.bin").stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_size == 10 * 1024 * 1024
