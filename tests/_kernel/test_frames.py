"""Frames: both twins by the same cases, and against each other on any bytes at every split."""

import importlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zonda._kernel import frame_faults as faults
from zonda._kernel.pure import frames as pure_frames

both = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])

KEY = b"\x37\xfa\x21\x3d"


def native_frames() -> Any:
    return pytest.importorskip("zonda._kernel.frames", reason="no native kernel here")


@pytest.fixture(params=["pure", "native"])
def frames(request: pytest.FixtureRequest) -> Any:
    return pure_frames if request.param == "pure" else native_frames()


def frame(first: int, payload: bytes = b"", masked: bool = True, form: int = 0) -> bytes:
    """A frame as a peer might build it; ``form`` 126 or 127 forces a longer length."""
    size = len(payload)
    form = form or (size if size < 126 else 126 if size < 65536 else 127)
    head = bytes((first, form | (0x80 if masked else 0)))
    if form >= 126:
        head += size.to_bytes(2 if form == 126 else 8, "big")
    return head + KEY + pure_frames.mask_bytes(KEY, payload) if masked else head + payload


def fed(parser: Any, *pieces: bytes) -> list[Any]:
    return [event for piece in pieces for event in parser.feed(piece)]


def server(frames: Any, limit: int = 1000, compressed: int = -1) -> Any:
    return frames.FrameParser(True, limit, compressed)


def test_messages_and_control_frames_come_in_order(frames: Any) -> None:
    data = frame(0x81, "grüße".encode()) + frame(0x89, b"p") + frame(0x82, b"\xff") + frame(0x8A)
    assert server(frames).feed(data) == [(1, "grüße"), (9, b"p"), (2, b"\xff"), (10, b"")]


def test_fragments_make_one_message_with_control_frames_between(frames: Any) -> None:
    data = frame(0x01, b"a") + frame(0x89, b"p") + frame(0x00) + frame(0x80, b"b")
    assert server(frames).feed(data) == [(9, b"p"), (1, "ab")]


def test_a_message_may_be_split_anywhere(frames: Any) -> None:
    payload = "1€2".encode() * 60
    data = frame(0x01, payload[:100]) + frame(0x80, payload[100:]) + frame(0x82, payload)
    whole = server(frames).feed(data)
    assert whole == [(1, payload.decode()), (2, payload)]
    for at in range(len(data)):
        assert fed(server(frames), data[:at], data[at:]) == whole
    assert fed(server(frames), *(bytes((byte,)) for byte in data)) == whole


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 2_000_000])
@pytest.mark.parametrize("masked", [False, True])
def test_what_the_encoder_builds_the_parser_reads(frames: Any, size: int, masked: bool) -> None:
    encoder = frames.FrameEncoder(masked)
    parser = frames.FrameParser(masked, size)
    payload = bytes(range(256)) * (size // 256 + 1)
    built = encoder.build(0x82, payload[:size]) + encoder.build(0x89, b"")
    pieces = [built[at : at + 65536] for at in range(0, len(built), 65536)]
    assert fed(parser, *pieces) == [(2, payload[:size]), (9, b"")]
    assert parser.wire_bytes == encoder.wire_bytes == len(built)
    assert parser.message_bytes == encoder.message_bytes == size
    assert not parser.partial


def test_text_is_sent_as_utf8(frames: Any) -> None:
    assert frames.FrameEncoder(False).build(0x81, "€") == b"\x81\x03\xe2\x82\xac"
    with pytest.raises(UnicodeEncodeError):
        frames.FrameEncoder(False).build(0x81, "\ud800")


def test_frames_built_elsewhere_are_counted(frames: Any) -> None:
    encoder = frames.FrameEncoder(False)
    encoder.build(0x81, "abc")
    encoder.build(0x89, b"ping")
    assert (encoder.wire_bytes, encoder.message_bytes) == (11, 3)
    encoder.count(2**33, 2**32)
    assert (encoder.wire_bytes, encoder.message_bytes) == (2**33 + 11, 2**32 + 3)


def test_each_frame_has_a_key_of_its_own(frames: Any) -> None:
    encoder = frames.FrameEncoder(True)
    keys = {encoder.build(0x82, b"")[2:6] for _ in range(200)}
    assert len(keys) == 200


BROKEN = {
    "rsv2": (frame(0xA1, b"x"), faults.RESERVED_BITS),
    "rsv1 without extension": (frame(0xC1, b"x"), faults.RESERVED_BITS),
    "opcode 3": (frame(0x83), faults.RESERVED_OPCODE),
    "opcode 15": (frame(0x8F), faults.RESERVED_OPCODE),
    "not masked": (frame(0x81, b"x", masked=False), faults.NOT_MASKED),
    "fragmented ping": (frame(0x09), faults.CONTROL_FRAGMENTED),
    "long ping": (frame(0x89, b"x" * 126), faults.CONTROL_TOO_LONG),
    "continuation of nothing": (frame(0x80, b"x"), faults.NOTHING_TO_CONTINUE),
    "message in message": (frame(0x01) + frame(0x81), faults.MESSAGE_NOT_COMPLETE),
    "long form of 16 bits": (frame(0x81, b"x", form=126), faults.LENGTH_NOT_MINIMAL),
    "long form of 64 bits": (frame(0x81, b"x", form=127), faults.LENGTH_NOT_MINIMAL),
    "highest bit": (b"\x82\xff\x80" + b"\0" * 7 + KEY, faults.LENGTH_TOO_LARGE),
    "too big": (frame(0x82, b"x" * 1001), faults.MESSAGE_TOO_BIG),
    "too big by its header": (b"\x82\xfe\x03\xe9" + KEY, faults.MESSAGE_TOO_BIG),
    "too big together": (frame(0x02, b"x" * 999) + frame(0x80, b"xx"), faults.MESSAGE_TOO_BIG),
    "overlong": (frame(0x81, b"\xc0\x80"), faults.NOT_UTF8),
    "surrogate": (frame(0x81, b"\xed\xa0\x80"), faults.NOT_UTF8),
    "cut off": (frame(0x81, b"abc\xe2\x82"), faults.NOT_UTF8),
    "cut off in the last fragment": (frame(0x01, b"\xe2") + frame(0x80, b"\x82"), faults.NOT_UTF8),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_ends_the_events(frames: Any, case: str) -> None:
    data, fault = BROKEN[case]
    parser = server(frames)
    events = parser.feed(frame(0x81, b"good") + data + frame(0x81, b"unseen"))
    assert (events[0], events[-1]) == ((1, "good"), (0, fault))
    assert parser.finished
    assert parser.feed(frame(0x81, b"unseen")) == []
    bytewise = fed(server(frames), *(bytes((byte,)) for byte in data))
    assert bytewise[-1] == (0, fault)


def test_a_server_may_not_mask(frames: Any) -> None:
    parser = frames.FrameParser(False, 1000)
    assert parser.feed(frame(0x81, b"x")) == [(0, faults.MASKED)]


@pytest.mark.parametrize(
    ("payload", "seen"),
    [(b"\xf4\x90\x80\x80", 2), (b"ab\xc1", 3), (b"\xed\xa0\x80", 2), (b"\xe2\x82\x41", 3)],
)
def test_broken_text_is_refused_at_its_first_wrong_byte(
    frames: Any, payload: bytes, seen: int
) -> None:
    data = frame(0x81, payload)
    parser = server(frames)
    events = [bool(parser.feed(data[at : at + 1])) for at in range(len(data))]
    assert events.index(True) == 6 + seen - 1


def test_nothing_is_read_behind_a_close_frame(frames: Any) -> None:
    parser = server(frames)
    assert parser.feed(frame(0x88, b"\x03\xe8") + b"\xff\xff") == [(8, b"\x03\xe8")]
    assert parser.finished
    assert parser.feed(b"\xff") == []


def test_compressed_messages_are_handed_on_as_they_are(frames: Any) -> None:
    parser = server(frames, compressed=10)
    data = frame(0x41, b"\xff") + frame(0x80, b"\xfe") + frame(0xC2, b"x" * 10)
    assert parser.feed(data) == [(0x41, b"\xff\xfe"), (0x42, b"x" * 10)]
    assert parser.feed(frame(0xC2, b"x" * 11)) == [(0, faults.MESSAGE_TOO_BIG)]
    for first in (0xC9, 0xC0):
        broken = server(frames, compressed=10)
        broken.feed(frame(0x01, b"x"))
        assert broken.feed(frame(first, b"x")) == [(0, faults.RESERVED_BITS)]


def test_partial_tells_whether_the_peer_stopped_in_the_middle(frames: Any) -> None:
    parser = server(frames)
    data = frame(0x01, b"a") + frame(0x80, b"b")
    for byte in data:
        assert not (parser.feed(bytes((byte,))) and parser.partial)
        assert parser.partial == (parser.wire_bytes < len(data))


def test_masks_are_four_bytes(frames: Any) -> None:
    assert frames.mask_bytes(b"abcd", frames.mask_bytes(b"abcd", b"x" * 13)) == b"x" * 13
    assert frames.mask_bytes(b"abcd", b"") == b""
    for key in (b"", b"abc", b"abcde"):
        with pytest.raises(ValueError, match="four bytes"):
            frames.mask_bytes(key, b"x")


TEXTS = st.sampled_from(
    [b"", b"a", "é€😀".encode(), b"a" * 130, b"\xe2\x82", b"\xac", b"\xff", b"\xed\xa0", b"x" * 300]
)
FIRSTS = st.sampled_from(
    [0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x00, 0x80, 0x89, 0x8A, 0xC1, 0x41, 0x88, 0xA1, 0x83, 0x09]
)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Frames, mostly good, perhaps changed in one byte, in pieces of any size."""
    some = draw(st.lists(st.tuples(FIRSTS, TEXTS, st.sampled_from([0, 0, 0, 126])), max_size=8))
    data = bytearray(b"".join(frame(first, text, form=form) for first, text, form in some))
    if data and draw(st.booleans()):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [bytes(data[a:b]) for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@both
@given(streams(), st.sampled_from([200, 1000]), st.sampled_from([-1, 200]))
def test_the_twins_agree(pieces: list[bytes], limit: int, compressed: int) -> None:
    native = native_frames()
    one = pure_frames.FrameParser(True, limit, compressed)
    other = native.FrameParser(True, limit, compressed)
    for piece in pieces:
        assert one.feed(piece) == other.feed(piece)
        assert (one.finished, one.message_bytes) == (other.finished, other.message_bytes)
        if not one.finished:
            assert (one.partial, one.wire_bytes) == (other.partial, other.wire_bytes)


@both
@given(st.binary(min_size=4, max_size=4), st.binary(max_size=100))
def test_the_twins_mask_alike(key: bytes, data: bytes) -> None:
    assert native_frames().mask_bytes(key, data) == pure_frames.mask_bytes(key, data)


@both
@given(st.lists(st.binary(max_size=12), max_size=8))
def test_the_incremental_check_of_text_is_pythons(pieces: list[bytes]) -> None:
    parser = importlib.import_module("zonda._kernel").FrameParser(False, 1000)
    events = parser.feed(b"\x01\x00")
    for piece in pieces:
        events += parser.feed(bytes((0x00, len(piece))) + piece)
    events += parser.feed(b"\x80\x00")
    expected: tuple[int, Any]
    try:
        expected = (1, b"".join(pieces).decode())
    except UnicodeDecodeError:
        expected = (0, faults.NOT_UTF8)
    assert events == [expected]
