"""Errors say where."""

import traceback

import pytest

from zonda.template import ParseError, Template
from zonda.template.errors import TemplateSyntaxError


def test_parse_error() -> None:
    error = ParseError("what", "t.html", 5)
    assert str(error) == "what at t.html:5"
    assert (error.message, error.filename, error.lineno) == ("what", "t.html", 5)
    assert ParseError("what").filename is None


def test_syntax_error_is_both() -> None:
    with pytest.raises(ParseError) as caught:
        Template("\n\n{{ a b }}", name="t.html")
    error = caught.value
    assert isinstance(error, SyntaxError)
    assert isinstance(error, TemplateSyntaxError)
    assert (error.filename, error.lineno) == ("t.html", 3)
    assert str(error).endswith("at t.html:3")
    assert 'File "t.html", line 3' in "".join(traceback.format_exception(error))
