"""The limits themselves; that they hold is tested with what they limit."""

import dataclasses

import pytest

from zonda.protocol.limits import MIB, Limits


def test_all_are_on_by_default() -> None:
    values = dataclasses.asdict(Limits())
    assert values
    assert all(value > 0 for value in values.values())
    assert values["max_header_size"] == 65536
    assert values["max_body_size"] == 100 * MIB


def test_connections_may_share_them() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Limits().max_body_size = 1  # type: ignore[misc]
