"""What must not be shown even to the programmer: screens are shared, and pages are mailed.

Values under a telling name (``password``, ``cookie_secret``, ``Authorization``) are not shown.
Wherever the same value turns up again, in another variable, in the text of an object or of the
source, it is blotted out there, too; and so is what is written behind such a name in any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "Secrets", "is_secret_name"]

MASK: Final = "••••••"

_NAMES = (
    r"(?:passw|passphrase|pwd|secret|token|(?:api|private|access|signing)[_-]?key"
    r"|authoriz|authentic|cookie|credential|session[_-]?id|xsrf|csrf|signature|\bdsn\b)"
)
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE).search

# In source, in the text of a dataclass, in JSON: password = "x", token='x', "secret": "x".
_LITERAL = re.compile(
    rf"""({_NAMES}[\w-]{{0,40}}+["']?[ ]?(?::[^=:"'\n]{{1,60}}=|[:=]=?)[ ]?[rRbBuUfF]{{0,2}})"""
    r"""(?:"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+')""",
    re.IGNORECASE,
)

# Shorter values than this turn up by chance, and would blot out half of the page.
_MIN_LENGTH = 4
# How deep to look for secrets in mappings, and how many entries of each.
_MAX_DEPTH = 3
_MAX_ENTRIES = 200


def is_secret_name(name: object) -> bool:
    """Whether what has this name is likely to be a secret."""
    return isinstance(name, str | bytes) and _SECRET_NAME(_text(name)) is not None


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


class Secrets:
    """The secret values that are known, and how to blot them out of a text."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, named: Mapping[Any, Any] | Iterable[tuple[Any, Any]], depth: int = 0) -> None:
        """Note the values under telling names, in mappings inside as well."""
        items = list(named.items() if isinstance(named, Mapping) else named)
        for name, value in items[:_MAX_ENTRIES]:
            if is_secret_name(name):
                self._note(value)
            elif isinstance(value, dict) and depth < _MAX_DEPTH:
                self.learn(value, depth + 1)

    def _note(self, value: Any) -> None:
        if isinstance(value, str | bytes):
            text = _text(value)
            if len(text) >= _MIN_LENGTH:
                forms = (text, repr(text)[1:-1], quote(text), quote_plus(text))
                self._values.update(forms)
                self._pattern = None
        elif isinstance(value, Mapping):
            for inner in list(value.values())[:_MAX_ENTRIES]:
                self._note(inner)
        elif isinstance(value, list | tuple | set | frozenset):
            for inner in list(value)[:_MAX_ENTRIES]:
                self._note(inner)

    def learn_cookies(self, field: str) -> None:
        """Note every value of a ``Cookie`` field, and the field."""
        self._note(field)
        self._note([pair.partition("=")[2].strip().strip('"') for pair in field.split(";")])

    def blot_out(self, text: str) -> str:
        """The text without the values that are known, and without those that it names itself."""
        text = _LITERAL.sub(rf'\1"{MASK}"', text)
        if not self._values:
            return text
        if self._pattern is None:
            longest_first = sorted(self._values, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))
        return self._pattern.sub(MASK, text)
