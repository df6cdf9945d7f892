"""Finding the few rules that a path can match, however many there are.

Rules are tried in order; the index only leaves out those that cannot match. Every path pattern
has a literal beginning, its *prefix*: ``/users/`` for ``/users/([0-9]+)``, and ``/item-`` for
``/item-([0-9]+)``. The longest known prefix that a path begins with decides which rules can match
it: those filed under it and under its own beginnings. So there is one list of candidates for each
prefix, in the order of the rules. Rules without a path pattern, or whose pattern may begin with
anything, have the prefix ``""``, which all paths begin with, so each keeps its place in every list.

The longest prefix is found by one dict look-up per slash of the path, as far as there are prefixes
(*folders*) that end there, and then one for each length that prefixes within the last folder have.

A pattern without any regular expression in it, the most frequent kind, is a *literal*: it is
found by its path. Whether an earlier rule catches that path is found out once, by the router,
which then notes the answer as *settled*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from zonda.routing.matchers import AnyMatches, HostMatches, PathMatches, path_arguments
from zonda.routing.patterns import literal_prefix
from zonda.routing.rules import Rule

__all__ = ["Entry", "Found", "RuleIndex"]

Found = tuple[Rule, list[Any], dict[str, Any]]
"""A rule, and the positional and named arguments for its target. Shared: not to be changed."""


class Entry(NamedTuple):
    """A rule, prepared for matching. With none of the first three its matcher is asked."""

    match_path: Callable[[str], re.Match[str] | None] | None
    match_host: Callable[[str], re.Match[str] | None] | None
    always: bool
    deeper: bool
    """The target is a router to be gone into."""
    rule: Rule
    plain: Found
    """What is found if the pattern has no groups."""


class RuleIndex:
    """An index over a list of rules as it is now.

    `leads_deeper` says whether a rule's target is a router to be gone into.
    """

    def __init__(self, rules: list[Rule], leads_deeper: Callable[[Rule], bool]) -> None:
        self.size = len(rules)
        #: Literal paths whose answer does not depend on anything else.
        self.settled: dict[str, Found] = {}
        self.literals: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[int]] = {"": []}
        self._lengths: dict[str, list[int]] = {}  # within a folder, longest first
        self._entries = [_entry(rule, leads_deeper(rule)) for rule in rules]
        self._by_path: dict[str, list[Entry]] = {}
        self._by_prefix: dict[str, list[Entry]] = {}
        for position, rule in enumerate(rules):
            self._file(position, rule)

    def _file(self, position: int, rule: Rule) -> None:
        """Put the rule where it will be found."""
        prefix, whole = "", False
        if type(rule.matcher) is PathMatches:
            prefix, whole = literal_prefix(rule.matcher.regex)
        if whole:
            self.literals.setdefault(prefix, []).append(position)
            return
        self._prefixes.setdefault(prefix, []).append(position)
        folder = prefix[: prefix.rfind("/") + 1]
        for end in _folder_ends(folder):  # steps on the way to it
            self._prefixes.setdefault(folder[:end], [])
        if prefix != folder:
            lengths = {*self._lengths.get(folder, ()), len(prefix)}
            self._lengths[folder] = sorted(lengths, reverse=True)

    def match(self, path: str) -> Found | None:
        """What the path alone finds; None if it finds nothing, or does not decide alone."""
        for match_path, _, _, deeper, rule, plain in self.candidates(path):
            if match_path is None or deeper:
                return None
            match = match_path(path)
            if match is not None:
                return (rule, *path_arguments(match)) if match.re.groups else plain
        return None

    def candidates(self, path: str) -> list[Entry]:
        """The rules that may match `path`, in order, and few others."""
        entries = self._by_path.get(path)
        if entries is not None:
            return entries
        prefix = self._longest_prefix(path)
        literals = self.literals.get(path)
        if literals is not None:
            entries = self._by_path[path] = self._sorted([*self._positions(prefix), *literals])
            return entries
        entries = self._by_prefix.get(prefix)
        if entries is None:
            entries = self._by_prefix[prefix] = self._sorted(self._positions(prefix))
        return entries

    def _sorted(self, positions: list[int]) -> list[Entry]:
        return [self._entries[position] for position in sorted(positions)]

    def _longest_prefix(self, path: str) -> str:
        prefixes = self._prefixes
        folder = ""
        end = path.find("/") + 1
        while end and (step := path[:end]) in prefixes:
            folder = step
            end = path.find("/", end) + 1
        for length in self._lengths.get(folder, ()):
            if (prefix := path[:length]) in prefixes:
                return prefix
        return folder

    def _positions(self, prefix: str) -> list[int]:
        """The rules filed under a prefix and under its beginnings."""
        positions: list[int] = []
        for end in range(len(prefix) + 1):
            positions += self._prefixes.get(prefix[:end], ())
        return positions


def _folder_ends(folder: str) -> Iterator[int]:
    return (end for end, char in enumerate(folder, 1) if char == "/")


def _entry(rule: Rule, deeper: bool) -> Entry:
    """Subclasses may match in their own way, so only the exact types are looked into."""
    matcher = rule.matcher
    return Entry(
        matcher.regex.match if type(matcher) is PathMatches else None,
        matcher.host_pattern.match if type(matcher) is HostMatches else None,
        type(matcher) is AnyMatches,
        deeper,
        rule,
        (rule, [], {}),
    )
