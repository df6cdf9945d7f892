"""Whitespace modes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.template import filter_whitespace
from zonda.template.whitespace import default_mode

blank_text = st.text(st.sampled_from(" \t\n\r\x0b\xa0ab"), max_size=30)


@pytest.mark.parametrize(
    ("mode", "text", "filtered"),
    [
        ("all", "a \t b \n\n c", "a \t b \n\n c"),
        ("single", "a \t b \n\n c\n", "a b\nc\n"),
        ("single", "\n \n", "\n"),
        ("single", "a\r\n  b", "a\nb"),
        ("oneline", "a \t b \n\n c\n", "a b c "),
    ],
)
def test_modes(mode: str, text: str, filtered: str) -> None:
    assert filter_whitespace(mode, text) == filtered


@given(blank_text)
def test_single(text: str) -> None:
    filtered = filter_whitespace("single", text)
    assert not re.search(r"[ \t]{2}|\s\n|\n\s", filtered)
    assert ("\n" in filtered) == ("\n" in text)
    assert filtered.split() == text.split()


@given(blank_text)
def test_oneline(text: str) -> None:
    filtered = filter_whitespace("oneline", text)
    assert not re.search(r"\s\s|[^\S ]", filtered)
    assert filtered.split() == text.split()


@given(blank_text, st.sampled_from(["all", "single", "oneline"]))
def test_twice_is_once(text: str, mode: str) -> None:
    once = filter_whitespace(mode, text)
    assert filter_whitespace(mode, once) == once


def test_unknown_mode() -> None:
    with pytest.raises(ValueError, match="'some': use all, single, oneline"):
        filter_whitespace("some", "")


def test_default_mode() -> None:
    assert default_mode("a.html") == default_mode("a.js") == "single"
    assert default_mode("a.txt") == default_mode("<string>") == default_mode("html") == "all"
