"""Rules of the grammar, each with what it takes and what it does not."""

import pytest

from zonda.httputil import _ABNF


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("token", ["a", "X-1", "!#$%&'*+-.^_`|~"], ["", "a b", "a:", "é", '"a"', "a\n"]),
        ("method", ["GET", "m-search"], ["", "GE T"]),
        ("field_name", ["Accept", "x_y"], ["", "Accept ", "(a)"]),
        (
            "field_value",
            ["", "a", "a\tb c", "\xff", "a\x85b"],
            [" a", "a ", "\t", "a\rb", "a\nb", "a\0b", "a\x7fb", "\u0100"],
        ),
        ("request_target", ["/", "*", "/\xe9?a=b", "h:1"], ["", "/a b", "/\x7f", "/\u0100"]),
        ("reason_phrase", ["OK", " ", "Not\tFound", "\xe9"], ["", "a\r", "\x7f"]),
        (
            "request_line",
            ["GET / HTTP/1.1"],
            ["GET /  HTTP/1.1", "GET / http/1.1"],
        ),
        ("status_line", ["HTTP/1.1 200 ", "HTTP/1.0 200 OK"], ["HTTP/1.1 200", "HTTP/1.1 20 OK"]),
    ],
)
def test_a_rule_takes_what_is_so_called_and_nothing_else(
    rule: str, good: list[str], bad: list[str]
) -> None:
    pattern = getattr(_ABNF, rule)
    assert [text for text in good if not pattern.fullmatch(text)] == []
    assert [text for text in bad if pattern.fullmatch(text)] == []


def test_the_lines_have_their_parts_as_groups() -> None:
    request = _ABNF.request_line.fullmatch("GET /a HTTP/1.1")
    status = _ABNF.status_line.fullmatch("HTTP/1.1 404 Not Found")
    assert request is not None
    assert status is not None
    assert request.groups() == ("GET", "/a", "HTTP/1.1")
    assert status.groups() == ("HTTP/1.1", "404", "Not Found")


def test_a_rule_is_compiled_once_and_an_unknown_one_is_no_attribute() -> None:
    assert _ABNF.token is _ABNF.token
    with pytest.raises(AttributeError, match="no rule 'tokens'"):
        _ABNF.tokens
