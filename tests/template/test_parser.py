"""Tokens to nodes, and what is no template."""

import pytest

from zonda.template import ParseError
from zonda.template.nodes import Block, Control, Expression, Include, Statement, Text
from zonda.template.parser import parse


def test_tree() -> None:
    source = (
        "a{{ b }}{% raw c %}{% module D(e) %}\n"
        "{% set f = 1 %}{% import g %}{% from h import i %}"
        "{% if j %}k{% elif l %}{% else %}{% block m %}{% include 'n.html' %}{% end %}{% end if %}"
    )
    file = parse(source, "t", "xhtml_escape", "all")
    text, escaped, raw, module, line_end, *statements, control = file.body
    assert text == Text("a", 1)
    assert escaped == Expression("b", 1)
    assert raw == Expression("c", 1, raw=True)
    assert module == Expression("_tt_modules.D(e)", 1, raw=True)
    assert line_end == Text("\n", 1)
    codes = ["f = 1", "import g", "from h import i"]
    assert statements == [Statement(code, 2) for code in codes]
    assert isinstance(control, Control)
    assert [clause.code for clause in control.clauses] == ["if j", "elif l", "else"]
    [block] = control.clauses[2].body
    assert isinstance(block, Block)
    assert (block.name, block.owner) == ("m", file)
    [include] = block.body
    assert isinstance(include, Include)
    assert (include.name, include.owner) == ("n.html", file)


def test_settings_of_the_file() -> None:
    file = parse("{% extends 'b.html' %}{% autoescape None %}", "t", "xhtml_escape", "all")
    assert file.extends == ("b.html", 1)
    assert file.autoescape is None
    assert parse("{% autoescape f %}", "t", None, "all").autoescape == "f"
    assert parse("", "t", "g", "all").autoescape == "g"


def test_whitespace_from_here_on() -> None:
    file = parse("a  {% whitespace oneline %}b\n\n{% whitespace all %}c  ", "t", None, "single")
    assert [node.value for node in file.body if isinstance(node, Text)] == ["a ", "b ", "c  "]


def test_preformatted_text_keeps_its_blanks() -> None:
    file = parse("a  <pre> x  y", "t", None, "oneline")
    assert file.body == [Text("a  <pre> x  y", 1)]


@pytest.mark.parametrize("source", ["{# x #}", "{% comment x %}", "{% comment %}"])
def test_comments(source: str) -> None:
    assert parse(source, "t", None, "all").body == []


@pytest.mark.parametrize(
    "tag", ["{%if x%}{%end%}", "{%\tif\tx\n%}{% end %}", "{% if(x) %}{%end if%}"]
)
def test_spelling(tag: str) -> None:
    [control] = parse(tag, "t", None, "all").body
    assert isinstance(control, Control)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ }}", "without an expression"),
        ("{% %}", "without a word"),
        ("{{ a\0 }}", "NUL"),
        ("{% if a\0 %}{% end %}", "NUL"),
        ("{% foo %}", "no tag {% foo %}"),
        ("{%- if x %}", "no tag {% - if x %}"),
        ("{% end %}", "{% end %} without a block"),
        ("{% if x %}", "{% if %} without {% end %}"),
        ("{% if x %}{% else %}", "{% if %} without {% end %}"),
        ("{% block a %}{% for x in y %}{% end %}", "{% block %} without {% end %}"),
        ("{% apply f %}", "{% apply %} without {% end %}"),
        ("{% else %}", "belongs to if or for or while or try, here it is outside"),
        (
            "{% for x in y %}{% elif z %}{% end %}",
            "belongs to if, here it is directly inside {% for",
        ),
        ("{% if x %}{% except %}{% end %}", "belongs to try"),
        ("{% block a %}{% else %}{% end %}", "directly inside {% block %}"),
        ("{% try %}{% else %}{% end %}", "{% try %} without {% except %}"),
        ("{% extends %}", "{% extends %} lacks its template name"),
        ("{% include '' %}", "{% include %} lacks its template name"),
        ("{% block %}{% end %}", "{% block %} lacks its name"),
        ("{% apply %}{% end %}", "{% apply %} lacks its function"),
        ("{% set %}", "{% set %} lacks its assignment"),
        ("{% import %}", "{% import %} lacks its module"),
        ("{% from %}", "{% from %} lacks its module"),
        ("{% raw %}", "{% raw %} lacks its expression"),
        ("{% module %}", "{% module %} lacks its call"),
        ("{% whitespace some %}", "unknown whitespace mode 'some'"),
        ("{% whitespace %}", "unknown whitespace mode ''"),
        ("{% break %}", "{% break %} outside of {% for %} and {% while %}"),
        ("{% if x %}{% continue %}{% end %}", "{% continue %} outside"),
        ("{% for x in y %}{% apply f %}{% break %}{% end %}{% end %}", "{% break %} outside"),
        ("{% if x %}{% extends 'a' %}{% end %}", "{% extends %} inside of {% if %}"),
        ("{% extends 'a' %}{% extends 'b' %}", "a second {% extends %}"),
    ],
)
def test_errors(source: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse("\n" + source, "t.html", None, "all")
    assert message in caught.value.message
    assert (caught.value.filename, caught.value.lineno) == ("t.html", 2)


@pytest.mark.parametrize(
    "inner", ["{% if x %}{% break %}{% end %}", "{% block b %}{% break %}{% end %}"]
)
def test_jumps_inside_loops(inner: str) -> None:
    parse(f"{{% for x in y %}}{inner}{{% end %}}", "t", None, "all")
