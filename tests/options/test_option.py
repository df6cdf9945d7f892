"""One option: types, defaults, callbacks."""

from typing import Any

import pytest

from zonda.options import Error
from zonda.options.option import Option


def test_type_comes_from_the_default() -> None:
    assert Option("a").type is str
    assert Option("a", default=1.5).type is float
    assert Option("a", default="1", type=int).type is int
    assert Option("a", default=[1], multiple=True).type is str


def test_defaults() -> None:
    assert Option("a").value() is None
    assert Option("a", multiple=True).value() == []
    assert Option("a", default=5).value() == 5


def test_parse() -> None:
    option = Option("a", type=int)
    assert option.parse("5") == 5
    assert option.value() == 5
    assert Option("a", type=int, multiple=True).parse("1:3") == [1, 2, 3]


def test_parse_error_names_option_and_value() -> None:
    with pytest.raises(Error, match="'port' cannot be 'x'") as caught:
        Option("port", type=int).parse("x")
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("value", [5, None, True])
def test_set(value: Any) -> None:
    option = Option("a", default=1)
    option.set(value)
    assert option.value() is value


@pytest.mark.parametrize("value", ["5", 5.0, [5]])
def test_set_another_type(value: Any) -> None:
    option = Option("a", default=1)
    with pytest.raises(Error, match="'a' takes int"):
        option.set(value)
    assert option.value() == 1


def test_set_lists() -> None:
    option = Option("a", type=int, multiple=True)
    option.set([1, None])
    assert option.value() == [1, None]
    for wrong in (5, ["x"], (1,), None):
        with pytest.raises(Error, match="'a' takes a list of int"):
            option.set(wrong)


def test_callback_sees_every_value() -> None:
    seen: list[Any] = []
    option = Option("a", type=int, callback=seen.append)
    option.parse("1")
    option.set(2)
    with pytest.raises(Error):
        option.set("x")
    assert seen == [1, 2]
