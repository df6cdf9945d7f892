"""``@web.asynchronous``, and ``callback=`` of ``RequestHandler.flush``."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zonda.gen.yielded import convert_yielded
from zonda.ioloop import IOLoop
from zonda.legacy import deprecated
from zonda.tornado.past.stack_context import ExceptionStackContext

if TYPE_CHECKING:
    from zonda.web import RequestHandler

__all__ = ["asynchronous", "call_when_flushed"]


def asynchronous(method: Callable[..., Any]) -> Callable[..., None]:
    """Decorate a method of a handler that goes on after it has returned.

    The request stays open until ``self.finish()``; an exception of any callback that the
    method has started is answered with the error page. If the method returns something to
    wait for (``@gen.coroutine`` below it, or ``async def``), the request is finished when
    that is done.
    """
    deprecated("@web.asynchronous", "async def")

    @functools.wraps(method)
    def wrapper(self: RequestHandler, *args: Any, **kwargs: Any) -> None:
        self._auto_finish = False
        context = ExceptionStackContext(lambda typ, value, tb: _answer(self, value))
        with context:
            result = method(self, *args, **kwargs)
            if result is not None:
                IOLoop.current().add_future(
                    convert_yielded(result), lambda future: _complete(self, future)
                )

    return wrapper


def _answer(handler: RequestHandler, error: BaseException) -> bool:
    handler._handle_request_exception(error)
    return True


def _complete(handler: RequestHandler, future: Any) -> None:
    future.result()
    if not handler._finished:
        handler.finish()


def call_when_flushed(future: asyncio.Future[None], callback: Callable[[], object]) -> None:
    """Call ``callback()`` when what was flushed is on its way; not if the client has gone."""
    deprecated("flush(callback=...)", "await self.flush()")

    def done(future: asyncio.Future[None]) -> None:
        if not future.cancelled() and future.exception() is None:
            callback()

    IOLoop.current().add_future(future, done)
