"""A message for many: one frame for all without compression, one for each way to compress."""

import pytest

from zonda.protocol.errors import LocalProtocolError
from zonda.protocol.websocket import (
    BINARY,
    TEXT,
    Deflate,
    DeflateParameters,
    SharedMessage,
    WebSocket,
)

MESSAGE = "the same words, the same words, the same words"


def server(deflate: DeflateParameters | None = None, level: int = 6) -> WebSocket:
    return WebSocket(True, 1000, deflate and Deflate(deflate, True, level))


def client(deflate: DeflateParameters | None = None) -> WebSocket:
    return WebSocket(False, 1000, deflate and Deflate(deflate, False))


def test_one_frame_for_all() -> None:
    text, data = SharedMessage(MESSAGE, False), SharedMessage(b"\xff", True)
    assert server().share(text) is server().share(text) is text.plain
    assert client().receive(server().share(text)) == [(TEXT, MESSAGE)]
    assert client().receive(server().share(data)) == [(BINARY, b"\xff")]
    with pytest.raises(UnicodeDecodeError):
        SharedMessage(b"\xff", False)


def test_one_frame_for_each_way_to_compress() -> None:
    large, small = DeflateParameters(), DeflateParameters(server_max_window_bits=9)
    message = SharedMessage(MESSAGE, False)
    frames = [server(large).share(message) for _ in range(2)]
    frames += [server(small).share(message), server(large, 0).share(message)]
    assert frames[0] is frames[1]
    assert len({id(frame) for frame in frames}) == 3
    assert len(frames[0]) < len(message.plain) < len(frames[3])
    for frame, parameters in zip(frames, (large, large, small, large), strict=True):
        assert client(parameters).receive(frame) == [(TEXT, MESSAGE)]


@pytest.mark.parametrize("alone", [True, False])
def test_own_and_shared_messages_in_turn(alone: bool) -> None:
    parameters = DeflateParameters(server_no_context_takeover=alone)
    ours, theirs = server(parameters), client(parameters)
    for _ in range(3):
        frames = [ours.message(MESSAGE, False), ours.message(MESSAGE, False)]
        frames.append(ours.share(SharedMessage(MESSAGE, False)))
        for frame in frames:
            assert theirs.receive(frame) == [(TEXT, MESSAGE)]
    assert ours.message_bytes_out == 9 * len(MESSAGE) == theirs.message_bytes_in
    assert ours.wire_bytes_out == theirs.wire_bytes_in


def test_what_compression_cannot_do_goes_uncompressed() -> None:
    parameters = DeflateParameters(server_max_window_bits=8)
    message = SharedMessage(MESSAGE, False)
    assert server(parameters).share(message) is message.plain
    empty = SharedMessage("", False)
    assert server(DeflateParameters()).share(empty) is empty.plain


def test_a_clients_frame_has_a_mask_of_its_own() -> None:
    message = SharedMessage(MESSAGE, False)
    one, two = client().share(message), client().share(message)
    assert one != two
    assert server().receive(one) == server().receive(two) == [(TEXT, MESSAGE)]


@pytest.mark.parametrize("end", [server(), client()])
def test_nothing_is_shared_behind_a_close_frame(end: WebSocket) -> None:
    end.close()
    with pytest.raises(LocalProtocolError):
        end.share(SharedMessage("x", False))
