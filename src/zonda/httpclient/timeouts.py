"""Time limits by phase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Timeout"]


class Timeout(NamedTuple):
    """How long the parts of a fetch may take, in seconds. 0: any time; None: the client's own.

    Attributes:
        total: the whole fetch, with the wait for a place in the client, redirects, retries and
            the waits between them: ``request_timeout``. In `AsyncHTTPClient.stream` and
            ``download`` it ends the body as well.
        connect: name look-up, connection, proxy and TLS handshake: ``connect_timeout``.
        read: the longest silence: seconds that the server may let pass without sending
            anything, once the request is on its way to it. Time during which a
            slow reader holds the response back does not count.
    """

    total: float | None = None
    connect: float | None = None
    read: float | None = None

    @classmethod
    def of(cls, given: float | Mapping[str, float | None] | Timeout) -> Timeout:
        """What ``timeout=`` means: a number is the total.

        Raises:
            TypeError: a mapping names a phase that there is not.
            ValueError: a limit is negative.
        """
        if isinstance(given, Timeout):
            limits = given
        elif isinstance(given, Mapping):
            limits = cls(**given)
        else:
            limits = cls(total=given)
        if any(limit is not None and limit < 0 for limit in limits):
            raise ValueError(f"no time limit is negative: {limits}")
        return limits
