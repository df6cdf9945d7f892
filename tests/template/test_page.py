"""Templates that extend and include others."""

from __future__ import annotations

import pytest

from zonda.template import DictLoader, ParseError, Template


def render(main: str, **others: str) -> str:
    loader = DictLoader({"main": main, **others})
    return loader.load("main").generate(x="X").decode()


@pytest.mark.parametrize(
    ("templates", "output"),
    [
        (
            {"main": "{% extends 'b' %}no{% block c %}yes{% end %}",
             "b": "<{% block c %}{% end %}>"},
            "<yes>",
        ),
        ({"main": "{% extends 'b' %}", "b": "<{% block c %}old{% end %}>"}, "<old>"),
        # What is outside of blocks is dropped, statements too.
        ({"main": "{% extends 'b' %}{% set x = 1 %}{{ 1/0 }}", "b": "{{ x }}"}, "X"),
        # Grandparents.
        (
            {"main": "{% extends 'b' %}{% block c %}3{% end %}",
             "b": "{% extends 'a' %}{% block c %}2{% end %}{% block d %}4{% end %}",
             "a": "{% block c %}1{% end %}{% block d %}{% end %}{% block e %}5{% end %}"},
            "345",
        ),
        # Blocks inside of blocks.
        (
            {"main": "{% extends 'b' %}{% block in %}new{% end %}",
             "b": "{% block out %}[{% block in %}old{% end %}]{% end %}"},
            "[new]",
        ),
        (
            {"main": "{% extends 'b' %}{% block c %}{% block d %}D{% end %}{% end %}",
             "b": "{% block c %}{% end %}{% block d %}{% end %}"},
            "DD",
        ),
        ({"main": "{% block a %}1{% end %}{% block a %}2{% end %}"}, "22"),
        # Includes see variables, and their blocks belong to the page.
        ({"main": "{% for i in [1, 2] %}{% include 'i' %}{% end %}", "i": "{{ i }}{{ x }}"},
         "1X2X"),
        (
            {"main": "{% extends 'b' %}{% block c %}new{% end %}",
             "b": "{% include 'i' %}", "i": "[{% block c %}old{% end %}]"},
            "[new]",
        ),
        # An include that is a page of its own.
        (
            {"main": "{% block c %}mine{% end %}{% include 'p' %}{% block c %}mine{% end %}",
             "p": "{% extends 'b' %}{% block c %}its{% end %}", "b": "<{% block c %}{% end %}>"},
            "mine<its>mine",
        ),
        # Escaping is a matter of the file that something is written in.
        (
            {"main": "{% extends 'b' %}{% autoescape None %}{% block c %}{{ '<' }}{% end %}",
             "b": "{{ '<' }}{% block c %}{% end %}{% include 'i' %}", "i": "{{ '<' }}"},
            "&lt;<&lt;",
        ),
    ],
)  # fmt: skip
def test_pages(templates: dict[str, str], output: str) -> None:
    assert render(**templates) == output


@pytest.mark.parametrize("tag", ["extends", "include"])
def test_loader_needed(tag: str) -> None:
    with pytest.raises(ParseError, match="without a loader") as caught:
        Template(f"\n{{% {tag} 'x' %}}", name="t")
    assert caught.value.lineno == 2


@pytest.mark.parametrize(
    "templates",
    [
        {"main": "{% include 'main' %}"},
        {"main": "{% extends 'main' %}"},
        {"main": "{% include 'b' %}", "b": "{% block x %}{% include 'main' %}{% end %}"},
        {"main": "{% extends 'b' %}", "b": "{% extends 'main' %}"},
    ],
)
def test_templates_that_contain_themselves(templates: dict[str, str]) -> None:
    with pytest.raises(ParseError, match="itself"):
        render(**templates)


def test_missing_template_is_named_with_its_place() -> None:
    with pytest.raises(KeyError) as caught:
        render("a\n{% include 'none' %}")
    assert caught.value.__notes__ == ['{% include "none" %} is in template main, line 2']
