"""What a mixin of Tornado 4 overrides to say who a user is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any

from zonda.gen.yielded import new_future
from zonda.legacy import deprecated
from zonda.tornado.past.stack_context import ExceptionStackContext

__all__ = ["user_by_callback"]


def user_by_callback(
    ask: Callable[[dict[str, Any], Callable[[Any], None]], object], access_token: dict[str, Any]
) -> asyncio.Future[Any]:
    """What ``_oauth_get_user(access_token, callback)`` gives its callback.

    An exception in it, or in a callback that it started, is the future's.
    """
    deprecated("_oauth_get_user(access_token, callback)", "a coroutine _oauth_get_user_future")
    future = new_future()

    def done(user: Any) -> None:
        if not future.done():
            future.set_result(user)

    def failed(typ: type[BaseException], value: BaseException, tb: TracebackType | None) -> bool:
        if not future.done():
            future.set_exception(value)
        return True

    with ExceptionStackContext(failed):
        ask(access_token, done)
    return future
