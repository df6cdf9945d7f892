"""What is plain JSON; both twins."""

import collections
import enum
import math
from typing import Any

import pytest


class Text(str):
    pass


class Whole(enum.IntEnum):
    ONE = 1


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [{"a": (value,)}]
    return value


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, 2**100, -0.0, 1e300, "", "\ud800", [], (), {}),
        {"a": [1, 2.5, {"b": (None, False)}], 7: "seven", "": {}},
        nested(33),
    ],
    ids=repr,
)
def test_plain(kernel: Any, value: Any) -> None:
    assert kernel.is_plain(value) is True


@pytest.mark.parametrize(
    "value",
    [
        *(math.nan, math.inf, -math.inf, b"", 1j, {1}, object(), Text("a"), Whole.ONE),
        *(collections.OrderedDict(a=1), collections.namedtuple("Pair", "a")(1)),
        *({None: 1}, {True: 1}, {1.5: 1}, {("a",): 1}, {Text("a"): 1}),
        nested(34),
        CIRCLE,
    ],
    ids=repr,
)
def test_not_plain(kernel: Any, value: Any) -> None:
    for whole in (value, [1, value], (1, value), {"a": 1, "b": value}, [{"a": (value,)}]):
        assert kernel.is_plain(whole) is False
