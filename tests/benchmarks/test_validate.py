import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.processes import NotRun
from benchmarks.rows import ROWS
from benchmarks.validate import validate


class Peer(BaseHTTPRequestHandler):
    """Answers well; what a test puts into ``faults`` it does wrongly."""

    protocol_version = "HTTP/1.1"
    faults: set[str] = set()

    def do_GET(self) -> None:
        self.answer(b"Hello!" if "body" in self.faults else b"Hello, World!")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body: bytes) -> None:
        self.send_response(503 if "status" in self.faults else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if "etag" not in self.faults and self.command == "GET":
            self.send_header("Etag", '"x"')
        if "close" in self.faults:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(Peer, "faults", set())
    with ThreadingHTTPServer(("127.0.0.1", 0), Peer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("row", ["plaintext", "post"])
def test_a_full_handler_passes(port: int, row: str) -> None:
    validate(port, ROWS[row], full_handler=True)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("status", "answered 503"),
        ("body", "wrong body b'Hello!'"),
        ("etag", "lacks Etag"),
        ("close", "closes the connection"),
    ],
)
def test_a_fault_is_named(port: int, fault: str, reason: str) -> None:
    Peer.faults.add(fault)
    with pytest.raises(NotRun, match=reason):
        validate(port, ROWS["plaintext"], full_handler=True)


def test_a_raw_server_needs_no_etag(port: int) -> None:
    Peer.faults.add("etag")
    validate(port, ROWS["plaintext"], full_handler=False)


def test_nobody_there_is_a_reason_too() -> None:
    with pytest.raises(NotRun, match="no proper answer"):
        validate(1, ROWS["plaintext"], full_handler=False)


def test_json_answers_are_compared_as_documents() -> None:
    assert ROWS["json"].answers(b'{ "message":"Hello, World!" }')
    assert not ROWS["json"].answers(b'{"message":"Hello"}')
    assert not ROWS["json"].answers(b"<html>")
    assert 900 < len(ROWS["post"].body) < 1200
    assert ROWS["post"].answers(ROWS["post"].body)
