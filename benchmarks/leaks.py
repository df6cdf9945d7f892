"""Does the client leak? Mixed, failing and cancelled requests, then everything is counted.

``python -m benchmarks.leaks [REQUESTS]`` (100,000, half a minute). Client and servers share
one process and one loop. Counted before and after: file descriptors, what the client holds,
objects of the kinds that a request makes. Ends with status 1 if something is left.
"""

import asyncio
import gc
import os
import random
import sys
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from zonda.http1connection.client import HTTP1ClientConnection
from zonda.httpclient import HTTPResponse
from zonda.iostream import IOStream
from zonda.simple_httpclient import SimpleAsyncHTTPClient
from zonda.simple_httpclient.fetch import Fetch

REQUESTS = 100_000
IN_FLIGHT = 40
#: What is made for a request, and must be gone when it is over.
KINDS: tuple[type, ...] = (Fetch, HTTP1ClientConnection, IOStream, HTTPResponse, asyncio.Task)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
PACKED = zlib.compress(bytes(10_000))
#: Answers by path; None: there is none.
ANSWERS: dict[str, bytes | None] = {
    "/ok": OK,
    "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "/packed": b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n%b"
    % (len(PACKED), PACKED),
    "/damaged": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    "/error": b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
    "/redirect": b"HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n",
    "/close": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
    "/surplus": OK + OK,
    "/truncated": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    "/broken": b"What?\r\n\r\n",
    "/silent": None,
}
#: After these the server closes the connection.
LAST = ("/close", "/truncated", "/broken")


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection of the server."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            if method == "POST":
                size = int(head.partition("Content-Length: ")[2].partition("\r\n")[0])
                await reader.readexactly(size)
            answer = ANSWERS[path]
            if answer is None:
                await reader.read()
                return
            writer.write(answer)
            await writer.drain()
            if path in LAST:
                return
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def servers() -> AsyncIterator[list[str]]:
    """URLs of two servers, and of one that nobody listens at."""
    first = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    second = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    async with first, second:
        urls = [f"http://127.0.0.1:{it.sockets[0].getsockname()[1]}" for it in (first, second)]
        yield [*urls * 10, "http://127.0.0.1:1"]


async def one(client: SimpleAsyncHTTPClient, urls: list[str], chance: random.Random) -> str:
    """Make a request of some kind; says what became of it."""
    path = chance.choice([*ANSWERS] + ["/ok"] * 5)
    options: dict[str, Any] = {"request_timeout": 0.005} if path == "/silent" else {}
    kind = chance.randrange(5)
    if kind == 0:
        options |= {"method": "POST", "body": b"x" * chance.randrange(5000)}
    elif kind == 1:
        options |= {"streaming_callback": lambda chunk: None}
    future = client.fetch(chance.choice(urls) + path, raise_error=False, **options)
    if chance.randrange(5) == 0:
        for _ in range(chance.randrange(6)):
            await asyncio.sleep(0)
        if future.cancel():
            return "cancelled"
    try:
        return str((await future).code)
    except Exception as error:
        return type(error).__name__


async def run(requests: int) -> Counter[str]:
    """Make so many requests, 40 at a time; what became of them."""
    chance, outcomes = random.Random(1), Counter[str]()
    async with servers() as urls:
        client = SimpleAsyncHTTPClient(
            force_instance=True, max_clients=20, max_clients_per_origin=15
        )
        left = iter(range(requests))

        async def worker() -> None:
            for _ in left:
                outcomes[await one(client, urls, chance)] += 1

        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
        outcomes["left in the client"] = len(client.active) + len(client.waiting)
        client.close()
        outcomes["left in the pool"] = len(client.pool)
        # The servers notice that their connections have gone.
        for _ in range(1000):
            if len(asyncio.all_tasks()) == 1:
                break
            await asyncio.sleep(0.01)
    return outcomes


def state() -> dict[str, int]:
    """What is open and alive."""
    gc.collect()
    alive: Counter[type] = Counter(type(it) for it in gc.get_objects() if isinstance(it, KINDS))
    counts = {kind.__name__: count for kind, count in alive.items()}
    return {"descriptors": len(os.listdir("/dev/fd")), **counts}


def check(requests: int, say: Callable[[str], object] = print) -> bool:
    """Make the requests; False if something is left of them."""
    quietly(run(200))  # what is made once
    before, begun = state(), time.perf_counter()
    outcomes = quietly(run(requests))
    seconds, after = time.perf_counter() - begun, state()
    say(f"{requests} requests in {seconds:.0f} s: {dict(outcomes.most_common())}")
    say(f"before: {before}")
    say(f"after:  {after}")
    held = outcomes["left in the client"] + outcomes["left in the pool"]
    return before == after and not held


def quietly(work: Awaitable[Counter[str]]) -> Counter[str]:
    """Run something that fails often, without its log lines."""
    import logging

    loggers = [logging.getLogger(f"tornado.{name}") for name in ("general", "application")]
    for logger in loggers:
        logger.disabled = True
    try:
        with asyncio.Runner() as runner:

            async def main() -> Counter[str]:
                return await work

            return runner.run(main())
    finally:
        for logger in loggers:
            logger.disabled = False


if __name__ == "__main__":
    sys.exit(not check(int(sys.argv[1]) if sys.argv[1:] else REQUESTS))
