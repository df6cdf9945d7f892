"""Pairs of connected streams, receivers that remember, and contexts for TLS."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import trustme

from zonda.iostream import IOStream, SSLIOStream

#: Seconds after which a test is stuck.
PATIENCE = 20.0

KINDS = ("tcp", "unix", "tls")


def looped(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an ``async def`` test on a loop of its own; what the loop reports fails it."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        reports: list[dict[str, Any]] = []

        async def body() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, it: reports.append(it))
            await asyncio.wait_for(test(*args, **kwargs), PATIENCE)

        asyncio.run(body())
        assert not reports, reports

    return run


@functools.cache
def authority() -> trustme.CA:
    return trustme.CA()


@functools.cache
def server_context() -> ssl.SSLContext:
    """A server's context with a certificate for localhost and 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@functools.cache
def client_context() -> ssl.SSLContext:
    """A client's context that trusts the authority of these tests."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def socket_pair(kind: str = "tcp") -> tuple[socket.socket, socket.socket]:
    """Two connected sockets."""
    if kind == "unix":
        return socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    return server, client


@contextlib.asynccontextmanager
async def stream_pair(kind: str = "tcp", **options: Any) -> AsyncIterator[tuple[Any, Any]]:
    """Two connected streams, the server's first; `options` are for that one."""
    ours, theirs = socket_pair(kind)
    server, client = IOStream(ours, **options), IOStream(theirs)
    if kind == "tls":
        server, client = await asyncio.gather(
            server.start_tls(True, server_context()),
            client.start_tls(False, client_context(), server_hostname="localhost"),
        )
        assert isinstance(server, SSLIOStream)
    try:
        yield server, client
    finally:
        server.close()
        client.close()


class Recorder:
    """A receiver that remembers what it is told, and lets a test wait for more."""

    def __init__(self) -> None:
        self.data = b""
        self.chunks = 0
        self.events: list[str] = []
        self.lost: list[BaseException | None] = []
        self._news = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        assert data
        assert type(data) is bytes
        self.data += data
        self.chunks += 1
        self._news.set()

    def _tell(self, event: str) -> None:
        self.events.append(event)
        self._news.set()

    def eof_received(self) -> None:
        self._tell("eof")

    def connection_lost(self, exc: BaseException | None) -> None:
        self.lost.append(exc)
        self._tell("lost")

    def pause_writing(self) -> None:
        self._tell("pause")

    def resume_writing(self) -> None:
        self._tell("resume")

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until `condition()` is true; looked at whenever there is news."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    async def until_event(self, event: str) -> None:
        await self.until(lambda: event in self.events)

    async def until_chunks(self, number: int) -> None:
        await self.until(lambda: self.chunks >= number)

    async def until_bytes(self, size: int) -> None:
        await self.until(lambda: len(self.data) >= size)


async def turns(number: int = 3) -> None:
    """Let the loop turn: what was scheduled before has then been called."""
    for _ in range(number):
        await asyncio.sleep(0)


@contextlib.contextmanager
def no_descriptors_left() -> Iterator[None]:
    """Make every attempt to open a file or socket fail with EMFILE."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def logged(name: str, level: int = logging.DEBUG) -> Iterator[list[str]]:
    """The lines that a logger gets meanwhile; they go nowhere else."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger(name)
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
