"""Which responses of OpenID providers were used before (OpenID 2.0 section 11.3)."""

from __future__ import annotations

import re
import time
from calendar import timegm
from collections import OrderedDict
from typing import Final

__all__ = ["UsedNonces"]

_STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z")
_MAX_KEPT: Final = 100_000


class UsedNonces:
    """Remembers nonces for as long as they would be accepted; one process knows its own.

    Args:
        window: for how many seconds a nonce is good, and how far the provider's clock may be
            ahead of ours.
    """

    def __init__(self, window: float = 300.0) -> None:
        self.window = window
        self._used: OrderedDict[tuple[str, str], float] = OrderedDict()

    def use(self, endpoint: str, nonce: str, now: float | None = None) -> bool:
        """Whether the nonce is recent and was not used before. From now on it is used.

        Args:
            endpoint: of the provider; each has nonces of its own.
            nonce: begins with a time in UTC, ``2005-05-15T17:11:51Z``.
            now: seconds since the epoch.
        """
        if now is None:
            now = time.time()
        made = _time_of(nonce)
        if made is None or abs(now - made) > self.window or (endpoint, nonce) in self._used:
            return False
        self._forget(now)
        self._used[endpoint, nonce] = now
        return True

    def _forget(self, now: float) -> None:
        """Drop what has become too old to be accepted; it was put in in the order of time."""
        while self._used:
            oldest = next(iter(self._used))
            if now - self._used[oldest] <= 2 * self.window and len(self._used) < _MAX_KEPT:
                return
            del self._used[oldest]


def _time_of(nonce: str) -> float | None:
    match = _STAMP.match(nonce)
    if match is None:
        return None
    try:
        return float(timegm(time.strptime(match[1], "%Y-%m-%dT%H:%M:%S")))
    except ValueError:
        return None
