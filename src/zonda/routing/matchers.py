"""Matchers: what a rule asks of a request."""

from __future__ import annotations

import re
from typing import Any

from zonda.escape import url_escape, url_unescape, utf8
from zonda.httputil import HTTPServerRequest
from zonda.routing.patterns import reverse_template

__all__ = ["AnyMatches", "DefaultHostMatches", "HostMatches", "Matcher", "PathMatches"]


class Matcher:
    """Asks something of a request. Subclasses define `match`."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Whether the rule applies: None if not.

        If it does, the result holds keyword arguments for the target; it may be empty. For a
        request handler these are ``path_args`` (a list), ``path_kwargs`` and ``target_kwargs``
        (dicts).
        """
        raise NotImplementedError(f"{type(self).__name__} does not define match()")

    def reverse(self, *args: Any) -> str | None:
        """The URL that this matcher would match with `args`, or None if it cannot say."""
        return None


class AnyMatches(Matcher):
    """Matches every request."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """An empty dict."""
        return {}


class HostMatches(Matcher):
    """Matches requests whose ``host_name`` matches `host_pattern` to its end.

    A string is compiled, with ``$`` at its end; a compiled pattern is taken as it is.
    """

    host_pattern: re.Pattern[str]

    def __init__(self, host_pattern: str | re.Pattern[str]) -> None:
        self.host_pattern = _compiled(host_pattern)

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """An empty dict if the host matches, else None."""
        return {} if self.host_pattern.match(request.host_name) else None


class DefaultHostMatches(Matcher):
    """Matches every request if `host_pattern` matches the application's ``default_host``.

    Not those that came through a proxy which names the client in X-Real-Ip.
    """

    def __init__(self, application: Any, host_pattern: re.Pattern[str]) -> None:
        self.application = application
        self.host_pattern = host_pattern

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """An empty dict if the default host matches, else None."""
        if "X-Real-Ip" in request.headers:
            return None
        return {} if self.host_pattern.match(self.application.default_host) else None


class PathMatches(Matcher):
    """Matches requests whose path matches `path_pattern` to its end.

    A string is compiled, with ``$`` at its end; a compiled pattern is taken as it is. Groups
    become arguments of the target: percent-decoded bytes, or None for a group that took no
    part. They must be all named or all positional; otherwise `AssertionError` is raised.
    """

    regex: re.Pattern[str]

    def __init__(self, path_pattern: str | re.Pattern[str]) -> None:
        self.regex = regex = _compiled(path_pattern)
        if len(regex.groupindex) not in (0, regex.groups):
            raise AssertionError(
                "groups in url regexes must either be all named or all positional: "
                f"{regex.pattern!r}"
            )
        self._template = reverse_template(regex)

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """``path_args`` and ``path_kwargs`` of the groups; an empty dict without groups."""
        match = self.regex.match(request.path)
        if match is None:
            return None
        if not self.regex.groups:
            return {}
        path_args, path_kwargs = path_arguments(match)
        return {"path_args": path_args, "path_kwargs": path_kwargs}

    def reverse(self, *args: Any) -> str | None:
        """The path with `args` in place of the groups, percent-encoded except for slashes.

        Raises `ValueError` if the pattern is too intricate for this, and `AssertionError` if
        the number of arguments is not that of the groups.
        """
        if self._template is None:
            raise ValueError(f"Cannot reverse url regex {self.regex.pattern}")
        first, *texts = self._template.texts
        if len(args) != len(texts):
            raise AssertionError(
                f"required number of arguments not found: {self.regex.pattern} "
                f"takes {len(texts)}, not {len(args)}"
            )
        pieces = [first]
        for argument, text in zip(args, texts, strict=True):
            value = argument if isinstance(argument, (str, bytes)) else str(argument)
            pieces += (url_escape(utf8(value), plus=False), text)
        return "".join(pieces)


def _compiled(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    if not isinstance(pattern, str):
        return pattern
    return re.compile(pattern if pattern.endswith("$") else pattern + "$")


def path_arguments(match: re.Match[str]) -> tuple[list[bytes | None], dict[str, bytes | None]]:
    """The groups of a path, decoded: positional ones and named ones."""
    if match.re.groupindex:
        return [], {name: _unquote_or_none(text) for name, text in match.groupdict().items()}
    if "%" not in match.string:
        return [None if text is None else text.encode() for text in match.groups()], {}
    return [_unquote_or_none(text) for text in match.groups()], {}


def _unquote_or_none(text: str | None) -> bytes | None:
    if text is None:
        return None
    if "%" not in text:
        return text.encode()
    # A plus stays one: it means a blank in queries only.
    return url_unescape(text, encoding=None, plus=False)
