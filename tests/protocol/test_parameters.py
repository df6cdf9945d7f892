"""Field values with parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.protocol.parameters import parse_parameters


@pytest.mark.parametrize(
    ("value", "first", "parameters"),
    [
        ("text/html; charset=utf8", "text/html", {"charset": "utf8"}),
        ("", "", {}),
        ("; a=b", "", {"a": "b"}),
        ("a ; B = c ;d=e;", "a", {"b": "c", "d": "e"}),
        ("a; b; c=", "a", {"c": ""}),
        ("a; b=1; b=2", "a", {"b": "2"}),
        (r'x; name="a\"b;c\\"; d=e', "x", {"name": 'a"b;c\\', "d": "e"}),
        (r'x; name="C:\dir\x"', "x", {"name": r"C:\dir\x"}),
        ('x; a="b', "x", {"a": '"b'}),
        ('x; a="b; c=d', "x", {"a": '"b; c=d'}),
        ('x; a="b"c; d=e', "x", {"a": '"b"c', "d": "e"}),
        ('x; a=b"c;d"e', "x", {"a": 'b"c;d"e'}),
        ('x; a="\\', "x", {"a": '"\\'}),
        ("x; a*=UTF-8''%e2%82%ac", "x", {"a": "€"}),
        ("x; a*=iso-8859-1'en'%a3", "x", {"a": "£"}),
        ("x; a*=utf-8''x; a=y", "x", {"a": "x"}),
        ("x; a=y; a*=utf-8''x", "x", {"a": "x"}),
        ("x; a*=utf-8''%ff", "x", {"a": "\ufffd"}),
        ("x; a*=idna''%e9", "x", {"a": "é"}),
        ("x; a*=plain", "x", {"a": "plain"}),
        ("x; a*1=c; a*0=b", "x", {"a": "bc"}),
        ("x; a*0*=utf-8''%e2%82; a*1*=%ac; a*2=%41", "x", {"a": "€%41"}),
        ("x; *=y", "x", {"*": "y"}),
    ],
)
def test_parse(value: str, first: str, parameters: dict[str, str]) -> None:
    assert parse_parameters(value) == (first, parameters)


@pytest.mark.parametrize(
    "value",
    [
        "x; a",
        "x; =b",
        "x; a=1; A=2",
        'x; a="b',
        'x; a="b"c',
        "x; a*=idna''x",
        "x; a*=utf-8''%ff",
        "x; a*=us-ascii''%80",
    ],
)
def test_strict(value: str) -> None:
    parse_parameters(value)
    with pytest.raises(ValueError):
        parse_parameters(value, strict=True)


def test_strict_lets_the_rest_pass() -> None:
    value = """form-data; name="a;\\"b"; filename=x; filename*=utf-8''%c3%bc;"""
    assert parse_parameters(value, strict=True) == (
        "form-data",
        {"name": 'a;"b', "filename": "ü"},
    )


@given(st.text(alphabet="ab;=\"\\'* %é1"))
def test_nothing_fails(value: str) -> None:
    parse_parameters(value)


@pytest.mark.parametrize("piece", [";", '"', '\\"', '="', "a=;", 'a="";', "a*1=b;", "'"])
def test_linear_time(piece: str) -> None:
    parse_parameters("x; a=" + piece * 200_000)
