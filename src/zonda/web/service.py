"""How an application serves exchanges: find the route, make a handler, run it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from zonda.http1connection.delegates import DelegateReceiver
from zonda.httputil import HTTPServerRequest
from zonda.log import app_log
from zonda.protocol.exchange import BodyReceiver
from zonda.web.arguments import decode_path_arguments
from zonda.web.errors import HTTPError
from zonda.web.execution import SAFE_METHODS, check_origin, execute, execute_method, prepare_class
from zonda.web.handler import RequestHandler, handler_init

if TYPE_CHECKING:
    from zonda.routing import Rule
    from zonda.routing.index import Found
    from zonda.web.application import Application
    from zonda.web.pulled import PulledRequest

__all__ = ["ApplicationService", "StreamedRequest", "serve", "streamed"]

_new = object.__new__


def serve(handler: RequestHandler, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Serve a handler's request, whose body is complete.

    Args:
        args, kwargs: groups of the route's pattern, percent-decoded but still bytes.
    """
    try:
        if handler.request.body:
            handler.request._parse_body()
        if args or kwargs:
            args, kwargs = decode_path_arguments(handler, args, kwargs)
    except Exception as error:
        handler._handle_request_exception(error)
        return
    if handler._overrides_execute:
        task = asyncio.ensure_future(handler._execute([], *args, **kwargs))
        task.add_done_callback(_report_failure)
    else:
        execute(handler, args, kwargs)


def _report_failure(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        app_log.error("Exception in _execute", exc_info=task.exception())


class ApplicationService:
    """The service that an :class:`~zonda.web.Application` gives to a server."""

    __slots__ = ("_classes", "application", "prepare_request")

    def __init__(
        self,
        application: Application,
        prepare_request: Callable[[HTTPServerRequest], None] | None = None,
    ) -> None:
        self.application = application
        #: Called with each new request; for servers that read ``X-Forwarded-For``.
        self.prepare_request = prepare_request
        #: By rule: the handler class it leads to, or None for a target of another kind.
        self._classes: dict[Rule, type[RequestHandler] | None] = {}

    def __call__(self, exchange: Any) -> None:
        """Serve a request whose body, if any, is complete."""
        application = self.application
        if exchange.begun is None:
            head = exchange.head
            request = HTTPServerRequest.from_head(head, exchange)
            if self.prepare_request is not None:
                self.prepare_request(request)
            rule, args, kwargs = application.find_route(head.path, request)
        else:
            request, (rule, args, kwargs) = exchange.begun
            exchange.begun = None
            request.body = exchange.body
        try:
            handler_class = self._classes[rule]
        except KeyError:
            handler_class = self._handler_class(rule)
        if handler_class is None:
            self._delegate(request, exchange).finish()
            return
        if (
            handler_class.__init__ is handler_init
            and handler_class._made_plainly
            and not rule.target_kwargs
        ):
            # RequestHandler.__init__, inlined: calling the class would take twice as long.
            handler = _new(handler_class)
            handler.application = application
            handler.request = request
            handler._write_buffer = []
            handler.set_default_headers()
            handler.initialize()
        else:
            handler = handler_class(application, request, **rule.target_kwargs)
        handler._exchange = exchange
        if args or kwargs or request.body or handler_class._overrides_execute:
            serve(handler, args, kwargs)
        else:
            execute(handler, args, kwargs)
        if not handler._finished:
            exchange.set_close_callback(handler.on_connection_close)

    def open(self, exchange: Any) -> BodyReceiver | None:
        """A body follows: a streaming handler takes it; for others it is collected."""
        request, found = self._begin(exchange)
        rule, args, kwargs = found
        handler_class = self._handler_class(rule)
        if handler_class is None:
            return self._delegate(request, exchange)
        if handler_class._stream_request_body:
            handler = handler_class(self.application, request, **rule.target_kwargs)
            handler._exchange = exchange
            return streamed(handler, args, kwargs)
        exchange.begun = (request, found)
        return None

    def _begin(self, exchange: Any) -> tuple[HTTPServerRequest, Found]:
        request = HTTPServerRequest.from_head(exchange.head, exchange)
        if self.prepare_request is not None:
            self.prepare_request(request)
        return request, self.application.find_route(exchange.head.path, request)

    def _handler_class(self, rule: Rule) -> type[RequestHandler] | None:
        """The handler class a rule leads to, made ready; None for other targets."""
        if rule not in self._classes:
            target = rule.target
            is_handler = isinstance(target, type) and issubclass(target, RequestHandler)
            if is_handler:
                prepare_class(target)
            self._classes[rule] = target if is_handler else None
        return self._classes[rule]

    def _delegate(self, request: HTTPServerRequest, exchange: Any) -> DelegateReceiver:
        """For routes that lead out of the application: serve by the delegate interface."""
        return DelegateReceiver(exchange, self.application.find_handler(request), request)


def streamed(
    handler: RequestHandler, args: list[Any], kwargs: dict[str, Any]
) -> StreamedRequest | PulledRequest:
    """Serve a ``stream_request_body`` handler, which takes the body or is fed with it."""
    cls = type(handler)
    method = getattr(cls, handler._method_names.get(handler.request.method, ""), None)
    if (
        cls.data_received is not RequestHandler.data_received
        or method is None
        or method is RequestHandler._unimplemented_method
    ):
        return StreamedRequest(handler, args, kwargs)
    from zonda.web.pulled import PulledRequest

    return PulledRequest(handler, args, kwargs)


class StreamedRequest:
    """Feeds the body to a ``stream_request_body`` handler, between ``prepare`` and method."""

    __slots__ = ("handler", "ready")

    def __init__(self, handler: RequestHandler, args: list[Any], kwargs: dict[str, Any]) -> None:
        self.handler = handler
        #: Done when ``prepare`` is; None if that did not wait.
        self.ready: asyncio.Future[None] | None = None
        try:
            handler.path_args, handler.path_kwargs = decode_path_arguments(handler, args, kwargs)
            if handler.request.method not in handler._method_names:
                raise HTTPError(405)
            if handler.request.method not in SAFE_METHODS:
                check_origin(handler)
            pending = handler.prepare()
            if pending is not None:
                self._await_prepare(pending)
        except Exception as error:
            handler._handle_request_exception(error)

    def _await_prepare(self, pending: Awaitable[None]) -> None:
        ready = self.ready = asyncio.get_running_loop().create_future()

        def prepared(failure: BaseException | None) -> None:
            if failure is not None:
                self.handler._handle_request_exception(failure)
            if not ready.done():
                ready.set_result(None)

        async def wait() -> None:
            await pending

        if self.handler._exchange.run(wait(), prepared) is None:
            self.ready = None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body; it waits for ``prepare``."""
        if self.ready is not None and not self.ready.done():
            return self._data_later(chunk, self.ready)
        return self._hand_on(chunk)

    def _hand_on(self, chunk: bytes) -> Awaitable[None] | None:
        handler = self.handler
        if handler._finished:
            return None
        try:
            pending = handler.data_received(chunk)
        except Exception as error:
            handler._handle_request_exception(error)
            return None
        return None if pending is None else self._guard(pending)

    async def _guard(self, pending: Awaitable[None]) -> None:
        try:
            await pending
        except Exception as error:
            self.handler._handle_request_exception(error)

    async def _data_later(self, chunk: bytes, ready: asyncio.Future[None]) -> None:
        await ready
        pending = self._hand_on(chunk)
        if pending is not None:
            await pending

    def finish(self) -> None:
        """The body is complete: call the handler's method."""
        if self.ready is not None and not self.ready.done():
            self.ready.add_done_callback(lambda ready: self._call_method())
        else:
            self._call_method()

    def _call_method(self) -> None:
        handler = self.handler
        execute_method(handler)
        if not handler._finished:
            handler._exchange.set_close_callback(handler.on_connection_close)

    def on_connection_close(self) -> None:
        """The client has gone before its body was complete."""
        self.handler.on_connection_close()
