"""What a path pattern says without being matched: its literal beginning, and how to undo it."""

from __future__ import annotations

import re
from typing import NamedTuple

from zonda.util import re_unescape

__all__ = ["Template", "literal_prefix", "reverse_template"]

_SPECIAL = frozenset(r"\.^$*+?{}[]|()")
_QUANTIFIERS = frozenset("*+?{")

# One token: an escape, a character class, or any other character.
_token = re.compile(r"\\.|\[\^?+\]?+(?:[^\]\\]|\\.)*+\]|.", re.DOTALL).finditer


class Template(NamedTuple):
    """How to turn arguments back into a path: literal texts around ``len(texts) - 1`` gaps."""

    texts: list[str]


def literal_prefix(regex: re.Pattern[str]) -> tuple[str, bool]:
    """The text that everything `regex` matches begins with, and whether that text is all of it.

    When in doubt the text is shorter than it could be.

    >>> literal_prefix(re.compile(r"/users/([0-9]+)$"))
    ('/users/', False)
    >>> literal_prefix(re.compile(r"/favicon\\.ico$"))
    ('/favicon.ico', True)
    """
    if regex.flags != re.UNICODE:  # case-insensitive, verbose, multi-line: not worth the trouble
        return "", False
    tokens = [match[0] for match in _token(regex.pattern.removeprefix("^"))]
    if _has_top_level_choice(tokens):
        return "", False
    prefix: list[str] = []
    for position, token in enumerate(tokens):
        char = _literal(token)
        if char is None:
            if token in _QUANTIFIERS and prefix:
                prefix.pop()  # what is quantified may be absent
            whole = token == "$" and position == len(tokens) - 1
            return "".join(prefix), whole
        prefix.append(char)
    return "".join(prefix), False


def _literal(token: str) -> str | None:
    """The character that a token stands for, if it stands for just one."""
    if len(token) == 2 and token[0] == "\\":
        return None if token[1].isalnum() else token[1]
    return None if len(token) > 1 or token in _SPECIAL else token


def _has_top_level_choice(tokens: list[str]) -> bool:
    depth = 0
    for token in tokens:
        if token == "|" and depth == 0:
            return True
        depth += (token == "(") - (token == ")")
    return False


def reverse_template(regex: re.Pattern[str]) -> Template | None:
    """How to build a path that `regex` matches, or None if it is too intricate to say.

    Only plain, not nested, groups can be filled. Outside of groups escapes of punctuation are
    undone, and everything else, quantifiers too, is taken literally: ``/(.*)/?`` gives
    ``/argument/?``, a path with an empty query.
    """
    pattern = regex.pattern.removeprefix("^").removesuffix("$")
    texts: list[str] = [""]
    depth = 0
    for token in (match[0] for match in _token(pattern)):
        if token == "(":
            depth += 1
            texts.append("")
        elif token == ")":
            depth -= 1
        elif depth == 0:
            texts[-1] += token
        if depth > 1:
            return None
    if len(texts) - 1 != regex.groups:  # some groups do not capture
        return None
    try:
        return Template([re_unescape(text) for text in texts])
    except ValueError:  # \d and the like stand for no particular character
        return None
