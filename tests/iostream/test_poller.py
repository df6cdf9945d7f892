"""Readiness: both pollers do the same; the epoll one also survives what happens in a batch."""

import asyncio
import contextlib
import gc
import os
import socket
import tempfile
import weakref
from collections.abc import Iterator

import pytest

from tests.iostream.peers import Recorder, looped, no_descriptors_left, turns
from zonda.iostream import IOStream
from zonda.iostream.poller import EpollPoller, LoopPoller, Poller

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """Three socket pairs."""
    made = [socket.socketpair() for _ in range(3)]
    yield made
    for pair in made:
        for sock in pair:
            sock.close()


def make(kind: type[LoopPoller] | type[EpollPoller]) -> Poller:
    return kind(asyncio.get_running_loop())


both = pytest.mark.parametrize("kind", [LoopPoller, EpollPoller])


@both
def test_a_reader_is_called_as_long_as_there_is_something_to_read(
    kind: type[LoopPoller], pairs: list[Pair]
) -> None:
    async def main() -> None:
        poller, (ours, theirs) = make(kind), pairs[0]
        calls: list[int] = []
        poller.add_reader(ours.fileno(), lambda: calls.append(1))
        await turns()
        assert not calls
        theirs.send(b"xy")
        await asyncio.sleep(0.01)
        assert len(calls) > 1
        ours.recv(2)
        await turns()
        before = len(calls)
        await turns()
        assert len(calls) == before
        poller.remove_reader(ours.fileno())

    looped(main)()


@both
def test_the_last_callback_counts_and_none_after_removal(
    kind: type[LoopPoller], pairs: list[Pair]
) -> None:
    async def main() -> None:
        poller, (ours, theirs) = make(kind), pairs[0]
        calls: list[str] = []
        theirs.send(b"x")
        poller.add_reader(ours.fileno(), lambda: calls.append("first"))
        poller.add_reader(ours.fileno(), lambda: calls.append("second"))
        await turns()
        assert set(calls) == {"second"}
        poller.remove_reader(ours.fileno())
        poller.remove_reader(ours.fileno())  # harmless
        calls.clear()
        await turns()
        assert not calls

    looped(main)()


@both
def test_reader_and_writer_of_one_descriptor_are_independent(
    kind: type[LoopPoller], pairs: list[Pair]
) -> None:
    async def main() -> None:
        poller, (ours, theirs) = make(kind), pairs[0]
        calls: list[str] = []
        fd = ours.fileno()
        poller.add_reader(fd, lambda: calls.append("read"))
        poller.add_writer(fd, lambda: calls.append("write"))
        await turns()
        assert set(calls) == {"write"}
        poller.remove_writer(fd)
        calls.clear()
        theirs.send(b"x")
        await turns()
        assert set(calls) == {"read"}
        poller.remove_reader(fd)

    looped(main)()


@both
def test_a_hang_up_wakes_a_writer(kind: type[LoopPoller], pairs: list[Pair]) -> None:
    async def main() -> None:
        poller, (ours, theirs) = make(kind), pairs[0]
        ours.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while ours.send(bytes(100_000)):
                pass
        woken = asyncio.Event()
        poller.add_writer(ours.fileno(), woken.set)
        await turns()
        assert not woken.is_set()
        theirs.close()
        await woken.wait()
        poller.remove_writer(ours.fileno())

    looped(main)()


@both
def test_an_exception_is_reported_and_stops_nobody_else(
    kind: type[LoopPoller], pairs: list[Pair]
) -> None:
    reports: list[object] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, it: reports.append(it["exception"])
        )
        poller = make(kind)
        called: set[int] = set()

        def fail(index: int) -> None:
            called.add(index)
            pairs[index][0].recv(1)
            raise ZeroDivisionError

        for index, (ours, theirs) in enumerate(pairs):
            theirs.send(b"x")
            poller.add_reader(ours.fileno(), lambda index=index: fail(index))  # type: ignore[misc]
        await turns()
        assert called == {0, 1, 2}
        for ours, _ in pairs:
            poller.remove_reader(ours.fileno())

    asyncio.run(main())
    assert [type(report) for report in reports] == [ZeroDivisionError] * 3


def test_who_is_removed_by_an_earlier_callback_of_the_batch_is_not_called(
    pairs: list[Pair],
) -> None:
    async def main() -> None:
        poller = make(EpollPoller)
        called: list[int] = []

        def remove_the_others(index: int) -> None:
            called.append(index)
            for ours, _ in pairs:
                poller.remove_reader(ours.fileno())

        for index, (ours, theirs) in enumerate(pairs):
            theirs.send(b"x")
            poller.add_reader(
                ours.fileno(),
                lambda index=index: remove_the_others(index),  # type: ignore[misc]
            )
        await turns()
        assert len(called) == 1

    looped(main)()


def test_a_number_reused_within_the_batch_does_not_get_the_old_ones_events(
    pairs: list[Pair],
) -> None:
    async def main() -> None:
        poller = make(EpollPoller)
        new: list[socket.socket] = []
        called: list[str] = []
        fds = [ours.fileno() for ours, _ in pairs[:2]]

        def replace_the_other(index: int) -> None:
            other = pairs[1 - index][0]
            poller.remove_reader(fds[index])
            poller.remove_reader(fds[1 - index])
            other.close()
            new.extend(socket.socketpair())
            assert fds[1 - index] in (sock.fileno() for sock in new)
            poller.add_reader(fds[1 - index], lambda: called.append("new"))

        for index, (_, theirs) in enumerate(pairs[:2]):
            theirs.send(b"x")
            poller.add_reader(fds[index], lambda index=index: replace_the_other(index))  # type: ignore[misc]
        await turns()
        assert len(new) == 2
        assert called == []
        reused = new[0] if new[0].fileno() in fds else new[1]
        (new[1] if reused is new[0] else new[0]).send(b"y")
        await turns()
        assert called
        poller.remove_reader(reused.fileno())
        for sock in new:
            sock.close()

    looped(main)()


def test_a_number_reused_behind_the_pollers_back_is_watched_again(pairs: list[Pair]) -> None:
    async def main() -> None:
        poller = make(EpollPoller)
        first, second = Recorder(), Recorder()
        ours = pairs[0][0]
        fd = ours.fileno()
        poller.add_reader(fd, lambda: first.data_received(b"1"))
        ours.close()  # without remove_reader
        new = socket.socketpair()
        reused, other = new if new[0].fileno() == fd else new[::-1]
        assert reused.fileno() == fd

        def read() -> None:
            second.data_received(reused.recv(10))

        poller.add_reader(fd, read)
        other.send(b"hello")
        await second.until_bytes(5)
        assert first.data == b""
        poller.remove_reader(fd)
        reused.close()
        other.close()

    looped(main)()


def test_what_epoll_refuses_goes_to_the_loop() -> None:
    async def main() -> None:
        poller = make(EpollPoller)
        with tempfile.TemporaryFile() as file:
            # asyncio's selector is epoll, too, and says the same: but it was asked.
            with pytest.raises(PermissionError):
                poller.add_reader(file.fileno(), print)
            poller.remove_reader(file.fileno())

    looped(main)()


def test_one_poller_for_each_loop() -> None:
    async def main() -> Poller:
        loop = asyncio.get_running_loop()
        assert Poller.of(loop) is Poller.of(loop)
        return Poller.of(loop)

    assert type(asyncio.run(main())) is EpollPoller


def test_a_loop_of_another_make_keeps_its_own_polling() -> None:
    class OtherLoop(asyncio.AbstractEventLoop):
        def is_closed(self) -> bool:
            return False

    loop = OtherLoop()  # type: ignore[abstract]
    assert type(Poller.of(loop)) is LoopPoller
    assert Poller.of(loop) is Poller.of(loop)


def test_without_a_descriptor_for_epoll_the_loop_polls() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with no_descriptors_left():
            assert type(Poller.of(loop)) is LoopPoller

    asyncio.run(main())


def test_closing_the_loop_frees_the_descriptor_and_the_streams_at_once(
    pairs: list[Pair],
) -> None:
    gc.collect()
    gc.disable()
    try:
        loop = asyncio.new_event_loop()

        async def main() -> tuple[int, weakref.ref[Poller], weakref.ref[IOStream]]:
            stream = IOStream(pairs[0][0])
            stream.start_push(Recorder())
            poller = Poller.of(loop)
            assert isinstance(poller, EpollPoller)
            return poller._epoll.fileno(), weakref.ref(poller), weakref.ref(stream)

        fd, poller, stream = loop.run_until_complete(main())
        os.fstat(fd)
        assert stream() is not None  # the loop keeps a stream that is being read
        loop.close()
        assert poller() is None
        assert stream() is None
        with pytest.raises(OSError):
            os.fstat(fd)
    finally:
        gc.enable()


def test_the_callbacks_see_no_context_variables_of_whoever_came_first(pairs: list[Pair]) -> None:
    import contextvars

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")

    async def main() -> None:
        variable.set("the first stream's")
        seen: list[str] = []
        ours, theirs = pairs[0]
        poller = Poller.of(asyncio.get_running_loop())
        poller.add_reader(ours.fileno(), lambda: seen.append(variable.get()))
        theirs.send(b"x")
        await turns()
        assert set(seen) == {"unset"}
        poller.remove_reader(ours.fileno())

    looped(main)()
