"""A connection without its I/O: two machines talk to each other."""

import pytest

from zonda._kernel.frame_faults import MESSAGE_TOO_BIG, NOT_UTF8
from zonda.protocol.errors import LocalProtocolError
from zonda.protocol.websocket import (
    BINARY,
    BROKEN,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Close,
    Deflate,
    DeflateParameters,
    WebSocket,
)


def pair(limit: int = 1000, compressed: bool = False) -> tuple[WebSocket, WebSocket]:
    agreed = DeflateParameters()
    return (
        WebSocket(True, limit, Deflate(agreed, True) if compressed else None),
        WebSocket(False, limit, Deflate(agreed, False) if compressed else None),
    )


@pytest.mark.parametrize("compressed", [False, True])
def test_what_one_end_sends_the_other_receives(compressed: bool) -> None:
    for one, other in (pair(compressed=compressed), pair(compressed=compressed)[::-1]):
        data = one.message("héllo", False) + one.ping(b"p") + one.message(b"\xff", True)
        data += one.pong() + one.message("", False) + one.message(b"utf-8", False)
        expected = [
            (TEXT, "héllo"), (PING, b"p"), (BINARY, b"\xff"), (PONG, b""), (TEXT, ""),
            (TEXT, "utf-8"),
        ]  # fmt: skip
        assert other.receive(data) == expected
        assert one.wire_bytes_out == other.wire_bytes_in == len(data)
        assert one.message_bytes_out == other.message_bytes_in == 12
        assert not other.partial


def test_nothing_follows_a_close_frame() -> None:
    server, client = pair()
    data = client.close(1001, "bye")
    assert client.close() == b""
    with pytest.raises(LocalProtocolError):
        client.message("x", False)
    with pytest.raises(LocalProtocolError):
        client.ping()
    assert server.receive(data + b"anything") == [(CLOSE, Close(1001, "bye"))]
    assert server.close_received
    assert server.receive(b"anything") == []
    assert server.message("on the way", False)  # until our own close frame has gone


def test_a_large_message_may_follow_its_header_uncopied() -> None:
    ours, theirs = WebSocket(True, 1 << 20), WebSocket(False, 1 << 20)
    payload = bytes(range(256)) * 300
    assert theirs.receive(ours.large_header(len(payload)) + payload) == [(BINARY, payload)]
    assert ours.message_bytes_out == len(payload)
    assert ours.wire_bytes_out == theirs.wire_bytes_in
    ours.close()
    with pytest.raises(LocalProtocolError):
        ours.large_header(len(payload))


def test_a_broken_close_frame_breaks_the_connection() -> None:
    server, client = pair()
    events = server.receive(client.frame(0x88, b"\x03\xed"))
    assert [(kind, fault.status) for kind, fault in events] == [(BROKEN, 1002)]
    assert server.close_received


def test_limits_hold_for_inflated_messages() -> None:
    server, client = pair(limit=1000, compressed=True)
    assert server.receive(client.message("x" * 1000, False)) == [(TEXT, "x" * 1000)]
    assert server.receive(client.message("x" * 1001, False)) == [(BROKEN, MESSAGE_TOO_BIG)]


def test_incompressible_messages_may_be_as_large_as_others() -> None:
    import random

    payload = random.Random(1).randbytes(100_000)
    server, client = pair(limit=100_000, compressed=True)
    assert server.receive(client.message(payload, True)) == [(BINARY, payload)]


def test_compressed_text_must_be_utf8_and_compressed() -> None:
    for payload, status in ((Deflate(DeflateParameters(), False).deflate(b"\xff"), 1007),):
        server, client = pair(compressed=True)
        ((kind, fault),) = server.receive(client.frame(0xC1, payload))
        assert (kind, fault, fault.status) == (BROKEN, NOT_UTF8, status)
    server, client = pair(compressed=True)
    ((kind, fault),) = server.receive(client.frame(0xC1, b"\xff\xff"))
    assert (kind, fault.status) == (BROKEN, 1007)


def test_what_cannot_be_sent_is_refused_before_it_is() -> None:
    server, _ = pair()
    with pytest.raises(UnicodeDecodeError):
        server.message(b"\xff", False)
    with pytest.raises(UnicodeEncodeError):
        server.message("\ud800", False)
    with pytest.raises(ValueError, match="125"):
        server.ping(b"x" * 126)
    with pytest.raises(ValueError, match="1005"):
        server.close(1005)
    assert not server.close_sent
    assert server.wire_bytes_out == 0


@pytest.mark.parametrize("compressed", [False, True])
def test_the_websockets_library_agrees(compressed: bool) -> None:
    protocol = pytest.importorskip("websockets.protocol")
    frames = pytest.importorskip("websockets.frames")
    deflate = pytest.importorskip("websockets.extensions.permessage_deflate")
    oracle = protocol.Protocol(protocol.Side.CLIENT)
    if compressed:
        oracle.extensions = [deflate.PerMessageDeflate(False, False, 15, 15)]
    server, _ = pair(compressed=compressed)
    for text in ("short", "long " * 100, "€" * 30):
        oracle.send_text(text.encode())
        oracle.receive_data(server.message(text, False))
    oracle.send_ping(b"p")
    oracle.receive_data(server.ping(b"q"))
    oracle.receive_data(server.close(1000, "bye"))
    sent = b"".join(oracle.data_to_send())
    read = server.receive(sent)
    assert read[:4] == [(TEXT, "short"), (TEXT, "long " * 100), (TEXT, "€" * 30), (PING, b"p")]
    assert read[4:] == [(PONG, b"q"), (CLOSE, Close(1000, "bye"))]
    received = oracle.events_received()
    assert [frame.data.decode() for frame in received[:3]] == ["short", "long " * 100, "€" * 30]
    assert [frame.opcode for frame in received[3:]] == [frames.Opcode.PING, frames.Opcode.CLOSE]
