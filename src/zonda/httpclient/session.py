"""What a client may add to all of its fetches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from zonda.httpclient.hooks import Hook, Hooks
from zonda.httpclient.retry import Retry

if TYPE_CHECKING:
    from zonda.httpclient.cookies import CookieJar
    from zonda.httpclient.request import HTTPRequest
    from zonda.httpclient.response import HTTPResponse

__all__ = ["Recorder", "Session"]


class Recorder(Protocol):
    """Keeps what has been sent and received: `zonda.httpclient.har.HARRecorder`, for example."""

    def record(self, request: HTTPRequest, outcome: HTTPResponse | BaseException) -> None:
        """One attempt is over; ``request`` is what was sent, and when."""


class Session:
    """The cookies, retries, hooks and recorder of a client.

    Args:
        cookie_jar: keeps the cookies that servers set, and sends them back.
        cookies: True: with a jar of its own.
        retries: which requests are sent again; a number is ``Retry(number)``.
        hooks: functions by event, see :class:`Hooks`.
        recorder: is given every attempt.

    Raises:
        ValueError: the arguments do not go together.
    """

    __slots__ = ("cookie_jar", "hooks", "recorder", "retries")

    def __init__(
        self,
        cookie_jar: CookieJar | None = None,
        cookies: bool = False,
        retries: Retry | int | None = None,
        hooks: Hooks | Mapping[str, Hook | Sequence[Hook]] | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        if cookies:
            if cookie_jar is not None:
                raise ValueError("give cookies=True or a cookie_jar")
            from zonda.httpclient.cookies import CookieJar

            cookie_jar = CookieJar()
        self.cookie_jar = cookie_jar
        self.retries = None if retries is None else Retry.of(retries)
        self.hooks = Hooks.of(hooks)
        self.recorder = recorder
