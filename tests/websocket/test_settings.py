"""The figures that an application may set."""

import pytest

from zonda.log import gen_log
from zonda.testing import ExpectLog
from zonda.websocket.settings import CompressionOptions, ConnectionSettings


@pytest.mark.parametrize(
    ("interval", "timeout", "limit"), [(10, None, 10), (10, 4, 4), (10, 0, 0), (None, None, 0)]
)
def test_a_pong_is_due_within_the_interval(
    interval: float | None, timeout: float | None, limit: float
) -> None:
    assert ConnectionSettings(interval, timeout).pong_limit == limit


def test_a_longer_limit_is_cut_and_reported() -> None:
    with ExpectLog(gen_log, "The websocket_ping_timeout"):
        assert ConnectionSettings(10, 20).pong_limit == 10


def test_compression_options() -> None:
    assert CompressionOptions.of({}) == CompressionOptions()
    options = CompressionOptions.of({"mem_level": 5, "client_no_context_takeover": True})
    assert options.mem_level == 5
    assert options.parameters.client_no_context_takeover


def test_a_compression_option_that_does_not_exist_is_reported() -> None:
    with ExpectLog(gen_log, "Unknown WebSocket compression option levle; there are compression_l"):
        assert CompressionOptions.of({"levle": 1, "mem_level": 5}).mem_level == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("compression_level", 10),
        ("compression_level", -2),
        ("mem_level", 0),
        ("server_max_window_bits", 8),
        ("client_max_window_bits", 16),
    ],
)
def test_compression_options_have_ranges(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} must be .* not {value}"):
        CompressionOptions.of({name: value})
