"""Status codes."""

import http

import pytest

from zonda.protocol.status import REASONS, has_no_body, reason_phrase


def test_phrases() -> None:
    assert reason_phrase(200) == "OK"
    assert reason_phrase(413) == "Content Too Large"
    assert reason_phrase(299) == "Unknown"


def test_all_that_the_standard_library_knows_are_here() -> None:
    assert {int(status) for status in http.HTTPStatus} <= set(REASONS)


def test_phrases_can_be_sent() -> None:
    assert all(phrase.isascii() and phrase.isprintable() for phrase in REASONS.values())


@pytest.mark.parametrize(
    ("status", "none"),
    [(100, True), (101, True), (199, True), (200, False), (204, True), (205, False), (304, True)],
)
def test_which_have_no_content(status: int, none: bool) -> None:
    assert has_no_body(status) is none
