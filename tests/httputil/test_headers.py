"""The mapping of header fields."""

import copy
import pickle
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.httputil import HTTPHeaders, HTTPInputError
from zonda.httputil.headers import _NameCache, _normalized

REPEATED = [("Set-Cookie", "a=1"), ("X", "y"), ("set-cookie", "b=2"), ("SET-COOKIE", "c=3")]


@pytest.fixture
def repeated() -> HTTPHeaders:
    return HTTPHeaders.from_pairs(REPEATED)


def test_names_are_case_insensitive() -> None:
    headers = HTTPHeaders({"content-TYPE": "text/html", "ETag": "x", "x_y-z": "1"})
    assert list(headers) == ["Content-Type", "Etag", "X_y-Z"]
    assert headers["CONTENT-type"] == "text/html"
    assert "etag" in headers
    assert "nope" not in headers
    assert 5 not in headers
    del headers["ETAG"]
    assert headers.get("Etag") is None
    with pytest.raises(KeyError, match="Etag"):
        headers["etag"]


def test_repeated_fields(repeated: HTTPHeaders) -> None:
    assert repeated["set-cookie"] == "a=1,b=2,c=3"
    assert repeated.get_list("set-cookie") == ["a=1", "b=2", "c=3"]
    assert repeated.get_list("x") == ["y"]
    assert repeated.get_list("z") == []
    assert list(repeated.get_all()) == [
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Set-Cookie", "c=3"),
        ("X", "y"),
    ]
    assert len(repeated) == 2
    assert str(repeated) == "Set-Cookie: a=1\nSet-Cookie: b=2\nSet-Cookie: c=3\nX: y\n"
    repeated["Set-Cookie"] = "d=4"
    assert repeated.get_list("Set-Cookie") == ["d=4"]


def test_get_list_is_the_callers(repeated: HTTPHeaders) -> None:
    repeated.get_list("set-cookie").clear()
    assert repeated["set-cookie"] == "a=1,b=2,c=3"


def test_construction(repeated: HTTPHeaders) -> None:
    assert dict(HTTPHeaders([("a", "1"), ("A", "2")], b="3")) == {"A": "2", "B": "3"}
    assert dict(HTTPHeaders(a="1")) == {"A": "1"}
    assert dict(HTTPHeaders()) == {}
    assert HTTPHeaders(repeated).get_list("set-cookie") == ["a=1", "b=2", "c=3"]
    with pytest.raises(TypeError):
        HTTPHeaders(5)
    with pytest.raises(TypeError):
        HTTPHeaders({}, {})


def test_subclasses_see_every_assignment() -> None:
    class Upper(HTTPHeaders):
        def __setitem__(self, name: str, value: str) -> None:
            super().__setitem__(name, value.upper())

    headers = Upper({"a": "x"})
    headers.add("b", "y")
    assert dict(headers) == {"A": "X", "B": "Y"}


@pytest.mark.parametrize(
    "twin",
    [
        copy.copy,
        copy.deepcopy,
        HTTPHeaders.copy,
        HTTPHeaders,
        lambda headers: pickle.loads(pickle.dumps(headers)),
        lambda headers: pickle.loads(pickle.dumps(headers, protocol=0)),
    ],
)
def test_copies_share_nothing(repeated: HTTPHeaders, twin: type) -> None:
    other = twin(repeated)
    assert other == repeated
    other.add("set-cookie", "d=4")
    other["X"] = "z"
    assert repeated["set-cookie"] == "a=1,b=2,c=3"
    assert repeated["X"] == "y"
    assert other.get_list("set-cookie") == ["a=1", "b=2", "c=3", "d=4"]


def test_equality_and_hash(repeated: HTTPHeaders) -> None:
    assert repeated == {"Set-Cookie": "a=1,b=2,c=3", "X": "y"}
    assert repeated != HTTPHeaders(X="y")
    with pytest.raises(TypeError):
        hash(repeated)


def test_the_rest_of_a_mapping(repeated: HTTPHeaders) -> None:
    assert isinstance(repeated, Mapping)
    assert repeated.setdefault("x", "z") == "y"
    assert repeated.pop("X") == "y"
    assert repeated.get("X", default="none") == "none"
    repeated.update({"y": "1"}, z="2")
    assert dict(repeated.items()) == {"Set-Cookie": "a=1,b=2,c=3", "Y": "1", "Z": "2"}
    repeated.clear()
    assert not repeated


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r", "a\n", "é", '"', "a\t"])
def test_bad_names(name: str) -> None:
    with pytest.raises(HTTPInputError, match="Invalid header name"):
        HTTPHeaders().add(name, "v")


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\r\n b", "\0", "\x7f", "\x1f", "a\n", "\v"])
def test_control_characters_in_values(value: str) -> None:
    for chars_are_bytes in (True, False):
        with pytest.raises(HTTPInputError, match="Invalid header value"):
            HTTPHeaders().add("a", value, _chars_are_bytes=chars_are_bytes)


def test_other_values() -> None:
    headers = HTTPHeaders()
    for value in ("", "a\tb", "é\x80\xff", "a, b"):
        headers.add("a", value)
    for value in ("€", " a", "a\t"):
        with pytest.raises(HTTPInputError, match="Invalid header value"):
            headers.add("a", value)
        headers.add("b", value, _chars_are_bytes=False)
    assert headers.get_list("b") == ["€", " a", "a\t"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", []),
        ("a: b", [("A", "b")]),
        ("a: b\r\nc:d\r\n", [("A", "b"), ("C", "d")]),
        ("a:\t b \t\nA: c\n", [("A", "b"), ("A", "c")]),
        ("\r\na: b: c\r\n\r\n", [("A", "b: c")]),
    ],
)
def test_parse(text: str, fields: list[tuple[str, str]]) -> None:
    assert list(HTTPHeaders.parse(text).get_all()) == fields


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "no colon"),
        ("a: b\r\n c\r\n", "folding not supported"),
        ("\ta: b", "folding not supported"),
        ("a : b", "header name"),
        (": b", "header name"),
        ("a: b\rc: d", "header value"),
        ("a: \vb", "header value"),
    ],
)
def test_parse_errors(text: str, message: str) -> None:
    with pytest.raises(HTTPInputError, match=message):
        HTTPHeaders.parse(text)


@pytest.mark.parametrize("line", ["a: b", "a: b\r\n", "a: b\n"])
def test_parse_line(line: str) -> None:
    headers = HTTPHeaders()
    headers.parse_line(line)
    headers.parse_line("\r\n")
    headers.parse_line("")
    assert list(headers.get_all()) == [("A", "b")]
    with pytest.raises(HTTPInputError):
        headers.parse_line("a: b\r")


@given(st.lists(st.tuples(st.sampled_from(["a", "A", "b-c", "B-C"]), st.sampled_from("xyz"))))
def test_every_way_in_gives_the_same(pairs: list[tuple[str, str]]) -> None:
    added = HTTPHeaders()
    for name, value in pairs:
        added.add(name, value)
    parsed = HTTPHeaders.parse("".join(f"{name}: {value}\r\n" for name, value in pairs))
    fields = list(HTTPHeaders.from_pairs(pairs).get_all())
    assert list(added.get_all()) == list(parsed.get_all()) == fields


def test_repeated_fields_take_linear_time() -> None:
    headers = HTTPHeaders()
    for _ in range(200_000):
        headers.add("a", "x" * 100)
    assert len(headers["a"]) == 200_000 * 101 - 1


def test_the_name_cache_is_bounded() -> None:
    for number in range(3 * _NameCache.MAX_NAMES):
        HTTPHeaders().get(f"name-{number}")
    assert len(_normalized) <= _NameCache.MAX_NAMES
    long_name = "n" * 1000
    assert HTTPHeaders({long_name: "v"}).get(long_name.upper()) == "v"
    assert long_name not in _normalized
