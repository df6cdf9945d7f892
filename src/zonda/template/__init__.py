"""Templates: text with Python in it, compiled to Python functions.

::

    ### base.html
    <title>{% block title %}Untitled{% end %}</title>
    {% block content %}{% end %}

    ### list.html
    {% extends "base.html" %}
    {% block title %}{{ heading }}{% end %}
    {% block content %}
      <ul>
        {% for item in items %}
          {% if not item.hidden %}<li>{{ item.name }}</li>{% end %}
        {% end %}
      </ul>
    {% end %}

A template is compiled once and rendered with :meth:`Template.generate`, whose keyword
arguments are the names that the template can use.  Templates that extend or include
others come from a :class:`Loader` (files) or :class:`DictLoader` (strings)::

    page = Loader("templates").load("list.html").generate(heading="All", items=items)

Expressions and statements are Python and can do what Python can do: whoever writes the
templates is trusted like whoever writes the program.

``{{ expression }}``
    The value as text, escaped by the autoescape function, ``xhtml_escape`` unless said
    otherwise.
``{% raw expression %}``
    The value without escaping.
``{# comment #}``, ``{% comment text %}``
    Nothing.
``{% if condition %} … {% elif condition %} … {% else %} … {% end %}``
    As in Python; every block ends with ``{% end %}``, which may name what it ends.
``{% for name in iterable %} … {% end %}``, ``{% while condition %} … {% end %}``
    Loops, with ``{% break %}``, ``{% continue %}`` and ``{% else %}``.
``{% try %} … {% except … %} … {% else %} … {% finally %} … {% end %}``
    As in Python; output written before an exception stays.
``{% set name = expression %}``
    A variable.
``{% import module %}``, ``{% from module import name %}``
    As in Python.
``{% block name %} … {% end %}``
    A named part, which templates that extend this one can replace.
``{% extends "name" %}``
    This template consists of that one, with blocks replaced; anything else here is
    dropped.
``{% include "name" %}``
    The other template in place, which sees all the variables of this one.
``{% apply function %} … {% end %}``
    The output of the block (``bytes``) passed through a function.  Variables set inside
    stay inside.
``{% module Name(arguments) %}``
    The output of a UI module (see ``zonda.web.UIModule``).
``{% autoescape function %}``
    The function that escapes expressions in this file, ``None`` for no escaping.  It is
    given UTF-8 and returns text.
``{% whitespace mode %}``
    What becomes of blanks and line ends in the rest of this file, see
    :func:`filter_whitespace`.
``{{!``, ``{%!``, ``{#!``
    The characters ``{{``, ``{%``, ``{#``.

Besides the arguments of ``generate`` and what the loader's namespace holds, templates
can use ``escape``, ``xhtml_escape``, ``url_escape``, ``json_encode``, ``squeeze``,
``linkify`` and the module ``datetime``.  Names that begin with ``_tt_`` are the
template engine's own.
"""

from zonda.template.errors import ParseError
from zonda.template.loaders import BaseLoader, DictLoader, Loader
from zonda.template.template import Template
from zonda.template.whitespace import filter_whitespace

__all__ = ["BaseLoader", "DictLoader", "Loader", "ParseError", "Template", "filter_whitespace"]
