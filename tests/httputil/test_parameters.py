"""Field values with parameters, under Tornado's names."""

from zonda.httputil import _encode_header, _parse_header


def test_parse_header() -> None:
    assert _parse_header("form-data; Name=\"a;b\"; x*=UTF-8''%C3%BC; y") == (
        "form-data",
        {"name": "a;b", "x": "ü"},
    )


def test_encode_header() -> None:
    assert _encode_header("a", {}) == "a"
    assert _encode_header("a", {"c": "d", "b": None, "e": 15}) == "a; b; c=d; e=15"
