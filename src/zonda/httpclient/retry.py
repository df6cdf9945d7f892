"""When, and how often, a request is sent again."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from zonda.httpclient.errors import HTTPClientError, HTTPStreamClosedError, HTTPTimeoutError
from zonda.protocol.errors import Truncated

if TYPE_CHECKING:
    from zonda.httpclient.request import HTTPRequest
    from zonda.httputil import HTTPHeaders

__all__ = ["Retry", "RetryBudget", "retry_after"]

#: Methods that mean the same however often they arrive (RFC 9110 section 9.2.2).
_METHODS: Final = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
#: Statuses that say "not now": Request Timeout, Too Early, Too Many Requests, Bad Gateway,
#: Service Unavailable, Gateway Timeout.
_STATUSES: Final = frozenset((408, 425, 429, 502, 503, 504))
#: libcurl's codes for a request that never left: the proxy or the host has no address, or
#: nobody answers there.
_CURL_UNSENT: Final = frozenset((5, 6, 7))
#: libcurl's codes for what the network did to a request: besides those above partial file,
#: HTTP/2 framing, timeout, empty reply, send, receive, and an HTTP/2 stream.
_CURL_LOST: Final = _CURL_UNSENT | {16, 18, 28, 52, 55, 56, 92}


class RetryBudget:
    """Keeps retries to a share of the requests, so that they cannot drown a weak server.

    One budget may serve several clients.

    Args:
        ratio: retries earned by each fetch.
        reserve: retries that may be spent at once; it is full at first.
    """

    def __init__(self, ratio: float = 0.2, reserve: float = 10) -> None:
        if ratio < 0 or reserve < 1:
            raise ValueError("a budget needs a ratio from 0 and a reserve from 1 on")
        self.ratio = ratio
        self.reserve = reserve
        #: Retries that may be made now.
        self.left: float = reserve

    def earn(self) -> None:
        """A fetch begins."""
        self.left = min(self.left + self.ratio, self.reserve)

    def spend(self) -> bool:
        """Whether there may be one more retry; it counts as made."""
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Retry:
    """What to send again, how often and how soon.

    Only requests that mean the same however often they arrive are repeated: idempotent
    methods, with a body that is there as bytes, comes from ``files=`` that can be read again,
    or from a ``body_producer`` with an attribute ``replayable`` that is true. A connection
    that was refused, or a host without an address, never got the request: then the method
    does not matter.

    All attempts and waits count against ``request_timeout``. A retry for which there is not
    enough time left is not begun; the last response or exception is the outcome then. In
    `AsyncHTTPClient.stream` nothing is repeated once the body has begun.

    Args:
        total: retries of one fetch, redirects included.
        backoff: seconds to wait before the first retry; it doubles with every further one.
        max_delay: seconds that a wait takes at most. If the server's ``Retry-After`` is
            longer, the request is not repeated.
        jitter: share of a wait that is left to chance, 0 to 1, so that clients which
            failed together do not come back together.
        statuses: responses to repeat the request for.
        methods: methods that may be repeated.
        respect_retry_after: whether a ``Retry-After`` field (RFC 9110 section 10.2.3) replaces the
            computed wait, if it is longer.
        attempt_timeout: seconds for one attempt; without it one that hangs takes all of
            ``request_timeout``.
        budget: a limit over many fetches.

    Raises:
        ValueError: a number is out of its range.
    """

    def __init__(
        self,
        total: int = 3,
        *,
        backoff: float = 0.2,
        max_delay: float = 30.0,
        jitter: float = 0.5,
        statuses: Iterable[int] = _STATUSES,
        methods: Iterable[str] = _METHODS,
        respect_retry_after: bool = True,
        attempt_timeout: float | None = None,
        budget: RetryBudget | None = None,
    ) -> None:
        if total < 0 or backoff < 0 or max_delay < 0 or not 0 <= jitter <= 1:
            raise ValueError("total, backoff and max_delay are from 0 on, jitter from 0 to 1")
        if attempt_timeout is not None and attempt_timeout <= 0:
            raise ValueError("attempt_timeout is a number of seconds, or None")
        self.total = total
        self.backoff = backoff
        self.max_delay = max_delay
        self.jitter = jitter
        self.statuses = frozenset(statuses)
        self.methods = frozenset(methods)
        self.respect_retry_after = respect_retry_after
        self.attempt_timeout = attempt_timeout
        self.budget = budget

    @classmethod
    def of(cls, given: Retry | int) -> Retry:
        """What ``retries=`` means: a number is the total."""
        return given if isinstance(given, Retry) else cls(given)

    # ------------------------------------------------------------------- decisions

    def delay_after_response(
        self, request: HTTPRequest, done: int, code: int, headers: HTTPHeaders
    ) -> float | None:
        """Seconds to wait before a response's request is repeated; None: it is not.

        Args:
            request: what was sent.
            done: retries made so far.
            code: the response's status.
            headers: its header fields.
        """
        if done >= self.total or code not in self.statuses or not self._repeatable(request):
            return None
        delay = self._delay(done)
        if self.respect_retry_after and "Retry-After" in headers:
            asked = retry_after(headers["Retry-After"], time.time())
            if asked is not None:
                if asked > self.max_delay:
                    return None
                delay = max(delay, asked)
        return delay

    def delay_after_error(
        self, request: HTTPRequest, done: int, error: BaseException
    ) -> float | None:
        """Seconds to wait after there was no response; None: the request is not repeated."""
        if done >= self.total:
            return None
        if _never_sent(error):
            again = _replayable(request)
        else:
            again = _lost(error) and self._repeatable(request)
        return self._delay(done) if again else None

    def _repeatable(self, request: HTTPRequest) -> bool:
        return request.method in self.methods and _replayable(request)

    def _delay(self, done: int) -> float:
        import random

        delay = min(self.backoff * 2.0 ** min(done, 60), self.max_delay)
        return delay * (1 - self.jitter * random.random())


def retry_after(value: str, now: float) -> float | None:
    """Seconds that a ``Retry-After`` field asks to wait; None if it says nothing that counts.

    Args:
        value: the field: seconds, or a date.
        now: the time, epoch seconds.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:18])
    from email.utils import parsedate_to_datetime

    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None


def _replayable(request: HTTPRequest) -> bool:
    """Whether the body can be sent once more."""
    producer = request.body_producer
    return request._body is not None or producer is None or getattr(producer, "replayable", False)


def _never_sent(error: BaseException) -> bool:
    """Whether the server cannot have seen the request."""
    if isinstance(error, HTTPClientError):
        return getattr(error, "errno", None) in _CURL_UNSENT
    return isinstance(error, ConnectionRefusedError | socket.gaierror)


def _lost(error: BaseException) -> bool:
    """Whether the network, not the request or our own code, is to blame."""
    if isinstance(error, HTTPTimeoutError):
        return True
    if isinstance(error, HTTPStreamClosedError):
        # Others tell of a server that breaks the protocol, or of a callback that failed.
        return error.__cause__ is None or isinstance(error.__cause__, OSError | Truncated)
    if isinstance(error, HTTPClientError):
        return getattr(error, "errno", None) in _CURL_LOST
    if isinstance(error, OSError):
        import ssl

        return not isinstance(error, ssl.SSLCertVerificationError | FileNotFoundError)
    return False
