"""Domains below which anybody can have a name: no cookie may be for all of them.

The list of these is https://publicsuffix.org/list/. It has ten thousand lines and changes every
week, so it is not in here: with ``pip install zonda[cookies]`` it comes from the package
publicsuffixlist, without network access. Without that package a rule decides that knows the
common patterns and the best-known hosting domains; it refuses some cookies that a browser
would take, and takes some that a browser would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final

__all__ = ["follows_the_pattern", "is_public_suffix"]

#: Labels that registries of countries sell names below, as in "co.uk".
_SECOND_LEVEL: Final = frozenset(
    re.split(
        r"\s+",
        """ac ad adv art asn assn biz co com coop ed edu firm fm gen go gob gouv gov govt gv gr h
        id idv in ind inf info int k12 law ltd me med mi mil mob mod museum muni name ne net nhs
        nic nom or org parliament parti pharm plc police press priv pro pub pvt re res sa sch
        school sld store tel tm tv tx web""",
    )
)
#: Countries that sell names at the third level only.
_WILDCARDS: Final = frozenset(re.split(" ", "bd ck er fk jm kh mm np pg"))
#: Where everybody can have a site.
_HOSTING: Final = frozenset(
    re.split(
        r"\s+",
        """appspot.com azurewebsites.net azurestaticapps.net blogspot.com cloudapp.net
        cloudfront.net deno.dev elasticbeanstalk.com firebaseapp.com fly.dev github.io
        githubusercontent.com gitlab.io glitch.me herokuapp.com myshopify.com netlify.app
        ngrok.app ngrok.io ngrok-free.app now.sh onrender.com pages.dev pythonanywhere.com
        railway.app readthedocs.io repl.co run.app s3.amazonaws.com surge.sh translate.goog
        vercel.app vercel.dev web.app wixsite.com wordpress.com workers.dev""",
    )
)


def is_public_suffix(domain: str) -> bool:
    """Whether strangers can have names right below a domain.

    Args:
        domain: lower case, ASCII, without dots around it.
    """
    return _rule()(domain)


@cache
def _rule() -> Callable[[str], bool]:
    try:
        module: Any = import_module("publicsuffixlist")
    except ImportError:
        return follows_the_pattern
    suffixes: Any = module.PublicSuffixList()
    return lambda domain: bool(suffixes.is_public(domain))


def follows_the_pattern(domain: str) -> bool:
    """The rule that does without a list."""
    first, _, rest = domain.partition(".")
    if not rest or domain in _HOSTING or domain.endswith(".compute.amazonaws.com"):
        return True
    if "." in rest or len(rest) != 2:
        return False
    return rest in _WILDCARDS or first in _SECOND_LEVEL
