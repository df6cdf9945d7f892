"""Routers: order, nesting, names, targets."""

import logging
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
)
from zonda.routing import (
    AnyMatches,
    HostMatches,
    Matcher,
    PathMatches,
    ReversibleRouter,
    ReversibleRuleRouter,
    Router,
    Rule,
    RuleRouter,
)


def request(path: str, host: str = "h.example") -> HTTPServerRequest:
    return HTTPServerRequest("GET", path, headers=HTTPHeaders(Host=host))


def find(router: RuleRouter, path: str, host: str | None = None) -> Any:
    """Target, positional and named arguments, by the fast way."""
    hit = router.find_rule(path, host, lambda: request(path))
    return None if hit is None else (hit[0].target, hit[1], hit[2])


class Delegates(RuleRouter):
    """Every target but None has a delegate."""

    def get_target_delegate(
        self, target: Any, request: HTTPServerRequest, **target_params: Any
    ) -> Any:
        if isinstance(target, Router):
            return super().get_target_delegate(target, request, **target_params)
        return None if target is None else (target, target_params)


# Order


PATTERNS = [
    "/a", "/b", "/a/b", "/a/(.*)", "/(a|b)", "/a.*", ".*", "/b/(?P<x>[ab]+)", "/[ab]/b",
    "/a-([ab])", "/a-a", "/ab?", "/a/b/(.*)", "(?i)/A", "/a/a-(.)",
]  # fmt: skip

MATCHERS = st.one_of(
    st.sampled_from(PATTERNS).map(PathMatches),
    st.sampled_from(["h.example", "other", ".*"]).map(HostMatches),
    st.just(AnyMatches()),
)


@given(
    st.lists(MATCHERS, max_size=8),
    st.lists(st.text(alphabet="/ab-", max_size=6).map(lambda text: "/" + text), max_size=6),
)
def test_the_first_rule_that_matches_wins(matchers: list[Matcher], paths: list[str]) -> None:
    router = Delegates([Rule(matcher, number) for number, matcher in enumerate(matchers)])
    for path in [*paths, *paths, "/a", "/b", "/a/b", "/a-a"]:
        expected = None
        for number, matcher in enumerate(matchers):
            params = matcher.match(request(path))
            if params is not None:
                expected = number, params
                break
        assert router.find_handler(request(path)) == expected
        hit = find(router, path, "h.example")
        if expected is None:
            assert hit is None
        else:
            target, params = expected
            args = params.get("path_args", []), params.get("path_kwargs", {})
            assert hit == (target, *args)


def test_a_thousand_rules_leave_few_candidates() -> None:
    rules = [
        rule
        for number in range(1000)
        for rule in (
            (f"/literal{number}", number),
            (f"/folder{number}/(.*)", number),
            (f"/flat/{number}-(.*)", number),
        )
    ]
    index = Delegates(rules)._current_index()
    for path in ("/literal999", "/folder999/x", "/flat/999-x", "/nothing"):
        assert len(index.candidates(path)) <= 1
    assert find(Delegates(rules), "/flat/999-x") == (999, [b"x"], {})


def test_the_path_alone_decides_only_where_nothing_else_comes_before() -> None:
    inner = RuleRouter([("/a/b", print)])
    router = RuleRouter(
        [
            (r"/a/(x%20.*)", print),
            (HostMatches("other.example"), print),
            (r"/a/(y?)(z)?", print),
            (r"/named/(?P<name>.*)", print),
        ]
    )
    router.find_rule("/a/z", "h.example", lambda: request("/a/z"))
    index = router._current_index()
    assert index.match("/a/z") is None  # the host might decide
    plain = RuleRouter([router.rules[0], router.rules[2], router.rules[3], ("/a/b", inner)])
    index = plain._current_index()
    for path in ("/a/x%20%C3%A9", "/a/z", "/a/y", "/a/", "/named/a%2Fb", "/named/", "/none"):
        assert index.match(path) == plain.find_rule(path, "h", lambda: request("/"))
    assert index.match("/a/b") is None  # leads to another router


def test_rules_may_be_added_at_any_time_by_either_way() -> None:
    router = Delegates([("/a", 1)])
    assert find(router, "/b") is None
    router.add_rules([("/b", 2)])
    assert find(router, "/b") == (2, [], {})
    router.rules.insert(0, Rule(AnyMatches(), 3))
    assert find(router, "/b") == (3, [], {})


def test_literal_hits_share_their_arguments() -> None:
    router = Delegates([("/a", 1)])
    first = router.find_rule("/a", None, lambda: request("/a"))
    assert first is router.find_rule("/a", None, lambda: request("/a"))


def test_no_request_is_built_for_paths_and_known_hosts() -> None:
    router = Delegates([(HostMatches("other"), 0), ("/b(.)", 1), ("/a", 2)])
    assert find(router, "/a", "H.example:80") == (2, [], {})
    hit = router.find_rule("/a", "OTHER:80", lambda: pytest.fail("not needed"))
    assert hit is not None
    assert hit[0].target == 0


# Matchers of one's own


class Asks(Matcher):
    def __init__(self, answer: dict[str, Any] | None) -> None:
        self.answer = answer

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return self.answer


class Upper(PathMatches):
    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return {} if request.path.isupper() else None


def test_own_matchers_keep_their_place() -> None:
    router = Delegates([("/a", 1), (Asks({"path_args": [5]}), 2), ("/b", 3)])
    assert find(router, "/a") == (1, [], {})
    assert find(router, "/b") == (2, [5], {})
    router = Delegates([(Asks(None), 2), ("/b", 3)])
    assert find(router, "/b") == (3, [], {})
    assert find(router, "/b") == (3, [], {})


def test_own_matchers_may_give_target_arguments() -> None:
    router = Delegates([(Asks({"target_kwargs": {"k": 1}}), 2), (AnyMatches(), 3, {"k": 2})])
    hit = router.find_rule("/", None, lambda: request("/"))
    assert hit is not None
    assert hit[0].target_kwargs == {"k": 1}
    assert router.rules[0].target_kwargs == {}
    assert router.find_handler(request("/")) == (2, {"target_kwargs": {"k": 1}})


def test_subclasses_of_matchers_are_asked_themselves() -> None:
    router = Delegates([(Upper("/nothing"), 1), ("/B", 2)])
    assert find(router, "/B") == (1, [], {})
    assert find(router, "/b") is None


# Targets


def test_target_parameters() -> None:
    router = Delegates([("/(f)", 1, {"k": 1}), ("/(?P<z>g)", 2), ("/h", 3)])
    assert router.find_handler(request("/f")) == (
        1,
        {"path_args": [b"f"], "path_kwargs": {}, "target_kwargs": {"k": 1}},
    )
    assert router.find_handler(request("/g")) == (2, {"path_args": [], "path_kwargs": {"z": b"g"}})
    assert router.find_handler(request("/h")) == (3, {})


def test_a_target_without_delegate_leaves_it_to_the_next_rule() -> None:
    router = Delegates([("/a", None), ("/a", 2), (AnyMatches(), 3)])
    assert router.find_handler(request("/a")) == (2, {})
    assert RuleRouter([("/a", object())]).find_handler(request("/a")) is None


def test_delegates_as_targets() -> None:
    class Target(HTTPServerConnectionDelegate):
        def start_request(self, server_conn: object, request_conn: Any) -> HTTPMessageDelegate:
            self.called_with = server_conn, request_conn
            return HTTPMessageDelegate()

    target = Target()
    asked = request("/a")
    asked.server_connection, asked.connection = "server", "connection"
    assert isinstance(RuleRouter([("/a", target)]).find_handler(asked), HTTPMessageDelegate)
    assert target.called_with == ("server", "connection")


# Nesting


def test_nested_routers_of_the_same_kind_are_gone_into() -> None:
    inner = Delegates([("/in", 1), ("/in/(.)", 2)])
    router = Delegates([(HostMatches("h.*"), inner), ("/in/x", 3), ("/out", 4)])
    assert find(router, "/in", "h") == (1, [], {})
    assert find(router, "/in/x", "h") == (2, [b"x"], {})
    assert find(router, "/in/x", "other") == (3, [], {})
    assert find(router, "/out", "h") == (4, [], {})
    assert router.find_handler(request("/in/x")) == (
        2,
        {"path_args": [b"x"], "path_kwargs": {}},
    )
    inner.add_rules([("/out", 5)])
    assert find(router, "/out", "h") == (5, [], {})


def test_foreign_routers_are_given_back() -> None:
    inner = RuleRouter([("/in", 1)])
    assert find(Delegates([(AnyMatches(), inner)]), "/in") == (inner, [], {})


def test_an_inner_router_that_knows_nothing_changes_nothing() -> None:
    router = Delegates([(AnyMatches(), Delegates([("/x", 1)])), ("/a", 2)])
    for _ in range(2):
        assert find(router, "/a") == (2, [], {})
        assert router.find_handler(request("/a")) == (2, {})


# Names


def test_reverse_url() -> None:
    inner = ReversibleRuleRouter([("/in/(.)", 1, {}, "in")])
    router = ReversibleRuleRouter(
        [(AnyMatches(), RuleRouter()), ("/out/(.)", 2, {}, "out"), (AnyMatches(), inner)]
    )
    assert router.reverse_url("out", "a b"[0]) == "/out/a"
    assert router.reverse_url("in", 5) == "/in/5"
    assert router.reverse_url("none") is None


def test_equal_names_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "tornado.application"):
        router = ReversibleRuleRouter([("/a", 1, {}, "n"), ("/b", 2, {}, "n")])
    assert router.reverse_url("n") == "/b"
    assert re.search("Multiple handlers named n", caplog.text)


def test_process_rule_may_replace_rules() -> None:
    class Prefixed(RuleRouter):
        def process_rule(self, rule: Rule) -> Rule:
            assert isinstance(rule.matcher, PathMatches)
            return Rule(PathMatches("/v1" + rule.matcher.regex.pattern), rule.target)

    assert find(Prefixed([("/a", 1)]), "/v1/a") == (1, [], {})


def test_abstract_routers() -> None:
    with pytest.raises(NotImplementedError):
        Router().find_handler(request("/"))
    with pytest.raises(NotImplementedError):
        ReversibleRouter().reverse_url("x")
