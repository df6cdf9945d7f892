"""The work that is counted: each workload does the same request over and over, in this process."""

import asyncio
import importlib
import logging
import socket
from collections.abc import Callable
from typing import Any

from benchmarks.rows import BROWSER_HEADERS, GREETING, ROWS, Row
from benchmarks.servers.tornado_handlers import application

HOST = "127.0.0.1"

#: Does so many requests.
Work = Callable[[int], None]

RESPONSE_BLOCK = (
    b"Server: ZondaServer/0.1\r\n"
    b"Content-Type: text/html; charset=UTF-8\r\n"
    b"Date: Sun, 01 Nov 2026 12:00:00 GMT\r\n"
)
ETAG = '"0a0a9f2a6772942557ab5355d76af442f8f65e01"'
ANSWER = b"HTTP/1.1 200 OK\r\n%bEtag: %b\r\nContent-Length: 13\r\n\r\nHello, World!" % (
    RESPONSE_BLOCK,
    ETAG.encode(),
)


def request_bytes(row: Row) -> bytes:
    """A row's request as a browser would write it."""
    fields = {"Host": f"{HOST}:8888", **BROWSER_HEADERS, **row.headers}
    if row.body:
        fields["Content-Length"] = str(len(row.body))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{row.method} {row.path} HTTP/1.1\r\n{head}\r\n".encode() + row.body


def request_head() -> Work:
    """The kernel takes a browser's request head and finds one field in it."""
    from zonda._kernel import parse_request_head

    data = request_bytes(ROWS["plaintext"])

    def work(count: int) -> None:
        for _ in range(count):
            head = parse_request_head(data, 0, 65536, 100)
            assert head is not None
            head.get("Accept-Encoding")

    return work


def response_head() -> Work:
    """The kernel takes a server's response head and finds one field in it."""
    from zonda._kernel import parse_response_head

    def work(count: int) -> None:
        for _ in range(count):
            head = parse_response_head(ANSWER, 0, 65536, 100)
            assert head is not None
            head.get("Content-Encoding")

    return work


def answer() -> Work:
    """The kernel writes a response: trusted block, one checked field, body."""
    from zonda._kernel import encode_head

    fields, body = [("Etag", ETAG)], GREETING.encode()

    def work(count: int) -> None:
        for _ in range(count):
            encode_head(b"HTTP/1.1 200 OK\r\n", RESPONSE_BLOCK, fields, len(body), body)

    return work


def exchange(row: Row, package: str = "zonda") -> Work:
    """A whole Application answers one connection that asks again and again."""
    logging.getLogger("tornado.access").disabled = True
    runner = asyncio.Runner()
    loop = runner.get_loop()

    async def listen() -> int:
        netutil: Any = importlib.import_module(f"{package}.netutil")
        httpserver: Any = importlib.import_module(f"{package}.httpserver")
        (listener,) = netutil.bind_sockets(0, HOST)
        httpserver.HTTPServer(application(package)).add_sockets([listener])
        return int(listener.getsockname()[1])

    asker = _Asker(loop, runner.run(listen()), request_bytes(row), row)

    def work(count: int) -> None:
        runner.run(asker.ask(count))

    return work


class _Asker:
    """One raw connection on the server's own loop: asks, waits for the answer, asks again."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, port: int, request: bytes, row: Row
    ) -> None:
        self.request = request
        self.row = row
        self.loop = loop
        self.socket = socket.create_connection((HOST, port))
        self.socket.setblocking(False)
        self.size = 0
        self.left = 0
        self.got = 0
        self.done: asyncio.Future[None]

    async def ask(self, count: int) -> None:
        """Exchange so many requests."""
        if not self.size:
            self.size = len(await self._first_answer())
        self.done = self.loop.create_future()
        self.left, self.got = count, 0
        self.loop.add_reader(self.socket, self._readable)
        self.socket.send(self.request)
        try:
            await asyncio.wait_for(self.done, 120)
        finally:
            self.loop.remove_reader(self.socket)

    async def _first_answer(self) -> bytes:
        """The answer in full, checked; every later one has its size."""
        await self.loop.sock_sendall(self.socket, self.request)
        data = b""
        while not self.row.answers(data.partition(b"\r\n\r\n")[2]):
            piece = await asyncio.wait_for(self.loop.sock_recv(self.socket, 65536), 10)
            if not piece:
                raise SystemExit(f"the server ended the connection after {data!r}")
            data += piece
        if not data.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"wrong answer: {data!r}")
        return data

    def _readable(self) -> None:
        self.got += len(self.socket.recv(65536))
        if self.got < self.size:
            return
        self.got = 0
        self.left -= 1
        if self.left:
            self.socket.send(self.request)
        else:
            self.done.set_result(None)


def _responder(loop: asyncio.AbstractEventLoop) -> int:
    """A server that gives one fixed answer to whatever arrives; its port."""
    listener = socket.create_server((HOST, 0))
    listener.setblocking(False)

    def accept() -> None:
        connection, _ = listener.accept()
        connection.setblocking(False)
        loop.add_reader(connection, respond, connection)

    def respond(connection: socket.socket) -> None:
        if connection.recv(65536):
            connection.send(ANSWER)
        else:
            loop.remove_reader(connection)
            connection.close()

    loop.add_reader(listener, accept)
    return int(listener.getsockname()[1])


def bare(package: str = "zonda") -> Work:
    """No HTTP at all: what the loop and the asking side cost in every exchange."""
    runner = asyncio.Runner()
    loop = runner.get_loop()
    row = ROWS["plaintext"]
    asker = _Asker(loop, _responder(loop), request_bytes(row), row)

    def work(count: int) -> None:
        runner.run(asker.ask(count))

    return work


def fetch(package: str = "zonda") -> Work:
    """``AsyncHTTPClient.fetch`` of 13 bytes, one after another on a kept connection."""
    runner = asyncio.Runner()
    loop = runner.get_loop()
    url = f"http://{HOST}:{_responder(loop)}/"

    async def make() -> Any:
        return importlib.import_module(f"{package}.httpclient").AsyncHTTPClient(force_instance=True)

    client = runner.run(make())

    async def fetches(count: int) -> None:
        for _ in range(count):
            response = await client.fetch(url)
            assert response.body == GREETING.encode()

    def work(count: int) -> None:
        runner.run(fetches(count))

    return work


def _row(name: str) -> Callable[[str], Work]:
    return lambda package: exchange(ROWS[name], package)


#: The byte loops, which only Zonda has.
KERNEL: dict[str, Callable[[], Work]] = {
    "request-head": request_head,
    "response-head": response_head,
    "answer": answer,
}
#: Whole exchanges through the public API, which Tornado has as well.
WHOLE: dict[str, Callable[[str], Work]] = {
    "bare": bare,
    **{name: _row(name) for name in ("plaintext", "json", "path", "post")},
    "fetch": fetch,
}


def make(name: str, package: str = "zonda") -> Work:
    """Set up the workload of that name, ready to be repeated."""
    return KERNEL[name]() if name in KERNEL else WHOLE[name](package)
