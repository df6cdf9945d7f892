"""Close codes and close frames."""

import pytest

from zonda._kernel.errors import Fault
from zonda.protocol.websocket.closing import Close, close_payload, is_sendable, parse_close

SENDABLE = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999]
FORBIDDEN = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


@pytest.mark.parametrize("code", SENDABLE)
def test_registered_and_private_codes_go_both_ways(code: int) -> None:
    assert is_sendable(code)
    assert parse_close(close_payload(code, "grüße")) == Close(code, "grüße")


@pytest.mark.parametrize("code", FORBIDDEN)
def test_other_codes_go_neither_way(code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        close_payload(code, None)
    read = parse_close(code.to_bytes(2, "big"))
    assert isinstance(read, Fault)
    assert read.status == 1002


def test_a_close_frame_may_be_empty_but_not_half_a_code() -> None:
    assert parse_close(b"") == Close(None, None)
    assert parse_close(b"\x03\xe8") == Close(1000, None)
    assert parse_close(b"\x03").status == 1002
    assert parse_close(b"\x03\xe8\xff").status == 1007


def test_a_reason_needs_a_code_and_has_a_limit() -> None:
    assert close_payload(None, None) == b""
    assert close_payload(None, "x") == b"\x03\xe8x"
    assert len(close_payload(1000, "x" * 123)) == 125
    with pytest.raises(ValueError, match="123 bytes"):
        close_payload(1000, "ü" * 62)
