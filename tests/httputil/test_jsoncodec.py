"""JSON by msgspec, and without it."""

import datetime
import json
import math
from typing import Any

import pytest

from zonda.httputil import jsoncodec

VALUES = [
    None,
    True,
    "text ü </script> \x7f \u2028",
    [1, -2, 2**70, 0.1, 1e300, -0.0],
    {"a": {"b": [{}, []]}, "ü": "ü"},
    {2: "two", None: "none", True: "yes"},
]


@pytest.fixture(params=["msgspec", "without"])
def codec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "msgspec":
        pytest.importorskip("msgspec", reason="needs msgspec")
        jsoncodec._fast.cache_clear()
        assert jsoncodec._fast() is not None
    else:
        monkeypatch.setattr(jsoncodec, "_fast", lambda: None)
    return jsoncodec


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_both_write_means_the_same(codec: Any, value: Any) -> None:
    body = codec.dumps(value)
    assert json.loads(body) == json.loads(json.dumps(value))
    assert b": " not in body
    assert codec.loads(body) == json.loads(body)


def test_numbers_that_are_none(codec: Any) -> None:
    assert codec.dumps([math.nan, math.inf]) == b"[NaN,Infinity]"
    assert codec.dumps([None, math.inf]) == b"[null,Infinity]"


@pytest.mark.parametrize("value", [object(), {(1, 2): 3}, 1j])
def test_what_json_lacks(codec: Any, value: object) -> None:
    with pytest.raises(TypeError):
        codec.dumps(value)


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b"\xff", b"{}x"])
def test_what_is_no_json(codec: Any, body: bytes) -> None:
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        codec.loads(body)


def test_other_encodings_than_utf8(codec: Any) -> None:
    assert codec.loads('{"a": "ü"}'.encode("utf-16")) == {"a": "ü"}


def test_more_types_where_msgspec_is() -> None:
    pytest.importorskip("msgspec", reason="needs msgspec")
    jsoncodec._fast.cache_clear()
    assert jsoncodec.dumps([datetime.date(2026, 11, 21)]) == b'["2026-11-21"]'
