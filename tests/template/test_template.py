"""Templates, rendered."""

from __future__ import annotations

import linecache
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.escape import to_unicode, xhtml_escape
from zonda.template import DictLoader, ParseError, Template


def render(source: str | bytes, **names: Any) -> str:
    return Template(source).generate(**names).decode()


class TestLanguage:
    @pytest.mark.parametrize(
        ("source", "output"),
        [
            ("Hello {{ name }}!", "Hello &lt;Bob&gt;!"),
            ("{% raw name %}", "<Bob>"),
            ("{{ 1 + 2 }}{{ None }}{{ 1.5 }}{{ b'\\xc3\\xa9' }}", "3None1.5é"),
            ("{{ 1, 2 }}", "(1, 2)"),
            ("{{ *[1], 2 }}", "(1, 2)"),
            ("{{ 1\n+ 2 }}", "3"),
            ("{{ n # the number\n }}|{{ n # again }}", "3|3"),
            ("{{ 'a' 'b' }}", "ab"),
            ("{% if n > 2 %}a{% else %}b{% end %}", "a"),
            ("{% if n > 5 %}a{% elif n > 4 %}b{% else %}c{% end %}", "c"),
            ("{% for i in range(n) %}{{ i }},{% end %}", "0,1,2,"),
            ("{% for i in [] %}x{% else %}none{% end %}", "none"),
            ("{% for i in range(9) %}{% if i == 1 %}{% continue %}{% end %}"
             "{% if i == n %}{% break %}{% end %}{{ i }}{% end %}", "02"),
            ("{% set i = 2 %}{% while i %}{{ i }}{% set i -= 1 %}{% end %}", "21"),
            ("{% try %}a{{ 1/0 }}b{% except ZeroDivisionError as e %}{{ e }}{% end %}",
             "adivision by zero"),
            ("{% try %}a{% except %}b{% else %}c{% finally %}d{% end %}", "acd"),
            ("{% if n %}{% end %}{% try %}{% finally %}{% end %}", ""),
            ("{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12"),
            ('{% set a = """\n x""" %}{{ a }}', "\n x"),
            ("{% import math %}{{ math.floor(2.5) }}", "2"),
            ("{% from math import floor as f %}{{ f(2.5) }}", "2"),
            ("{# a #}{% comment b %}c", "c"),
            ("{{! {%! {#! {{{n}}}", "{{ {% {# {3}"),
            ("{% autoescape None %}{{ name }}", "<Bob>"),
            ("{{ name }}{% autoescape None %}", "<Bob>"),
            ("{% autoescape url_escape %}{{ name }}", "%3CBob%3E"),
            ("{% block a %}x{% end %}", "x"),
            ("{% if n %}\n  {% if n %}y{% end %}\n{% end %}", "\n  y\n"),
        ],
    )  # fmt: skip
    def test_output(self, source: str, output: str) -> None:
        assert render(source, name="<Bob>", n=3) == output

    def test_what_every_template_can_use(self) -> None:
        source = (
            "{% autoescape None %}{{ escape('<') }} {{ xhtml_escape('>') }} {{ url_escape('/') }} "
            "{{ json_encode('</') }} {{ squeeze('a  b') }} {{ linkify('www.a.b') }} "
            "{{ datetime.date(2026, 1, 2) }} {{ __name__ }}"
        )
        assert render(source) == (
            '&lt; &gt; %2F "<\\/" a b <a href="http://www.a.b">www.a.b</a> 2026-01-02 <string>'
        )

    def test_apply(self) -> None:
        def shout(text: bytes) -> str:
            return to_unicode(text).upper()

        assert render("a{% apply f %}b{{ '<' }}{% end %}c", f=shout) == "aB&LT;c"
        assert render("{% apply lambda t: t * 2 %}ab{% end %}") == "abab"
        nested = "{% apply f %}a{% apply g %}b{% end %}c{% end %}"
        assert render(nested, f=shout, g=lambda t: b"<" + t + b">") == "A<B>C"
        with pytest.raises(TypeError, match="not int"):
            render("{% apply len %}x{% end %}")

    def test_variables_set_in_apply_stay_there(self) -> None:
        source = "{% set a = 1 %}{% apply bytes %}{% set a = 2 %}{% end %}{{ a }}"
        assert render(source) == "1"

    def test_output_before_an_exception_stays_where_it_is_caught(self) -> None:
        source = (
            "{% try %}a{% apply str.lower %}{% end %}{% except TypeError %}"
            "{% for i in [1, 0] %}{% try %}b{{ 1 // i }}{% except %}c{% end %}{% end %}{% end %}"
        )
        assert render(source) == "ab1bc"

    def test_modules(self) -> None:
        class Modules:
            def Entry(self, name: str) -> str:
                return f"<i>{name}</i>"

        assert render("{% module Entry('x') %}", _tt_modules=Modules()) == "<i>x</i>"

    def test_bytes_that_are_not_utf8(self) -> None:
        assert Template("é{% raw x %}é").generate(x=b"\xff") == b"\xc3\xa9\xff\xc3\xa9"

    def test_source_in_bytes(self) -> None:
        assert render("é".encode()) == "é"
        with pytest.raises(UnicodeDecodeError):
            Template(b"\xff")

    def test_escaping_function_of_the_programs_own(self) -> None:
        def own(text: bytes) -> str:
            assert isinstance(text, bytes)
            return f"[{to_unicode(text)}]"

        assert render("{% autoescape f %}{{ 'é' }}{{ 5 }}{% raw 6 %}", f=own) == "[é][5]6"
        assert render("{{ '<' }}", xhtml_escape=own) == "[<]"
        loader = DictLoader({"a": "{{ '<' }}"}, namespace={"xhtml_escape": own})
        assert loader.load("a").generate() == b"[<]"

    @given(st.text().filter(lambda text: "{" not in text), st.text())
    def test_text_and_values_come_through(self, text: str, value: str) -> None:
        try:
            expected = (text + xhtml_escape(value) + text).encode()
        except UnicodeEncodeError:  # lone surrogates
            with pytest.raises(UnicodeEncodeError):
                Template(text + "{{ v }}" + text).generate(v=value)
        else:
            assert Template(text + "{{ v }}" + text).generate(v=value) == expected

    def test_future_imports_are_not_inherited(self) -> None:
        # This module has postponed annotations; the template has not.
        source = "{% set f = lambda: 0 %}{% set ns = {} %}{% raw exec('def g(x: int): pass', ns) %}"
        assert render(source + "{{ ns['g'].__annotations__['x'].__name__ }}") == "Noneint"


class TestArguments:
    def test_whitespace(self) -> None:
        source = "a  b\n\n c"
        assert Template(source).generate() == source.encode()
        assert Template(source, name="x.html").generate() == b"a b\nc"
        assert Template(source, whitespace="oneline").generate() == b"a b c"
        assert Template(source, compress_whitespace=True).generate() == b"a b\nc"
        assert Template(source, "x.html", compress_whitespace=False).generate() == source.encode()
        with pytest.raises(ValueError, match="not both"):
            Template(source, compress_whitespace=True, whitespace="all")
        with pytest.raises(ValueError, match="'some'"):
            Template(source, whitespace="some")

    def test_autoescape(self) -> None:
        assert Template("{{ '<' }}", autoescape=None).generate() == b"<"
        loader = DictLoader({}, autoescape=None)
        assert Template("{{ '<' }}", loader=loader).generate() == b"<"
        assert Template("{{ '<' }}", loader=loader, autoescape="escape").generate() == b"&lt;"

    def test_attributes(self) -> None:
        loader = DictLoader({}, namespace={"x": 1})
        template = Template("{{ x }}{% autoescape None %}", name="n", loader=loader)
        assert (template.name, template.loader, template.autoescape) == ("n", loader, None)
        assert template.namespace is loader.namespace
        assert "def _tt_execute()" in template.code
        assert template.compiled.co_filename == "n.generated.py"
        assert template.file.name == "n"


class TestTracebacks:
    def traceback(self, name: str, **templates: str) -> str:
        with pytest.raises(ZeroDivisionError) as caught:
            DictLoader(templates).load(name).generate()
        return "".join(traceback.format_exception(caught.value))

    @pytest.mark.parametrize(
        "source",
        ["a\n{{ 1/0 }}", "a\n{% raw 1/0 %}", "a\n{% if 1/0 %}{% end %}",
         "\n{% set b = 1/0 %}",
         "\n{{ 1 }}b{{ 1/0 }}c{{ 2 }}", "\n{% apply str %}{{ 1/0 }}{% end %}",
         "{{ 1 }}\n{{\n 1/0 }}"],
    )  # fmt: skip
    def test_line(self, source: str) -> None:
        line = 3 if "{{\n" in source else 2
        assert "1/0" in self.traceback("t", t=source)
        assert f"# t:{line}\n" in self.traceback("t", t=source)

    def test_include(self) -> None:
        shown = self.traceback("t", t="a\n{% include 'i' %}", i="\n\n{{ 1/0 }}")
        assert "# i:3 (via t:2)\n" in shown

    def test_extends(self) -> None:
        shown = self.traceback(
            "t",
            t="{% extends 'b' %}\n{% block c %}\n{% include 'i' %}{% end %}",
            b="{% block c %}{% end %}",
            i="{{ 1/0 }}",
        )
        assert "# i:1 (via t:3, b:1)\n" in shown

    def test_templates_of_one_name(self) -> None:
        first, second = Template("{{ 1/0 }}", name="same"), Template("\n{{ 2/0 }}", name="same")
        for template, text in ((first, "1/0"), (second, "2/0"), (first, "1/0")):
            with pytest.raises(ZeroDivisionError) as caught:
                template.generate()
            assert f"_tt_e(({text}))" in "".join(traceback.format_exception(caught.value))
        linecache.clearcache()


class TestSyntaxErrors:
    @pytest.mark.parametrize(
        ("source", "line"),
        [
            ("a\n{{ b c }}", 2),
            ("a\n\n{% if b c %}{% end %}", 3),
            ("a\n{% set b %}{% set = %}", 2),
            ("{{ a }}\n{{ (b }}\n{{ c }}", 2),
            ("{{ a }}\n{{ b) }}", 2),
            ("{{ (1,\n 2 3) }}", 2),
            ("{{ a }}\n{% from b import * %}", 2),
        ],
    )
    def test_line(self, source: str, line: int) -> None:
        with pytest.raises(ParseError) as caught:
            Template(source, name="t")
        assert (caught.value.filename, caught.value.lineno) == ("t", line)

    def test_in_another_template(self) -> None:
        loader = DictLoader({"t": "{% include 'i' %}", "i": "\n{{ a b }}"})
        with pytest.raises(ParseError) as caught:
            loader.load("t")
        assert (caught.value.filename, caught.value.lineno) == ("i", 2)

    def test_names_are_no_code(self) -> None:
        assert Template("{{ 1 }}", name="x\n  import nothing").generate() == b"1"
