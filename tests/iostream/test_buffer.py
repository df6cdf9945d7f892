"""The buffers against a plain `bytes` that does the same."""

import platform
import re
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zonda.iostream.buffer import ReadBuffer, StreamBuffer, scratch

SIZES = st.one_of(st.integers(0, 20), st.sampled_from([2047, 2048, 2049, 4095, 4096, 5000, 70000]))


def piece(index: int, size: int) -> bytes:
    """Bytes that say where they come from."""
    return (b"%d," % index * (size + 1))[:size]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["append", "advance", "peek"]), SIZES), max_size=40))
def test_a_stream_buffer_gives_back_what_was_put_in(steps: list[tuple[str, int]]) -> None:
    buffer, model = StreamBuffer(), b""
    for index, (step, size) in enumerate(steps):
        if step == "append":
            kind = (bytes, bytearray, memoryview)[index % 3]
            buffer.append(kind(piece(index, size)))
            model += piece(index, size)
        elif step == "advance":
            size = min(size, len(model))
            if size:
                buffer.advance(size)
                model = model[size:]
        else:
            with buffer.peek(size) as view:
                assert model.startswith(bytes(view))
                assert bool(view) == bool(size and model)
        assert len(buffer) == len(model)
    while model:
        with buffer.peek(1000) as view:
            seen = bytes(view)
        assert model.startswith(seen)
        assert seen
        buffer.advance(len(seen))
        model = model[len(seen) :]
    assert not buffer


def test_small_pieces_leave_together() -> None:
    buffer = StreamBuffer()
    for _ in range(10):
        buffer.append(b"abc")
    with buffer.peek(100) as view:
        assert view == b"abc" * 10


def test_a_large_piece_is_referred_to_and_let_go_when_written_or_dropped() -> None:
    for end in ("advance", "clear"):
        data = bytearray(10_000)
        buffer = StreamBuffer()
        buffer.append(data)
        data[5] = 7  # seen through the view
        with buffer.peek(10) as view:
            assert view[5] == 7
        with pytest.raises(BufferError):
            data.append(0)
        if end == "advance":
            buffer.advance(10_000)
        else:
            buffer.clear()
        data.append(0)


def test_a_view_of_other_items_is_counted_in_bytes() -> None:
    buffer = StreamBuffer()
    buffer.append(memoryview(bytearray(8000)).cast("I"))
    buffer.append(memoryview(bytearray(8)).cast("I"))
    assert len(buffer) == 8008


def test_advancing_by_more_than_there_is_is_refused() -> None:
    buffer = StreamBuffer()
    buffer.append(b"abc")
    with pytest.raises(AssertionError):
        buffer.advance(4)


READ_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "take", "take_into", "find", "search", "prepend"]),
        SIZES,
    ),
    max_size=40,
)


@settings(deadline=None)
@given(READ_STEPS)
def test_a_read_buffer_gives_back_what_was_put_in(steps: list[tuple[str, int]]) -> None:
    buffer, model = ReadBuffer(), b""
    for index, (step, size) in enumerate(steps):
        if step == "append" and size:
            buffer.append(piece(index, size))
            model += piece(index, size)
        elif step == "prepend":
            buffer.prepend(piece(index, size))
            model = piece(index, size) + model
        elif step == "take":
            size = min(size, len(model))
            taken = buffer.take(size)
            assert type(taken) is bytes
            assert taken == model[:size]
            model = model[size:]
        elif step == "take_into":
            target = bytearray(size)
            with memoryview(target) as view:
                done = buffer.take_into(view)
            assert done == min(size, len(model))
            assert target[:done] == model[:done]
            model = model[done:]
        elif step == "find":
            needle = b"%d," % (index // 2)
            start = min(size, len(model))
            assert buffer.find(needle, start) == model.find(needle, start)
        elif step == "search":
            match = re.search(rb"\A(?:[^,]*,){3}", model)
            assert buffer.search(re.compile(rb"\A(?:[^,]*,){3}")) == (match.end() if match else -1)
        assert len(buffer) == len(model)
    assert buffer.take(buffer.size) == model


@pytest.mark.parametrize("size", [1, 3, 4096, 5000])
@pytest.mark.parametrize("needle", [b"\n", b"\r\n\r\n", b"a needle that is longer than a chunk"])
def test_a_needle_is_found_over_every_seam(size: int, needle: bytes) -> None:
    text = b"\r\n\r." * 1500 + needle + b"tail" * 10
    buffer = ReadBuffer()
    start = 0
    for at in range(0, len(text), size):
        buffer.append(text[at : at + size])
        found = buffer.find(needle, start)
        if found >= 0:
            assert found == text.find(needle)
            break
        start = max(0, buffer.size - len(needle) + 1)
    else:
        pytest.fail("not found")


def test_a_chunk_that_is_taken_whole_is_not_copied() -> None:
    buffer = ReadBuffer()
    chunk = bytes(70_000)
    buffer.append(chunk)
    assert buffer.take(70_000) is chunk


def test_byte_by_byte_does_not_make_an_object_of_each() -> None:
    buffer = ReadBuffer()
    for _ in range(200_000):
        buffer.append(b"x")
    assert buffer._rest is not None
    assert len(buffer._rest) < 10
    assert buffer.take(200_000) == b"x" * 200_000


def test_scratch_memory_grows_and_is_cut_to_size() -> None:
    assert len(scratch(100)) == 100
    assert len(scratch(200_000)) == 200_000
    assert len(scratch(7)) == 7


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators differ")
def test_chunks_that_come_and_go_do_not_cost_page_faults() -> None:
    code = """
        import resource
        import zonda.iostream

        def come_and_go():
            chunks = [b"x" * (65536 + i) for i in range(8)]

        come_and_go()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(200):
            come_and_go()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, check=True
    )
    assert int(done.stdout) < 1000  # 12,800 if it is given back every time
