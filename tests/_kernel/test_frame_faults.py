"""The table of what a frame can do wrong."""

from zonda._kernel import frame_faults
from zonda._kernel.errors import Fault


def test_every_fault_has_a_close_code_for_what_a_peer_did_wrong() -> None:
    table = [value for value in vars(frame_faults).values() if isinstance(value, Fault)]
    assert len(table) == len({fault.text for fault in table}) == 12
    assert {fault.status for fault in table} == {1002, 1007, 1009}
    assert all(len(fault.text.encode()) <= 123 for fault in table)  # RFC 6455 5.5
