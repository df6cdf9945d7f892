"""What can go wrong, one coroutine each: it breaks something and says what became of it.

A scenario gets a running server, and returns a short text of figures, or raises `Failed`.
Before and after each the runner looks at the server's memory and descriptors.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tools.soak.peers import Crowd, reset
from tools.soak.target import Target

Scenario = Callable[[Target], Awaitable[str]]

MB = 1_000_000


class Failed(Exception):
    """The server did not do what it has to."""


@dataclass(frozen=True)
class Entry:
    """A scenario, and how its server is started."""

    run: Scenario
    options: tuple[object, ...] = ()
    returns: bool = True
    """Memory and descriptors have to return to where they were."""
    clock: bool = False
    """Its wall clock will be moved."""

    @property
    def name(self) -> str:
        return self.run.__name__.replace("_", " ")

    @property
    def promise(self) -> str:
        return (self.run.__doc__ or "").strip().split("\n")[0]


ENTRIES: list[Entry] = []


def scenario(
    *options: object, returns: bool = True, clock: bool = False
) -> Callable[[Scenario], Scenario]:
    """Enter a scenario into the list."""

    def enter(run: Scenario) -> Scenario:
        ENTRIES.append(Entry(run, options, returns, clock))
        return run

    return enter


def require(condition: object, what: str) -> None:
    if not condition:
        raise Failed(what)


async def until(condition: Callable[[], object], seconds: float) -> float | None:
    """Wait for a condition; how long that took, or None if it did not come in time."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            return None
        await asyncio.sleep(0.05)
    return time.monotonic() - begun


@scenario("--timeout", 3)
async def slow_heads(target: Target) -> str:
    """2,000 clients send a byte of a request head a second: all are closed in time."""
    return await dripping(target, b"GET / HTTP/1.1\r\nHost: x\r\nX: ")


@scenario("--timeout", 3)
async def slow_bodies(target: Target) -> str:
    """2,000 clients send a byte of a request body a second: all are closed in time."""
    return await dripping(target, b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")


async def dripping(target: Target, begin: bytes) -> str:
    """2,000 clients that go on byte by byte from where a request begins so."""
    crowd = Crowd(target, 2000)
    crowd.say(begin)
    latency = 0.0
    for _ in range(3):
        crowd.say(b"a")
        latency = max(latency, await target.latency())
        await asyncio.sleep(0.5)
    closed_in = await until(lambda: crowd.ended() == 2000, 15)
    crowd.leave()
    require(closed_in is not None, "some are still open after 15 s")
    return f"others waited {latency * 1000:.0f} ms at most (p99)"


@scenario("--timeout", 3)
async def clients_that_never_read(target: Target) -> str:
    """200 clients ask for 100 MB each and take nothing: memory is bounded, and they are put out."""
    crowd = Crowd(target, 200, receive=4096)
    crowd.say(b"GET /big?size=100000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(1.5)
    memory = (await target.figures())["memory"] / MB
    latency = await target.latency()
    gone = 0

    def all_gone() -> bool:
        nonlocal gone
        gone = sum(_is_reset(sock) for sock in crowd.sockets)
        return gone == 200

    await until(all_gone, 15)
    crowd.leave()
    require(memory < 300, f"{memory:.0f} MB")
    require(gone == 200, f"{200 - gone} of 200 are still served after 15 s")
    return f"{memory:.0f} MB meanwhile, others waited {latency * 1000:.0f} ms"


def _is_reset(sock: object) -> bool:
    """Without reading: whether the connection is gone."""
    try:
        sock.getpeername()  # type: ignore[attr-defined]
    except OSError:
        return True
    return False


@scenario()
async def half_closed_clients(target: Target) -> str:
    """500 clients close their sending half and wait: each gets its answer."""

    async def one() -> bool:
        reader, writer = await target.connect()
        writer.write(b"GET /slow?seconds=0.2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        writer.write_eof()
        data = await asyncio.wait_for(reader.read(-1), 20)
        writer.close()
        return data.endswith(b"slow")

    before = (await target.figures())["cpu"]
    answered = sum(await asyncio.gather(*(one() for _ in range(500))))
    cpu = (await target.figures())["cpu"] - before
    require(answered == 500, f"{answered} of 500 were answered")
    return f"{cpu:.2f} s of CPU"


@scenario()
async def resets_in_a_request(target: Target) -> str:
    """1,000 clients reset the connection in the middle of a head or a body."""
    for piece in (
        b"GET / HT",
        b"PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nabc",
    ):
        for _ in range(10):
            crowd = Crowd(target, 50)
            crowd.say(piece)
            await asyncio.sleep(0.01)
            crowd.leave(politely=False)
    require((await target.ask("/")).body == b"hello", "no answer afterwards")
    return ""


@scenario()
async def resets_in_a_response(target: Target) -> str:
    """500 clients reset the connection in the middle of 100 MB: nobody goes on producing."""
    before = (await target.figures())["cpu"]
    for _ in range(10):
        crowd = Crowd(target, 50)
        crowd.say(b"GET /big?size=100000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.05)
        crowd.leave(politely=False)
    await asyncio.sleep(0.5)
    figures = await target.figures()
    require(figures["cpu"] - before < 10, f"{figures['cpu'] - before:.1f} s of CPU")
    return f"{figures['cpu'] - before:.2f} s of CPU"


@scenario("--descriptors", 128)
async def descriptors_run_out(target: Target) -> str:
    """300 connections for 128 descriptors: those that are open are served, and it recovers."""
    reader, writer = await target.connect()
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"hello")
    crowd = Crowd(target, 300)
    await asyncio.sleep(0.5)
    begun = (time.monotonic(), _cpu_of(target.process.pid))
    await asyncio.sleep(1)
    busy = (_cpu_of(target.process.pid) - begun[1]) / (time.monotonic() - begun[0])
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"hello"), 5)
    crowd.leave()
    writer.close()
    recovered = None
    begun_again = time.monotonic()
    while time.monotonic() - begun_again < 10:
        with contextlib.suppress(TimeoutError, OSError):
            answer = await asyncio.wait_for(target.ask("/"), 3)
            if answer.body == b"hello":
                recovered = time.monotonic() - begun_again
                break
    require(recovered is not None, "it takes no connections afterwards")
    require(busy < 0.5, f"{busy:.0%} of a core while there are none")
    return f"{busy:.0%} of a core meanwhile, new connections after {recovered:.1f} s"


def _cpu_of(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@scenario(returns=False)
async def ten_thousand_connections(target: Target) -> str:
    """10,000 connections that have been used once wait: each answers again."""
    before = (await target.figures())["memory"]
    crowds = [Crowd(target, 1000) for _ in range(10)]
    for turn in range(2):
        for crowd in crowds:
            crowd.say(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.sleep(0.2)
        answered = 0
        for crowd in crowds:
            for sock in crowd.sockets:
                with contextlib.suppress(OSError):
                    answered += sock.recv(4096).endswith(b"hello")
        require(answered == 10_000, f"{answered} of 10,000 answered in turn {turn + 1}")
    memory = (await target.figures())["memory"] - before
    latency = await target.latency()
    for crowd in crowds:
        crowd.leave()
    return f"{memory / 10_000 / 1000:.1f} KB each, another client waited {latency * 1000:.0f} ms"


GIGABYTES = 10


@scenario()
async def a_large_upload(target: Target) -> str:
    """A body of many gigabytes goes through a streaming handler in a few megabytes."""
    size = GIGABYTES * 1000 * MB
    reader, writer = await target.connect()
    writer.write(f"PUT /count HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
    piece = bytes(1_000_000)
    most = 0.0
    for number in range(size // len(piece)):
        writer.write(piece)
        await writer.drain()
        if number % 1000 == 500:
            most = max(most, (await target.figures())["memory"])
    data = await asyncio.wait_for(reader.readuntil(str(size).encode()), 60)
    writer.close()
    require(b" 200 " in data, "not taken")
    require(most < 150 * MB, f"{most / MB:.0f} MB")
    return f"{GIGABYTES} GB in {most / MB:.0f} MB"


@scenario()
async def a_large_download(target: Target) -> str:
    """A response of many gigabytes goes out in a few megabytes."""
    size = GIGABYTES * 1000 * MB
    reader, writer = await target.connect(limit=2**20)
    writer.write(f"GET /big?size={size} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    received, most, looks = 0, 0.0, 0
    while piece := await reader.read(1_000_000):
        received += len(piece)
        if received // (100 * MB) > looks:
            looks += 1
            most = max(most, (await target.figures())["memory"])
    writer.close()
    require(received > size * 0.99, f"{received} bytes")
    require(most < 150 * MB, f"{most / MB:.0f} MB")
    return f"{GIGABYTES} GB in {most / MB:.0f} MB"


@scenario()
async def a_compressed_bomb(target: Target) -> str:
    """A request of 1 MB that unpacks to 1 GB is refused."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(MB)) for _ in range(1000)) + packer.flush()
    answer = await target.ask("/body", "POST", bomb, "Content-Encoding: gzip")
    memory = (await target.figures())["memory"] / MB
    require(answer.status in (0, 400, 413), f"status {answer.status}")
    require(memory < 200, f"{memory:.0f} MB")
    return f"status {answer.status or 'none, closed'}, {memory:.0f} MB"


@scenario()
async def pipelined_requests(target: Target) -> str:
    """3,000 requests in one piece, to a client that reads late: all are answered in order."""
    reader, writer = await target.connect(limit=2**22)
    one = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    writer.write(one * 2999 + one.replace(b"Host", b"Connection: close\r\nHost"))
    await asyncio.sleep(0.5)
    data = await asyncio.wait_for(reader.read(-1), 20)
    writer.close()
    require(data.count(b"hello") == 3000, f"{data.count(b'hello')} of 3,000 answers")
    return ""


@scenario("--folder", "@full")
async def a_full_disk(target: Target) -> str:
    """Uploads to a full disk get an error, leave nothing behind, and others go on."""
    statuses = [(await target.ask("/save", "PUT", bytes(3 * MB))).status for _ in range(20)]
    require(set(statuses) <= {500, 507}, f"statuses {sorted(set(statuses))}")
    require((await target.ask("/save", "PUT", b"small")).status == 200, "a small one fails, too")
    return f"status {statuses[0]}"


@scenario()
async def failing_handlers(target: Target) -> str:
    """5,000 requests whose handlers fail in all ways, CancelledError included."""
    kinds = ("prepare", "late", "cancelled", "begun", "group", "exit", "http")
    seen: dict[str, set[int]] = {}
    for number in range(5000):
        kind = kinds[number % len(kinds)]
        seen.setdefault(kind, set()).add((await target.ask(f"/fault?kind={kind}")).status)
    require(seen["http"] == {418}, f"http: {seen['http']}")
    for kind in ("prepare", "late", "cancelled", "group"):
        require(seen[kind] == {500}, f"{kind}: {seen[kind]}")
    require((await target.ask("/")).body == b"hello", "no answer afterwards")
    return f"cancelled: {seen['cancelled']}, exit: {seen['exit']}"


@scenario(clock=True)
async def the_clock_jumps(target: Target) -> str:
    """The wall clock jumps by an hour and back: no connection is closed, and Date is right."""
    reader, writer = await target.connect()
    dates = []
    for seconds in (0, 3600, -3600, 0):
        target.set_clock(seconds)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        data = await asyncio.wait_for(reader.readuntil(b"hello"), 5)
        line = next(line for line in data.split(b"\r\n") if line.lower().startswith(b"date:"))
        hour = int(line.split()[5].split(b":")[0])
        expected = time.gmtime(time.time() + seconds).tm_hour
        dates.append(hour == expected)
    writer.close()
    require(all(dates), f"Date is right at {dates}")
    return ""


@scenario("--workers", 4, returns=False)
async def workers_are_killed(target: Target) -> str:
    """One of four workers is killed twice a second under load: the others carry on."""
    stop = asyncio.Event()
    answered = failed = 0

    async def use() -> None:
        nonlocal answered, failed
        while not stop.is_set():
            answer = await target.ask("/")
            if answer.body == b"hello":
                answered += 1
            else:
                failed += 1

    users = [asyncio.ensure_future(use()) for _ in range(8)]
    assert target.process.stdout is not None
    begun = time.monotonic()
    kills = 0
    while time.monotonic() - begun < 5:
        victim = target.workers.pop(0)
        os.kill(victim, signal.SIGKILL)
        kills += 1
        line = await asyncio.wait_for(target.process.stdout.readline(), 15)
        target.workers.append(int(line.split()[1]))
        await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*users)
    require(failed <= 8 * kills, f"{failed} requests failed in {kills} kills")
    return f"{kills} kills, {answered} answered, {failed} failed"


@scenario(returns=False)
async def a_termination_under_load(target: Target) -> str:
    """SIGTERM with slow handlers, idle connections, WebSockets and clients that go on asking."""
    slow = [asyncio.ensure_future(target.ask("/slow?seconds=1.5")) for _ in range(50)]
    idle = Crowd(target, 50)
    sockets = [await _open_websocket(target) for _ in range(20)]
    stop = asyncio.Event()
    lost = answered = 0

    async def keep_asking() -> None:
        """On one connection, as long as the server says that it may be used again."""
        nonlocal lost, answered
        reader, writer = await target.connect()
        while not stop.is_set():
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                data = await reader.readuntil(b"hello")
            except (asyncio.IncompleteReadError, ConnectionError):
                lost += 1
                break
            answered += 1
            if b"connection: close" in data.lower():
                break
        writer.close()

    users = [asyncio.ensure_future(keep_asking()) for _ in range(10)]
    await asyncio.sleep(0.5)
    begun = time.monotonic()
    target.process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(target.process.wait(), 15)
    took = time.monotonic() - begun
    stop.set()
    await asyncio.gather(*users)
    answers = [await task for task in slow]
    told = [await _close_code(reader) for reader, _ in sockets]
    for _, writer in sockets:
        writer.close()
    idle.leave()
    done = sum(answer.body == b"slow" for answer in answers)
    require(done == 50, f"{done} of 50 slow requests were answered")
    require(lost == 0, f"{lost} of 10 clients in full swing lost a request")
    require(told == [1001] * 20, f"WebSockets were told {set(told)}")
    return f"ended after {took:.1f} s, {answered} other requests answered"


async def _open_websocket(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await target.connect()
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    return reader, writer


async def _close_code(reader: asyncio.StreamReader) -> int:
    """The code of the close frame that comes first; 0 for a connection that just ended."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, TimeoutError):
        frame = await asyncio.wait_for(reader.readexactly(4), 5)
        if frame[0] == 0x88:
            return int.from_bytes(frame[2:4])
    return 0


@scenario()
async def random_cuts(target: Target) -> str:
    """2,000 requests cut into random pieces, some of them left unfinished."""
    import random

    dice = random.Random(20_261_121)
    request = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n" + bytes(500)
    for _ in range(200):
        crowd = Crowd(target, 10)
        rest = request
        while rest:
            size = dice.randrange(1, 200)
            crowd.say(rest[:size])
            rest = rest[size:]
            await asyncio.sleep(0)
            if crowd.sockets and dice.random() < 0.2:
                reset(crowd.sockets.pop())
        crowd.leave(politely=dice.random() < 0.5)
    require((await target.ask("/")).body == b"hello", "no answer afterwards")
    return ""
