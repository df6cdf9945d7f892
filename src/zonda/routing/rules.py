"""Rules: a matcher and where it leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from zonda.routing.matchers import Matcher, PathMatches
from zonda.util import import_object

__all__ = ["Rule", "RuleList", "URLSpec", "make_rule"]


class Rule:
    """A routing rule: if `matcher` matches, the request goes to `target`.

    What a target may be is the router's business: see `RuleRouter.get_target_delegate`. A string
    is imported, as ``"package.module.Name"``. `target_kwargs` are handed to it, and `name` is
    for `ReversibleRouter.reverse_url`.
    """

    def __init__(
        self,
        matcher: Matcher,
        target: Any,
        target_kwargs: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        self.matcher = matcher
        self.target = import_object(target) if isinstance(target, str) else target
        self.target_kwargs = target_kwargs or {}
        self.name = name

    def reverse(self, *args: Any) -> str | None:
        """The URL for `args`, see `Matcher.reverse`."""
        return self.matcher.reverse(*args)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.matcher!r}, {self.target}, "
            f"kwargs={self.target_kwargs!r}, name={self.name!r})"
        )


class URLSpec(Rule):
    """A rule for request handlers: a path pattern, the handler class, arguments, a name.

    `kwargs` go to the handler's ``initialize``. See `PathMatches` for the pattern.
    """

    regex: re.Pattern[str]

    def __init__(
        self,
        pattern: str | re.Pattern[str],
        handler: Any,
        kwargs: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        matcher = PathMatches(pattern)
        super().__init__(matcher, handler, kwargs, name)
        self.regex = matcher.regex
        self.handler_class = self.target
        self.kwargs = kwargs

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.regex.pattern!r}, {self.handler_class}, "
            f"kwargs={self.kwargs!r}, name={self.name!r})"
        )


RuleList = Sequence[
    Rule
    | list[Any]
    | tuple[str | Matcher, Any]
    | tuple[str | Matcher, Any, dict[str, Any]]
    | tuple[str | Matcher, Any, dict[str, Any], str]
]
"""What routers take: rules, or tuples and lists of what `Rule` takes, with a path pattern for a
matcher if you like."""


def make_rule(rule: Rule | Sequence[Any]) -> Rule:
    """Make a `Rule` of an item of `RuleList`."""
    if isinstance(rule, Rule):
        return rule
    if not isinstance(rule, (tuple, list)) or len(rule) not in (2, 3, 4):
        raise TypeError(
            f"{rule!r} is no rule: give a Rule or (pattern or matcher, target[, kwargs[, name]])"
        )
    first, *rest = rule
    matcher = PathMatches(first) if isinstance(first, (str, re.Pattern)) else first
    return Rule(matcher, *rest)
