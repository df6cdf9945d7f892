"""Waiting for a while, and not too long."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from zonda.concurrent import (
    AnyFuture,
    Future,
    call_when_done,
    copy_outcome,
    future_set_result_unless_cancelled,
)
from zonda.gen.several import Exceptions
from zonda.gen.yielded import convert_yielded, new_future, running_or_current_loop
from zonda.legacy import takes_io_loop
from zonda.log import app_log
from zonda.util import TimeoutError


def sleep(duration: float) -> Future[None]:
    """A future that is done in ``duration`` seconds.

    Only for use in coroutines: ``yield gen.sleep(1)`` or ``await gen.sleep(1)``.
    """
    loop = running_or_current_loop()
    future: Future[None] = Future(loop=loop)
    loop.call_later(duration, future_set_result_unless_cancelled, future, None)
    return future


@takes_io_loop(2)
def with_timeout(
    timeout: float | datetime.timedelta,
    future: Any,
    quiet_exceptions: Exceptions = (),
    *,
    message: str | Callable[[], str] | None = None,
) -> Future[Any]:
    """Wait for ``future``, but not beyond ``timeout``.

    ``future`` itself is not cancelled when time is up. What it raises later is logged.

    :param timeout: a deadline in **absolute** time (as `IOLoop.add_timeout` takes it), or
        a `datetime.timedelta` from now.
    :param future: anything that a coroutine can yield.
    :param quiet_exceptions: late exceptions of these types are not logged.
    :param message: the error's text, or a function that makes it when it is needed.
    :returns: a future of the same outcome, or of `TimeoutError`.
    """
    from zonda.ioloop import IOLoop

    source: AnyFuture[Any] = convert_yielded(future)
    result = new_future()
    if source.done():
        copy_outcome(source, result)
        return result
    ioloop = IOLoop.current()

    def settle(source: AnyFuture[Any]) -> None:
        ioloop.remove_timeout(handle)
        copy_outcome(source, result)

    def expire() -> None:
        if result.done():
            return
        text = message() if callable(message) else message
        result.set_exception(TimeoutError("Timeout" if text is None else text))
        ioloop.add_future(source, late)

    def late(source: AnyFuture[Any]) -> None:
        if source.cancelled():
            return
        error = source.exception()
        if error is not None and not isinstance(error, quiet_exceptions):
            app_log.error("Exception in Future %r after timeout", source, exc_info=error)

    handle = ioloop.add_timeout(timeout, expire)
    call_when_done(source, settle)
    return result
