"""Rules and their short forms."""

import re
from collections import OrderedDict

import pytest

from zonda.routing import AnyMatches, PathMatches, Rule, URLSpec
from zonda.routing.rules import make_rule


def test_rule_imports_a_dotted_target() -> None:
    assert Rule(AnyMatches(), "collections.OrderedDict").target is OrderedDict


def test_rule_attributes() -> None:
    matcher = PathMatches("/a/(.)")
    rule = Rule(matcher, print, {"k": 1}, "name")
    assert (rule.matcher, rule.target, rule.target_kwargs, rule.name) == (
        matcher,
        print,
        {"k": 1},
        "name",
    )
    assert rule.reverse("b") == "/a/b"
    assert Rule(matcher, print).target_kwargs == {}
    assert repr(rule).startswith("Rule(<zonda.routing")
    assert repr(rule).endswith("kwargs={'k': 1}, name='name')")


def test_urlspec_attributes() -> None:
    spec = URLSpec("/a", OrderedDict, {"k": 1}, name="n")
    assert spec.regex is spec.matcher.regex
    assert (spec.handler_class, spec.kwargs, spec.name) == (OrderedDict, {"k": 1}, "n")
    assert repr(spec) == (
        "URLSpec('/a$', <class 'collections.OrderedDict'>, kwargs={'k': 1}, name='n')"
    )
    assert URLSpec("/a", OrderedDict).kwargs is None
    assert URLSpec("/a", OrderedDict).target_kwargs == {}


@pytest.mark.parametrize("first", ["/a", re.compile("/a$"), PathMatches("/a")])
@pytest.mark.parametrize("kind", [tuple, list])
def test_short_forms(first: object, kind: type) -> None:
    rule = make_rule(kind([first, print, {"k": 1}, "n"]))
    assert isinstance(rule.matcher, PathMatches)
    assert rule.matcher.regex.pattern == "/a$"
    assert (rule.target, rule.target_kwargs, rule.name) == (print, {"k": 1}, "n")


@pytest.mark.parametrize("wrong", ["x", ("/a",), ("/a", 1, {}, "n", 5), 5])
def test_wrong_forms_are_told(wrong: object) -> None:
    with pytest.raises(TypeError, match="is no rule"):
        make_rule(wrong)
