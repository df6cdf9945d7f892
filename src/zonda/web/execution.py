"""Running a handler: ``prepare``, then the method, then ``finish``.

Everything that does not wait happens in the caller's stack. A handler that returns an
awaitable is stepped at once, and only if it suspends does a task exist for it
(:mod:`zonda.eager`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from zonda.web.errors import HTTPError
from zonda.web.output import OutputMixin, default_etag_hash

if TYPE_CHECKING:
    from zonda.web.handler import RequestHandler

__all__ = [
    "SAFE_METHODS",
    "await_result",
    "call_method",
    "check_origin",
    "ended",
    "execute",
    "execute_method",
    "prepare_class",
]

#: Methods that change nothing (RFC 9110 section 9.2.1) need no proof of their origin.
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


def prepare_class(cls: type[RequestHandler]) -> None:
    """Find out, once for each class, which hooks the fast path may leave out."""
    if "_etag_hash" in cls.__dict__:
        return
    standard_etag = (
        cls.compute_etag is OutputMixin.compute_etag
        and cls.set_etag_header is OutputMixin.set_etag_header
        and cls.check_etag_header is OutputMixin.check_etag_header
    )
    cls._etag_hash = default_etag_hash() if standard_etag else None
    cls._method_names = {method: method.lower() for method in cls.SUPPORTED_METHODS}
    cls._init_behind = _init_behind(cls) is not object.__init__
    cls._made_plainly = _is_made_plainly(cls)
    cls._overrides_execute = not cls._execute.__module__.startswith("zonda.web.")


def _init_behind(cls: type[RequestHandler]) -> Any:
    """What ``super().__init__`` means in the ``__init__`` of ``RequestHandler``."""
    from zonda.web.handler import RequestHandler

    return super(RequestHandler, cls).__init__


def _is_made_plainly(cls: type[RequestHandler]) -> bool:
    """Whether nothing but its ``__init__`` takes part in making an instance."""
    return (
        cls.__new__ is object.__new__
        and type(cls).__call__ is type.__call__
        and not cls._init_behind
    )


def execute(handler: RequestHandler, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Serve the handler's request; the body, if any, is complete."""
    try:
        method = handler.request.method
        handler.path_args = args
        handler.path_kwargs = kwargs
        name = handler._method_names.get(method)
        if name is None:
            raise HTTPError(405)
        if method not in SAFE_METHODS:
            check_origin(handler)
        result = handler.prepare()
        if result is None:
            if handler._finished:
                return
            if args or kwargs:
                result = getattr(handler, name)(*args, **kwargs)
            elif name == "get":
                result = handler.get()  # much quicker than by getattr
            else:
                result = getattr(handler, name)()
            if result is None:
                if handler._auto_finish and not handler._finished:
                    handler.finish()
                return
        else:
            result = _prepared(handler, result)
    except Exception as error:
        handler._handle_request_exception(error)
        return
    await_result(handler, result)


def check_origin(handler: RequestHandler) -> None:
    """Refuse requests that another site's page may have made."""
    handler._cross_origin_protection()
    if handler.application.settings.get("xsrf_cookies"):
        handler.check_xsrf_cookie()


def execute_method(handler: RequestHandler) -> None:
    """Serve the request of a handler that has been prepared, and has taken the body."""
    if handler._finished:
        return
    try:
        result = call_method(handler)
    except Exception as error:
        handler._handle_request_exception(error)
        return
    if result is None:
        ended(handler, None)
    else:
        await_result(handler, result)


def call_method(handler: RequestHandler) -> Awaitable[None] | None:
    """Call the method for the request's; ``prepare`` has been."""
    name = handler._method_names[handler.request.method]
    result: Awaitable[None] | None = getattr(handler, name)(
        *handler.path_args, **handler.path_kwargs
    )
    return result


async def _prepared(handler: RequestHandler, pending: Awaitable[None]) -> None:
    """Wait for ``prepare``, then run the method."""
    await pending
    if handler._finished:
        return
    result = call_method(handler)
    if result is not None:
        await result


def await_result(handler: RequestHandler, result: Any) -> None:
    """Go on with an awaitable that ``prepare`` or the method returned."""
    if type(result) is CoroutineType:
        coroutine: Coroutine[Any, Any, None] = result
    elif isinstance(result, Awaitable):
        coroutine = _wait_for(result)
    else:
        error = TypeError(
            f"{type(handler).__name__}.{handler.request.method.lower()} returned {result!r}; "
            "a handler method returns None or an awaitable"
        )
        ended(handler, error)
        return
    exchange = handler._exchange
    try:
        task = exchange.run(coroutine, handler._method_ended)
    except Exception as error:
        handler._handle_request_exception(error)
        return
    except BaseException as error:
        from asyncio import CancelledError

        if not isinstance(error, CancelledError):
            raise
        ended(handler, error)
        return
    if task is None:
        ended(handler, None)
    elif handler.cancel_on_disconnect:
        exchange.task = task


async def _wait_for(awaitable: Awaitable[None]) -> None:
    await awaitable


def ended(handler: RequestHandler, failure: BaseException | None) -> None:
    """The method has returned, at once or in its task."""
    try:
        if failure is not None:
            import asyncio  # those who wait have it; others need not load it

            if isinstance(failure, asyncio.CancelledError):
                _cancelled(handler, failure)
            else:
                handler._handle_request_exception(failure)
        elif handler._auto_finish and not handler._finished:
            handler.finish()
    except Exception as error:
        handler._handle_request_exception(error)


def _cancelled(handler: RequestHandler, failure: BaseException) -> None:
    """The method was cancelled, or waited for something that was."""
    import asyncio

    task = asyncio.current_task()
    if handler._exchange.disconnected:
        handler._client_left()
    elif task is not None and task.cancelling() and not handler._finished:
        handler.send_error(500)  # somebody wanted it so: nothing to report
    else:
        handler._handle_request_exception(failure)
