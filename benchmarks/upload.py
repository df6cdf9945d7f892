"""How much memory a large upload takes: ``python -m benchmarks.upload [MEGABYTES]``.

A server in a process of its own takes a form with one large file, part by part, and writes it
to a temporary file that it then removes; the resident memory of that process is looked at
before, and its peak behind. 5000 megabytes by default, over loopback.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from zonda import web

_HEAD = b'--XX\r\nContent-Disposition: form-data; name="f"; filename="large.bin"\r\n\r\n'
_TAIL = b"\r\n--XX--\r\n"
_PIECE = bytes(range(256)) * 4096


def peak_memory() -> int:
    """The most memory that this process has had resident, in bytes (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


@web.stream_request_body
class Upload(web.RequestHandler):
    """Saves the file of a form."""

    def prepare(self) -> None:
        connection: Any = self.request.connection
        connection.set_max_body_size(10**12)

    async def post(self) -> None:
        before = peak_memory()
        size = 0
        with tempfile.TemporaryDirectory() as folder:
            async for part in self.multipart():
                size += await part.save(os.path.join(folder, "part"))
        self.write({"size": size, "before": before, "peak": peak_memory()})


def serve(listener: socket.socket, ready: Connection) -> None:
    """The server's process."""

    async def main() -> None:
        from zonda.httpserver import HTTPServer

        listener.setblocking(False)
        HTTPServer(web.Application([("/", Upload)])).add_sockets([listener])
        ready.send(None)
        await asyncio.Event().wait()

    asyncio.run(main())


def upload(port: int, megabytes: int) -> dict[str, int]:
    """Send so many pieces of a megabyte; what the server says."""
    size = len(_HEAD) + megabytes * len(_PIECE) + len(_TAIL)
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Content-Type: multipart/form-data; boundary=XX\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (size, _HEAD)
        )
        for _ in range(megabytes):
            client.sendall(_PIECE)
        client.sendall(_TAIL)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    result: dict[str, int] = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert result["size"] == megabytes * len(_PIECE), result
    return result


def measure(megabytes: int) -> dict[str, float]:
    """Upload to a fresh server; megabytes of memory before and at most, and seconds."""
    context = multiprocessing.get_context("spawn")
    listener = socket.create_server(("127.0.0.1", 0))
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(listener, theirs), daemon=True)
    server.start()
    try:
        ours.recv()
        begin = time.perf_counter()
        result = upload(listener.getsockname()[1], megabytes)
        seconds = time.perf_counter() - begin
    finally:
        server.terminate()
        server.join()
        listener.close()
    return {"before": result["before"] / 1e6, "peak": result["peak"] / 1e6, "seconds": seconds}


def main() -> None:
    """Measure, and print."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    result = measure(megabytes)
    print(
        f"{megabytes} MB in {result['seconds']:.1f} s; memory {result['before']:.1f} MB before, "
        f"{result['peak']:.1f} MB at most"
    )


if __name__ == "__main__":
    main()
