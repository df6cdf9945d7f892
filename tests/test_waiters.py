"""`Waiters`: a row in which the dead do not pile up."""

import asyncio

from zonda.waiters import Waiters, expire


def test_pop_live_passes_over_the_dead():
    async def main():
        waiters = Waiters()
        futures = [asyncio.Future() for _ in range(4)]
        for future in futures:
            waiters.wait(future)
        futures[0].cancel()
        futures[2].cancel()
        assert waiters.pop_live() is futures[1]
        assert waiters.pop_live() is futures[3]
        assert waiters.pop_live() is None

    asyncio.run(main())


def test_drop_dead_looks_at_the_front_only():
    async def main():
        waiters = Waiters()
        futures = [asyncio.Future() for _ in range(4)]
        for future in futures:
            waiters.wait(future)
        for n in (0, 1, 3):
            futures[n].cancel()
        waiters.drop_dead()
        assert list(waiters) == futures[2:]

    asyncio.run(main())


def test_waiting_in_vain_for_ever_does_not_fill_memory():
    async def main():
        waiters = Waiters()
        living = [asyncio.Future() for _ in range(80)]
        for future in living:
            waiters.wait(future)
        for _ in range(10_000):
            future = asyncio.Future()
            waiters.wait(future)
            future.cancel()
            assert len(waiters) <= 200
        assert list(waiters)[:80] == living

    asyncio.run(main())


def test_half_a_row_of_expired_ones_is_swept():
    async def main():
        waiters = Waiters()
        futures = [asyncio.Future() for _ in range(4)]
        for future in futures:
            waiters.wait(future)
        futures[0].set_result(None)
        waiters.note_expired()
        assert len(waiters) == 4
        futures[1].set_result(None)
        waiters.note_expired()
        assert list(waiters) == futures[2:]

    asyncio.run(main())


def test_expire_only_what_is_not_done():
    async def main():
        calls = []
        done, late = asyncio.Future(), asyncio.Future()
        expire(done, 0, lambda future, *args: calls.append(future))
        expire(late, 0, lambda future, *args: calls.append((future, args)), "argument")
        done.set_result(None)
        await asyncio.sleep(0.01)
        assert calls == [(late, ("argument",))]

    asyncio.run(main())
