"""Source to tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.template import ParseError
from zonda.template.lexer import Token, tokenize


def tokens(source: str) -> list[tuple[str, str, int]]:
    return [tuple(token) for token in tokenize(source, "t.html")]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ("text { } }} %} #}", [("text", "text { } }} %} #}", 1)]),
        ("{{ x }}", [("expression", "x", 1)]),
        ("{{x}}y", [("expression", "x", 1), ("text", "y", 1)]),
        ("a{% if x %}", [("text", "a", 1), ("tag", "if x", 1)]),
        ("a{# {{ x }} #}b", [("text", "a", 1), ("text", "b", 1)]),
        ("{{ }}{%%}", [("expression", "", 1), ("tag", "", 1)]),
        ("{# a #} #}", [("text", " #}", 1)]),
    ],
)
def test_tokens(source: str, expected: list[tuple[str, str, int]]) -> None:
    assert tokens(source) == expected


@pytest.mark.parametrize("braces", ["{{", "{%", "{#"])
def test_exclamation_mark_takes_the_meaning_away(braces: str) -> None:
    assert tokens(f"a {braces}! x {{{{y}}}}") == [
        ("text", f"a {braces}", 1),
        ("text", " x ", 1),
        ("expression", "y", 1),
    ]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_innermost_braces_count(n: int) -> None:
    assert tokens("{" * n + "{{x}}" + "}" * n) == [
        ("text", "{" * n, 1),
        ("expression", "x", 1),
        ("text", "}" * n, 1),
    ]
    assert tokens("\\textbf{{% if x %}}")[:2] == [("text", "\\textbf{", 1), ("tag", "if x", 1)]


def test_lines() -> None:
    source = "a\n{{ b }}\n\n{#\n#}{%\n  if c\n and d\n%}e\n{{!\n{{ f }}"
    assert [(value, line) for kind, value, line in tokens(source) if kind != "text"] == [
        ("b", 2),
        ("if c\n and d", 6),
        ("f", 10),
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a\n{{ x", "Missing end expression }} at t.html:2"),
        ("{% x }}", "Missing end tag %} at t.html:1"),
        ("\n\n{#%}", "Missing end comment #} at t.html:3"),
    ],
)
def test_not_closed(source: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        tokens(source)
    assert str(caught.value) == message


@given(st.text(st.sampled_from("{%# }!\nx"), max_size=30))
def test_nothing_is_lost(source: str) -> None:
    """Values of tokens are pieces of the source, in its order and at their lines."""
    found: list[Token] = []
    try:
        for token in tokenize(source, "t"):
            found.append(token)  # noqa: PERF402 - as far as they go
    except ParseError:
        pass
    position = 0
    for token in found:
        position = source.index(token.value, position) + len(token.value)
        if token.value and token.kind == "tag":
            assert token.line <= source.count("\n", 0, position) + 1
