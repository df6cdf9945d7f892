"""permessage-deflate at work."""

import zlib

import pytest

from zonda.protocol.websocket.deflate import Deflate, InflatedTooLarge
from zonda.protocol.websocket.extensions import DeflateParameters

TEXT = b"The message that is sent again and again and again. "


def ends(**parameters: int) -> tuple[Deflate, Deflate]:
    agreed = DeflateParameters(**parameters)  # type: ignore[arg-type]
    return Deflate(agreed, True), Deflate(agreed, False)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"server_no_context_takeover": True}, {"server_max_window_bits": 9}],
    ids=str,
)
def test_what_one_end_deflates_the_other_inflates(parameters: dict[str, int]) -> None:
    server, client = ends(**parameters)
    for message in (TEXT, TEXT * 2000, b"", bytes(range(256)) * 300, TEXT):
        assert client.inflate(server.deflate(message), len(message)) == message
        assert server.inflate(client.deflate(message), len(message)) == message


def test_with_a_shared_context_repetitions_cost_next_to_nothing() -> None:
    shared, _ = ends()
    alone, _ = ends(server_no_context_takeover=True)
    assert len(shared.deflate(TEXT)) > 2 * len(shared.deflate(TEXT))
    assert len(alone.deflate(TEXT)) == len(alone.deflate(TEXT))


def test_a_bomb_is_not_inflated_beyond_the_limit() -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    payload = bomb.compress(b"\0" * 10_000_000) + bomb.flush(zlib.Z_SYNC_FLUSH)
    server, _ = ends()
    with pytest.raises(InflatedTooLarge):
        server.inflate(payload[:-4], 9_999_999)
    server, _ = ends()
    assert len(server.inflate(payload[:-4], 10_000_000)) == 10_000_000


def test_what_is_not_deflated_is_refused() -> None:
    server, _ = ends()
    with pytest.raises(ValueError, match="not deflated"):
        server.inflate(b"\xff\xff\xff", 100)


def test_a_message_may_end_its_stream() -> None:
    """RFC 7692 7.2.3.4: blocks with BFINAL set."""
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    payload = last.compress(TEXT) + last.flush(zlib.Z_FINISH) + b"\0"
    server, _ = ends()
    assert server.inflate(payload, 1000) == TEXT
    assert server.inflate(payload, 1000) == TEXT
    assert server.inflate(payload[:-1] + payload, 1000) == TEXT * 2
    with pytest.raises(InflatedTooLarge):
        server.inflate(payload[:-1] + payload, len(TEXT) * 2 - 1)


def test_windows_too_small_for_zlib_are_left_alone() -> None:
    server, client = ends(server_max_window_bits=8)
    assert not server.can_deflate
    assert client.can_deflate
