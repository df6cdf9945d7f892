"""What rendered templates call."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.escape import xhtml_escape
from zonda.template.runtime import applied, escape_by, escape_text, join, plain_text


class Markup(str):
    """Like markupsafe's: escapes what it is combined with, and has its own idea of text."""

    def __str__(self) -> str:
        return "other"

    def replace(self, *args: Any) -> Markup:
        raise AssertionError


class Color(str, enum.Enum):  # noqa: UP042 - its str() is another
    RED = "<red>"


@given(st.text())
def test_text_is_escaped_as_by_xhtml_escape(text: str) -> None:
    assert escape_text(text) == escape_text(text.encode()) == xhtml_escape(text)


@given(st.integers() | st.floats() | st.booleans() | st.none() | st.complex_numbers())
def test_other_values_are_escaped_as_their_text(value: object) -> None:
    assert escape_text(value) == xhtml_escape(str(value))


def test_objects() -> None:
    assert escape_text(["<"]) == "[&#x27;&lt;&#x27;]"
    assert escape_text(Markup("<b>")) == "&lt;b&gt;"
    assert escape_text(Color.RED) == "&lt;red&gt;"
    with pytest.raises(UnicodeDecodeError):
        escape_text(b"\xff")


def test_plain_text() -> None:
    assert plain_text("a") == "a"
    assert plain_text(b"\xc3\xa9") == "é"
    assert plain_text(b"\xff") == b"\xff"
    assert plain_text(5) == "5"
    assert "".join([Markup("m")]) == "m"


def test_functions_of_the_programs_own() -> None:
    seen: list[Any] = []

    def function(value: bytes) -> str:
        seen.append(value)
        return "done"

    assert escape_by(function, "é") == escape_by(function, 5) == "done"
    assert seen == ["é".encode(), b"5"]


@pytest.mark.parametrize("result", [None, 5, ["x"]])
def test_functions_return_text(result: object) -> None:
    with pytest.raises(TypeError, match=type(result).__name__):
        applied(result)
    assert applied(b"x") == applied("x") == "x"


def test_join() -> None:
    assert join(["a", "é"]) == "aé".encode()
    assert join(["é", b"\xff", "b"]) == "é".encode() + b"\xffb"
    assert join([]) == b""
    with pytest.raises(UnicodeEncodeError):
        join(["\ud800"])
