"""`MockAnswer`: what its fields become."""

import math

import pytest

from zonda.httputil import HTTPInputError
from zonda.testing.mock import MockAnswer


def test_a_body_is_bytes_or_text():
    assert MockAnswer(body=b"\xff").content == b"\xff"
    assert MockAnswer(body="ñ").content == b"\xc3\xb1"
    assert MockAnswer().content is None


def test_json_brings_its_type_unless_another_is_given():
    assert MockAnswer(json={"a": "ñ"}).content == b'{"a": "\\u00f1"}'
    assert MockAnswer(json=[]).fields["Content-Type"] == "application/json"
    answer = MockAnswer(json=[], headers={"content-type": "application/problem+json"})
    assert answer.fields.get_list("Content-Type") == ["application/problem+json"]


def test_fields_are_a_mapping_or_pairs_and_may_repeat():
    wanted = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Y", "z")]
    assert list(MockAnswer(headers=wanted).fields.get_all()) == wanted
    mapping = {"Set-Cookie": ["a=1", "b=2"], "X-Y": "z"}
    assert list(MockAnswer(headers=mapping).fields.get_all()) == wanted


@pytest.mark.parametrize(
    "arguments",
    [
        {"body": b"", "json": 1},
        {"json": 1, "chunks": []},
        {"raw": b"", "body": b"x"},
        {"timeout": True, "error": OSError()},
        {"delay": -1},
        {"delay": math.nan},
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused(arguments):
    with pytest.raises(ValueError):
        MockAnswer(**arguments)


def test_fields_that_cannot_be_sent_are_refused():
    with pytest.raises(HTTPInputError):
        MockAnswer(headers={"X-A": "a\r\nb"})
