"""How many requests may be under way to one origin."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zonda.simple_httpclient.fetch import Fetch
    from zonda.simple_httpclient.plan import Plan
    from zonda.simple_httpclient.shortway import ShortFetch
    from zonda.simple_httpclient.target import Origin

__all__ = ["OriginPlaces"]


class OriginPlaces:
    """Places at each origin, given out in the order in which they are asked for.

    A fetch first gets a place here, and then one among all fetches of the client. It is never
    the other way round: a fetch that held a place of the client while it waited for one here
    could wait for another one that has a place here, and waits for a place of the client.

    Args:
        limit: places at each origin.
    """

    __slots__ = ("_held", "_limit", "_taken", "_waiting", "waiting")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[Fetch | ShortFetch, Origin] = {}
        self._taken: dict[Origin, int] = {}
        self._waiting: dict[Origin, OrderedDict[Fetch, None]] = {}
        #: Fetches that wait for a place here, and where.
        self.waiting: dict[Fetch, Origin] = {}

    def has_room(self, plan: Plan) -> bool:
        """Whether there is a free place at a plan's origin."""
        return self._taken.get(plan.target.origin, 0) < self._limit

    def take(self, fetch: Fetch | ShortFetch) -> None:
        """Take a free place."""
        origin = fetch.plan.target.origin
        self._taken[origin] = self._taken.get(origin, 0) + 1
        self._held[fetch] = origin

    def replace(self, short: ShortFetch, fetch: Fetch) -> None:
        """The other one has its place now."""
        self._held[fetch] = self._held.pop(short)

    def enter(self, fetch: Fetch) -> bool:
        """Ask for a place; False: :meth:`leave` of another fetch will give one."""
        if self.has_room(fetch.plan):
            self.take(fetch)
            return True
        origin = fetch.plan.target.origin
        self.waiting[fetch] = origin
        self._waiting.setdefault(origin, OrderedDict())[fetch] = None
        return False

    def leave(self, fetch: Fetch) -> Fetch | None:
        """Give a place back, or stop to wait for one; the fetch that has the place now."""
        origin = self.waiting.pop(fetch, None)
        if origin is None:
            return self.give_back(fetch)
        waiting = self._waiting[origin]
        del waiting[fetch]
        if not waiting:
            del self._waiting[origin]
        return None

    def give_back(self, fetch: Fetch | ShortFetch) -> Fetch | None:
        """Give a place back, if it has one; the fetch that has the place now."""
        origin = self._held.pop(fetch, None)
        if origin is None:
            return None
        if origin in self._waiting:
            following = next(iter(self._waiting[origin]))
            self.leave(following)
            self._held[following] = origin
            return following
        self._taken[origin] -= 1
        if not self._taken[origin]:
            del self._taken[origin]
        return None
