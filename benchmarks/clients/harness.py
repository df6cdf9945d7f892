"""The loop around every client: warm up, keep N fetches under way, print what it cost."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn

from benchmarks.rows import COMMENT, GREETING

BODY = GREETING.encode()
WARM_UP = 0.3
#: Bytes of a large transfer, and of the pieces in which it is sent.
LARGE = 100 * 1024 * 1024
PIECE = b"\0" * (256 * 1024)

#: What a fetch returns: the body, or how many bytes it had.
Fetch = Callable[[], Awaitable[Any]]
#: Opens a client for an URL and a number of fetches in flight, gives its fetches by kind.
Opener = Callable[[str, int], AbstractAsyncContextManager[Mapping[str, Fetch]]]
#: Runs N fetches at a time for so many seconds, gives how many were answered.
Drive = Callable[[int, float], int]


def arguments() -> tuple[str, str, int, float]:
    """Kind, URL, fetches in flight and seconds from the command line."""
    return sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])


async def pieces() -> AsyncIterator[bytes]:
    """The body of a large upload."""
    for _ in range(LARGE // len(PIECE)):
        yield PIECE


class Echo:
    """Compares with the first answer, which must be the document that was sent."""

    def __init__(self) -> None:
        self.first: bytes | None = None

    def __call__(self, body: bytes) -> bool:
        """Whether the body is right."""
        if self.first is None and json.loads(body) == COMMENT:
            self.first = bytes(body)
        return body == self.first


#: What counts as answered, by the kind of fetch: 13 bytes, a document that comes back as it was
#: sent, 100 MiB received (the fetch returns their number), 100 MiB sent (the server says how many).
CHECKS: dict[str, Callable[[Any], bool]] = {
    "get": BODY.__eq__,
    "post": Echo(),
    "down": LARGE.__eq__,
    "up": str(LARGE).encode().__eq__,
}


def check(answer: Any) -> None:
    """Refuse any answer but the expected one: a wrong answer is not a fast answer."""
    kind = sys.argv[1]
    if not CHECKS[kind](answer):
        raise SystemExit(f"{kind} gave {str(answer)[:80]!r}")


def chosen(fetches: Mapping[str, Any]) -> Any:
    """The fetch of the kind that is to be measured."""
    kind = sys.argv[1]
    if kind not in fetches:
        raise SystemExit(f"has no way to do {kind!r}")
    return fetches[kind]


def report(drive: Drive) -> NoReturn:
    """Warm up, measure, print the line that ``benchmarks.client_rounds`` reads.

    Ends the process without tearing the interpreter down: the threads of some
    clients outlive it and abort (pyreqwest 0.15.1: ``PyGILState_Release``).
    """
    _, _, in_flight, seconds = arguments()
    drive(in_flight, WARM_UP)
    wall, cpu = time.perf_counter(), time.process_time()
    requests = drive(in_flight, seconds)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"requests": requests, "seconds": wall, "cpu": cpu}), flush=True)
    os._exit(0)


async def _keep_busy(fetch: Fetch, in_flight: int, seconds: float) -> int:
    clock = time.monotonic
    deadline = clock() + seconds

    async def worker() -> int:
        answered = 0
        while clock() < deadline:
            check(await fetch())
            answered += 1
        return answered

    return sum(await asyncio.gather(*(worker() for _ in range(in_flight))))


def run(opener: Opener, loop: str = "asyncio") -> None:
    """Measure an asyncio client on the named loop (``asyncio`` or ``uvloop``)."""
    factory = None
    if loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    _, url, in_flight, _ = arguments()
    with asyncio.Runner(loop_factory=factory) as runner:
        client = opener(url, in_flight)
        fetch = chosen(runner.run(client.__aenter__()))
        report(lambda many, seconds: runner.run(_keep_busy(fetch, many, seconds)))
