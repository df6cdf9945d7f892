"""A server under attack, and what it says about itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

SERVER = Path(__file__).with_name("server.py")
HOST = "127.0.0.1"


@dataclass
class Answer:
    """A response: its status (0 if there was none) and what followed the head."""

    status: int
    body: bytes
    head: bytes = b""


@dataclass
class Target:
    """One server process, or several."""

    package: str
    port: int
    process: asyncio.subprocess.Process
    clock: Path | None = None
    workers: list[int] = field(default_factory=list)

    async def connect(self, **options: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(HOST, self.port, **options)

    def raw(self, receive: int | None = None) -> socket.socket:
        """A plain socket, connected; ``receive`` makes its kernel take little ahead."""
        sock = socket.socket()
        if receive is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        sock.settimeout(10)
        sock.connect((HOST, self.port))
        sock.setblocking(False)
        return sock

    async def ask(self, path: str, method: str = "GET", body: bytes = b"", *lines: str) -> Answer:
        """One request on a connection of its own."""
        reader, writer = await self.connect()
        try:
            head = "".join(
                f"{line}\r\n"
                for line in (
                    f"{method} {path} HTTP/1.1",
                    "Host: x",
                    "Connection: close",
                    f"Content-Length: {len(body)}",
                    *lines,
                )
            )
            writer.write(head.encode() + b"\r\n" + body)
            data = await asyncio.wait_for(reader.read(-1), 30)
        except (ConnectionError, TimeoutError):
            return Answer(0, b"")
        finally:
            writer.transport.abort()
        head_bytes, _, rest = data.partition(b"\r\n\r\n")
        return Answer(int(head_bytes.split()[1]) if head_bytes else 0, rest, head_bytes)

    async def figures(self) -> dict[str, float]:
        """Memory, descriptors and tasks, of one worker."""
        answer = await self.ask("/figures")
        figures: dict[str, float] = json.loads(answer.body)
        return figures

    def set_clock(self, seconds: int) -> None:
        """Move the server's wall clock, as an administrator or NTP may."""
        assert self.clock is not None
        self.clock.write_text(f"{seconds:+d}")

    async def latency(self, count: int = 50) -> float:
        """The 99th percentile of an ordinary client's waiting, in seconds."""
        times = []
        for _ in range(count):
            begun = time.perf_counter()
            if (await self.ask("/")).status != 200:
                return float("inf")
            times.append(time.perf_counter() - begun)
        return sorted(times)[int(count * 0.99) - 1]


@contextlib.asynccontextmanager
async def serving(
    package: str, python: str, *options: object, clock: Path | None = None
) -> AsyncIterator[Target]:
    """Start the server; end it afterwards, by force if need be.

    Args:
        clock: a file by which its wall clock can be set, see `Clock`.
    """
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port = sock.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(python, str(SERVER), package, str(port), *map(str, options)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **(faked_clock(clock) if clock is not None else {})},
    )
    assert process.stdout is not None
    target = Target(package, port, process, clock)
    count = int(str(options[options.index("--workers") + 1])) if "--workers" in options else 1
    try:
        for _ in range(count):
            line = await asyncio.wait_for(process.stdout.readline(), 30)
            assert line.startswith(b"ready"), f"the server did not start: {line!r}"
            target.workers.append(int(line.split()[1]))
        yield target
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def faked_clock(setting: Path) -> dict[str, str]:
    """The environment of a process that asks libfaketime what time it is.

    Raises `FileNotFoundError` where that is missing (Debian: ``apt-get install faketime``).
    """
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        raise FileNotFoundError("libfaketime")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(setting),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def python_of(package: str, other: str | None) -> str | None:
    """The interpreter that has a package; None if there is none."""
    return sys.executable if package == "zonda" else other
