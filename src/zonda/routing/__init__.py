"""Routing: which application, handler or function answers a request.

A `Router` finds an `HTTPMessageDelegate` for a request, and is itself a delegate that an
`HTTPServer` can be given. `RuleRouter` does it with a list of rules, each a `Matcher` and a
target; a target may be another router, so routers nest. ``web.Application`` is one for request
handlers::

    router = RuleRouter([
        Rule(HostMatches("api.example.com"), api_application),
        Rule(PathMatches("/static/.*"), static_application),
        ("/health", answer_health),
        Rule(AnyMatches(), application),
    ])
    server = HTTPServer(router)

The first rule that matches wins. However many rules there are, only few are tried, see
`zonda.routing.index`.
"""

from __future__ import annotations

from zonda.routing.delegates import CallableAdapter as _CallableAdapter
from zonda.routing.delegates import RoutingDelegate as _RoutingDelegate
from zonda.routing.matchers import (
    AnyMatches,
    DefaultHostMatches,
    HostMatches,
    Matcher,
    PathMatches,
)
from zonda.routing.router import ReversibleRouter, ReversibleRuleRouter, Router, RuleRouter
from zonda.routing.rules import Rule, URLSpec
from zonda.routing.rules import RuleList as _RuleList

__all__ = [
    "AnyMatches",
    "DefaultHostMatches",
    "HostMatches",
    "Matcher",
    "PathMatches",
    "ReversibleRouter",
    "ReversibleRuleRouter",
    "Router",
    "Rule",
    "RuleRouter",
    "URLSpec",
    "_CallableAdapter",
    "_RoutingDelegate",
    "_RuleList",
]
