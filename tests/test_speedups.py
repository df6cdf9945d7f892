"""Tornado's name for the mask of WebSocket frames."""

from zonda import speedups, util


def test_the_mask_is_the_kernels() -> None:
    data = b"The quick brown fox"
    masked = speedups.websocket_mask(b"\x01\x02\x03\x04", data)
    assert masked == util._websocket_mask_python(b"\x01\x02\x03\x04", data)
    assert speedups.websocket_mask(b"\x01\x02\x03\x04", masked) == data
