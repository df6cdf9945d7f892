"""JSON by msgspec, by orjson, and by the module at home alone."""

import collections
import dataclasses
import datetime
import enum
import json
import math
import sys
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zonda.escape import json_encode
from zonda.httputil import jsoncodec

LIBRARIES = ["msgspec", "orjson"]


class Doubled(dict[str, int]):
    """A dict whose items are not what its base stores (so werkzeug's MultiDict)."""

    def items(self) -> Any:
        return [(key, 2 * value) for key, value in super().items()]


class Text(str):
    pass


class Half(float):
    pass


class Kind(enum.IntEnum):
    ONE = 1


PLAIN = [
    None,
    True,
    "text ü </script> \x7f \u2028 \U0001f600",
    [1, -2, 2**63, -(2**63) - 1, 2**70, 0.1, 1e300, 5e-324, -0.0, 0.1 + 0.2],
    {"a": {"b": [{}, []]}, "ü": "ü", "</": None},
    {2: "two", "x": (1, 2)},
]
ODD = [
    {None: "none", True: "yes", 1.5: 1, math.nan: 2},
    {"x": Doubled(a=1), "t": Text("ü"), "k": Kind.ONE, "h": Half(0.5), Text("key"): 1},
    [collections.OrderedDict(a=1), time.gmtime(0)],  # a tuple with names
    [math.nan, math.inf, -math.inf, None],
    {"deep": [[[[[]]]]] * 3, "nan": {"in": [{"deep": math.nan}]}},
]


@pytest.fixture(params=[*LIBRARIES, "without"])
def codec(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[types.ModuleType]:
    """The module where only this library is installed."""
    if request.param != "without":
        pytest.importorskip(request.param, reason=f"needs {request.param}")
    for library in LIBRARIES:
        if library != request.param:
            monkeypatch.setitem(sys.modules, library, None)
    forget()
    assert (jsoncodec._fast_encoder() is None) == (request.param == "without")
    yield jsoncodec
    forget()


def forget() -> None:
    jsoncodec._fast_encoder.cache_clear()
    jsoncodec._fast_decoder.cache_clear()


@pytest.mark.parametrize("value", [*PLAIN, *ODD], ids=repr)
class TestWhatJSONHas:
    def test_dumps(self, codec: Any, value: Any) -> None:
        body = codec.dumps(value)
        assert repr(json.loads(body)) == repr(json.loads(json.dumps(value)))
        assert b": " not in body
        assert repr(codec.loads(body)) == repr(json.loads(body))

    def test_for_html(self, codec: Any, value: Any) -> None:
        body = codec.dumps_for_html(value)
        assert repr(json.loads(body)) == repr(json.loads(json.dumps(value)))
        assert b"</" not in body


def test_for_html_of_nothing_odd(codec: Any) -> None:
    value = {"ü": "</b>", "n": [1, None]}
    if codec._fast_encoder() is None:
        assert codec.dumps_for_html(value) == json_encode(value).encode()
    else:
        assert codec.dumps_for_html(value) == '{"ü":"<\\/b>","n":[1,null]}'.encode()


def test_half_of_a_pair_can_only_be_escaped(codec: Any) -> None:
    assert codec.dumps_for_html({"a": "\ud800"}) == b'{"a": "\\ud800"}'
    with pytest.raises(UnicodeEncodeError):
        codec.dumps({"a": "\ud800"})


def test_numbers_that_are_none(codec: Any) -> None:
    assert codec.dumps([math.nan, math.inf]) == b"[NaN,Infinity]"
    assert codec.dumps([None, math.inf]) == b"[null,Infinity]"
    assert codec.dumps_for_html({"a": [None, math.nan]}) == b'{"a": [null, NaN]}'


@pytest.mark.parametrize("value", [object(), {(1, 2): 3}, 1j, [range(3)]], ids=repr)
def test_what_json_lacks(codec: Any, value: object) -> None:
    for dumps in (codec.dumps, codec.dumps_for_html):
        with pytest.raises(TypeError, match=r"not JSON serializable|keys must be"):
            dumps(value)


def test_what_holds_itself(codec: Any) -> None:
    circle: list[Any] = []
    circle.append({"a": circle})
    for dumps in (codec.dumps, codec.dumps_for_html):
        with pytest.raises(ValueError, match="Circular"):
            dumps(circle)


@pytest.mark.parametrize(
    "value", [b"x", {1}, datetime.date(2026, 11, 21), types.SimpleNamespace()], ids=repr
)
def test_for_html_takes_no_more_types_than_json(codec: Any, value: Any) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        codec.dumps_for_html({"a": value})


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b"\xff", b"{}x"])
def test_what_is_no_json(codec: Any, body: bytes) -> None:
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        codec.loads(body)


def test_other_encodings_than_utf8(codec: Any) -> None:
    assert codec.loads('{"a": "ü"}'.encode("utf-16")) == {"a": "ü"}


@dataclasses.dataclass
class Order:
    item: str | None
    weight: float


def test_more_types_where_a_library_is(codec: Any) -> None:
    value = [datetime.date(2026, 11, 21), Order(None, 0.5)]
    if codec._fast_encoder() is None:
        with pytest.raises(TypeError):
            codec.dumps(value)
    else:
        assert codec.dumps(value) == b'["2026-11-21",{"item":null,"weight":0.5}]'


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    )
)
def test_any_value_means_what_it_means_to_json(codec: Any, value: Any) -> None:
    for body in (codec.dumps(value), codec.dumps_for_html(value)):
        assert repr(json.loads(body)) == repr(json.loads(json.dumps(value)))
        assert repr(codec.loads(body)) == repr(json.loads(body))
