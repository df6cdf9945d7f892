import asyncio
from typing import Any

import pytest

from benchmarks.runtime import child, streams, workloads
from benchmarks.runtime.rows import ASYNCIO, PEERS, ROWS, ZONDA
from benchmarks.runtime.workloads import TURN


@pytest.fixture(params=[ZONDA, ASYNCIO])
def package(request: pytest.FixtureRequest) -> str:
    """The implementations that are importable where tests run."""
    return str(request.param)


@pytest.fixture(autouse=True)
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is timed here."""
    monkeypatch.setattr(child, "WARM_UP", 0.0)


@pytest.mark.parametrize("row", [name for name in ROWS if name not in ("echo", "blocks")])
def test_a_turn_of_every_row_does_its_operations(package: str, row: str) -> None:
    if package == ASYNCIO and not ROWS[row].asyncio:
        pytest.skip("asyncio has no such thing")
    measured = child.run(package, row, 0.01)
    assert measured["requests"] >= TURN
    assert measured["requests"] % TURN == 0
    assert measured["cpu"] > 0
    assert measured["seconds"] >= 0.01


def test_every_row_has_a_workload_and_every_peer_its_argument() -> None:
    assert child.MAKERS.keys() == ROWS.keys()
    assert [peer.program for peer in PEERS] == [(peer.name,) for peer in PEERS]


class Broken:
    """A stream that answers with something else than what was sent."""

    async def send(self, data: bytes) -> None: ...

    async def line(self) -> bytes:
        return b"something else\n"

    async def block(self) -> bytes:
        return b"something else"


@pytest.mark.parametrize("maker", [streams.echo, streams.blocks])
def test_a_wrong_answer_ends_the_measurement(monkeypatch: pytest.MonkeyPatch, maker: Any) -> None:
    async def connect(package: str, serve: streams.Serve, connections: int) -> list[Broken]:
        return [Broken()] * connections

    async def measure() -> None:
        turn = await maker(ZONDA)
        await turn()

    monkeypatch.setattr(streams, "connect", connect)
    with pytest.raises(SystemExit, match="came out"):
        asyncio.run(measure())


def test_only_the_countdown_s_last_call_ends_it() -> None:
    async def count() -> list[bool]:
        countdown = workloads.Countdown()
        done = []
        for _ in range(TURN):
            countdown()
            done.append(countdown.done.done())
        return done

    assert asyncio.run(count()) == [False] * (TURN - 1) + [True]
