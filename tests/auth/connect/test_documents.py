"""Documents that are fetched when needed."""

import asyncio
import gc
import threading
from typing import Any

import pytest

from tests.wire import looped
from zonda.auth.connect.documents import Document


class Source:
    """Counts how often it is asked; answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False
        self.gate: asyncio.Event | None = None

    async def fetch(self) -> dict[str, Any]:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.fails:
            raise OSError("no")
        return {"n": self.asked}


@looped
async def test_it_is_fetched_once() -> None:
    document, source = Document(), Source()
    assert [await document.get(source.fetch) for _ in range(3)] == [{"n": 1}] * 3
    assert source.asked == 1


@looped
async def test_who_asks_meanwhile_waits_for_the_same_fetch() -> None:
    document, source = Document(), Source()
    source.gate = asyncio.Event()
    waiting = [asyncio.ensure_future(document.get(source.fetch)) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # one who leaves does not take it from the others
    await asyncio.sleep(0)
    source.gate.set()
    assert [await task for task in waiting[1:]] == [{"n": 1}] * 4
    assert source.asked == 1


@looped
async def test_it_grows_old() -> None:
    document, source = Document(lifetime=100), Source()
    await document.get(source.fetch)
    document._fetched_at -= 50
    assert await document.get(source.fetch) == {"n": 1}
    assert await document.get(source.fetch, younger_than=60) == {"n": 1}
    assert await document.get(source.fetch, younger_than=40) == {"n": 2}
    document._fetched_at -= 101
    assert await document.get(source.fetch, younger_than=1000) == {"n": 3}


@looped
async def test_a_failure_is_not_kept() -> None:
    document, source = Document(), Source()
    source.fails = True
    with pytest.raises(OSError, match="no"):
        await document.get(source.fetch)
    source.fails = False
    assert await document.get(source.fetch) == {"n": 2}


@looped
async def test_a_failure_that_nobody_waits_for() -> None:
    document, source = Document(), Source()
    source.gate, source.fails = asyncio.Event(), True
    waiting = asyncio.ensure_future(document.get(source.fetch))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    source.gate.set()
    (running,) = document._fetches.values()
    await asyncio.wait([running])
    del running
    gc.collect()  # what was not looked at is reported now, and fails the test
    assert not document._fetches


def test_loops_share_the_document_and_not_the_fetch() -> None:
    document, source = Document(), Source()
    found: list[Any] = []

    def ask() -> None:
        found.append(asyncio.run(document.get(source.fetch)))

    for _ in range(2):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert found == [{"n": 1}, {"n": 1}]
