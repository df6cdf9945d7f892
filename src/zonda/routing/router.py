"""Routers: they find who answers a request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from zonda.httputil import (
    HTTPConnection,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    split_host_and_port,
)
from zonda.log import app_log
from zonda.routing.delegates import CallableAdapter, RoutingDelegate
from zonda.routing.index import Entry, Found, RuleIndex
from zonda.routing.matchers import path_arguments
from zonda.routing.rules import Rule, RuleList, make_rule

__all__ = ["ReversibleRouter", "ReversibleRuleRouter", "Router", "RuleRouter"]


class Router(HTTPServerConnectionDelegate):
    """Finds the delegate that answers a request. Subclasses define `find_handler`."""

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """The delegate for `request`, or None if this router has none.

        `kwargs` come from the rule of the router that led here.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define find_handler()")

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Route the request that begins on `request_conn` once its head is there."""
        return RoutingDelegate(self, server_conn, request_conn)


class ReversibleRouter(Router):
    """A router that knows names for its routes."""

    def reverse_url(self, name: str, *args: Any) -> str | None:
        """The URL of the route called `name` with `args`, or None if there is no such route."""
        raise NotImplementedError(f"{type(self).__name__} does not define reverse_url()")


class RuleRouter(Router):
    """A router that tries rules in order.

    >>> router = RuleRouter([("/now", print), (r"/users/([0-9]+)", print)])
    >>> request = HTTPServerRequest("GET", "/users/7")
    >>> rule, path_args, path_kwargs = router.find_rule(request.path, None, lambda: request)
    >>> path_args
    [b'7']
    """

    def __init__(self, rules: RuleList | None = None) -> None:
        """Make a router of rules, see `add_rules`."""
        self.rules: list[Rule] = []
        self._index: RuleIndex | None = None
        if rules:
            self.add_rules(rules)

    def add_rules(self, rules: RuleList) -> None:
        """Append rules: `Rule` objects, or tuples of what `Rule` takes.

        A tuple may begin with a path pattern in place of a matcher.
        """
        for rule in rules:
            self.rules.append(self.process_rule(make_rule(rule)))
        self._index = None

    def process_rule(self, rule: Rule) -> Rule:
        """A hook: called with each rule that is added, returns the rule to add."""
        return rule

    # Finding

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """The delegate of the first rule that matches and whose target has a delegate."""
        for entry in self._current_index().candidates(request.path):
            params = entry.rule.matcher.match(request)
            if params is None:
                continue
            if entry.rule.target_kwargs:
                params["target_kwargs"] = entry.rule.target_kwargs
            delegate = self.get_target_delegate(entry.rule.target, request, **params)
            if delegate is not None:
                return delegate
        return None

    def get_target_delegate(
        self, target: Any, request: HTTPServerRequest, **target_params: Any
    ) -> HTTPMessageDelegate | None:
        """The delegate of a rule's target, or None to try the next rule. Made to be extended.

        `target_params` come from the rule's matcher, with its ``target_kwargs``. Here a target
        may be another `Router`, any `HTTPServerConnectionDelegate`, or a function that is called
        with the request and `target_params`.
        """
        if isinstance(target, Router):
            return target.find_handler(request, **target_params)
        connection: Any = request.connection
        if isinstance(target, HTTPServerConnectionDelegate):
            return target.start_request(request.server_connection, connection)
        if callable(target):
            return CallableAdapter(partial(target, **target_params), connection)
        return None

    def find_rule(
        self, path: str, host: str | None, request_getter: Callable[[], HTTPServerRequest]
    ) -> Found | None:
        """The first rule that matches, without building a request unless a matcher needs it.

        Goes into routers in the rules that `shares_targets_with` this one. The list and the dict
        that come with the rule are positional and named path arguments; they may be shared and
        must not be changed. Other targets than handlers may turn the request down: for those go
        to `find_handler`, which then tries the rules behind.

        Args:
            path: the path, percent-encoded.
            host: host and port as the client wrote them; None to take it from the request.
            request_getter: makes or gets the request.
        """
        index = self._current_index()
        settled = index.settled.get(path)
        if settled is not None:
            return settled
        fixed = path in index.literals  # will the answer be the same next time?
        for entry in index.candidates(path):
            if entry.match_path is not None:
                match = entry.match_path(path)
                if match is None:
                    continue
                hit = (entry.rule, *path_arguments(match)) if match.re.groups else entry.plain
            elif entry.always:
                hit = entry.plain
            else:
                fixed = False
                asked = _ask(entry, host, request_getter)
                if asked is None:
                    continue
                hit = asked
            if entry.deeper:
                fixed = False
                deeper: Found | None = hit[0].target.find_rule(path, host, request_getter)
                if deeper is None:
                    continue
                return deeper
            if fixed:
                index.settled[path] = hit
            return hit
        return None

    def shares_targets_with(self, other: RuleRouter) -> bool:
        """Whether what `other` finds can be answered as if this router had found it."""
        return type(other) is type(self)

    def _leads_deeper(self, rule: Rule) -> bool:
        return isinstance(rule.target, RuleRouter) and self.shares_targets_with(rule.target)

    def _current_index(self) -> RuleIndex:
        """The index, made anew if rules were added, also behind our back."""
        index = self._index
        if index is None or index.size != len(self.rules):
            index = self._index = RuleIndex(self.rules, self._leads_deeper)
        return index


def _ask(
    entry: Entry, host: str | None, request_getter: Callable[[], HTTPServerRequest]
) -> Found | None:
    """What a matcher says that looks at more than the path."""
    if entry.match_host is not None:
        name = request_getter().host_name if host is None else split_host_and_port(host.lower())[0]
        return entry.plain if entry.match_host(name) else None
    params = entry.rule.matcher.match(request_getter())
    if params is None:
        return None
    rule = entry.rule
    target_kwargs = params.get("target_kwargs")
    if target_kwargs and not rule.target_kwargs:
        rule = _BoundRule(rule, target_kwargs)
    return rule, params.get("path_args", []), params.get("path_kwargs", {})


class _BoundRule(Rule):
    """A rule with the arguments that its matcher gave this once; equal to the rule itself.

    So it finds what others keep about the rule in a dict, and does not fill that dict.
    """

    def __init__(self, rule: Rule, target_kwargs: dict[str, Any]) -> None:
        super().__init__(rule.matcher, rule.target, target_kwargs, rule.name)
        self._rule = rule

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._rule

    def __hash__(self) -> int:
        return hash(self._rule)


class ReversibleRuleRouter(ReversibleRouter, RuleRouter):
    """A `RuleRouter` whose rules may have names."""

    def __init__(self, rules: RuleList | None = None) -> None:
        """Make a router of rules, see `add_rules`."""
        self.named_rules: dict[str, Rule] = {}
        super().__init__(rules)

    def process_rule(self, rule: Rule) -> Rule:
        """Remember the rule's name. Of equal names the last wins, with a warning."""
        rule = super().process_rule(rule)
        if rule.name:
            if rule.name in self.named_rules:
                app_log.warning("Multiple handlers named %s; replacing previous value", rule.name)
            self.named_rules[rule.name] = rule
        return rule

    def reverse_url(self, name: str, *args: Any) -> str | None:
        """The URL of the rule called `name`, here or in the reversible routers it leads to."""
        if name in self.named_rules:
            return self.named_rules[name].reverse(*args)
        for rule in self.rules:
            if isinstance(rule.target, ReversibleRouter):
                url = rule.target.reverse_url(name, *args)
                if url is not None:
                    return url
        return None
