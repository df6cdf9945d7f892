"""What is measured of the runtime: one row is one operation, repeated."""

from dataclasses import dataclass

from benchmarks.peers import Peer

ZONDA, TORNADO, ASYNCIO = "zonda", "tornado", "asyncio"

PEERS: tuple[Peer, ...] = (
    Peer(ZONDA, "Zonda", (ZONDA,), ("zonda",), kernel="native"),
    Peer(TORNADO, "Tornado", (TORNADO,), ("tornado",)),
    Peer(ASYNCIO, "asyncio", (ASYNCIO,)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One operation: what the table calls it, and whether asyncio has a counterpart."""

    name: str
    title: str
    asyncio: bool = True


ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        Row("echo", "line echo, 100 bytes, 50 connections"),
        Row("blocks", "64 KiB block from one stream to another"),
        Row("callback", "`add_callback` (asyncio: `call_soon`)"),
        Row("yield-done", "`yield` of a done future", asyncio=False),
        Row("yield-moment", "`yield gen.moment` (asyncio: `await sleep(0)`)"),
        Row("timer", "`call_later` that fires"),
        Row("timer-cancelled", "`call_later` that is taken back"),
        Row("queue", "`Queue` of one place: put to get"),
        Row("lock", "free `Lock`: acquire and release"),
        Row("lock-waited", "`Lock` that ten coroutines want"),
    )
}
