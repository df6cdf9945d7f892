"""The application: routes, settings, and what all its handlers share."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from zonda.httputil import HTTPMessageDelegate, HTTPServerRequest
from zonda.log import access_log
from zonda.routing import (
    AnyMatches,
    DefaultHostMatches,
    HostMatches,
    ReversibleRouter,
    ReversibleRuleRouter,
    Rule,
    RuleRouter,
)
from zonda.util import lazy
from zonda.web.errorhandler import ErrorHandler
from zonda.web.handler import RequestHandler
from zonda.web.static import StaticFileHandler
from zonda.web.transforms import ContentEncoding, GZipContentEncoding
from zonda.web.uimodules import TemplateModule, UIModule, _linkify, _xsrf_form_html

if TYPE_CHECKING:
    import socket

    from zonda.httpserver import HTTPServer
    from zonda.protocol.exchange import Service
    from zonda.routing.index import Found
    from zonda.web.delegate import HandlerDelegate

__all__ = ["Application"]


class Application(ReversibleRouter):
    """A collection of handlers that makes up a web application.

    ::

        application = web.Application([(r"/", MainHandler), (r"/story/([0-9]+)", StoryHandler)])
        application.listen(8888)

    Args:
        handlers: routes: :class:`~zonda.web.URLSpec` objects, tuples ``(pattern, handler[,
            kwargs[, name]])``, other :class:`~zonda.routing.Rule` objects, or rules whose
            target is a list of such. They are tried in order.
        default_host: host name to go by for requests whose own is unknown to
            :meth:`add_handlers`.
        transforms: output transforms for all responses; normally left alone.
        settings: everything else, see the guide. Handlers read them as ``self.settings``.
    """

    def __init__(
        self,
        handlers: list[Any] | None = None,
        default_host: str | None = None,
        transforms: list[type[Any]] | None = None,
        **settings: Any,
    ) -> None:
        if transforms is None:
            self.transforms: list[type[Any]] = []
            if settings.get("compress_response"):
                self.transforms.append(ContentEncoding)
            elif settings.get("gzip"):  # Tornado's name for it before version 4
                self.transforms.append(GZipContentEncoding)
        else:
            self.transforms = transforms
        self.default_host = default_host
        self.settings = settings
        self.ui_modules: dict[str, type[UIModule]] = {
            "linkify": _linkify,
            "xsrf_form_html": _xsrf_form_html,
            "Template": TemplateModule,
        }
        self.ui_methods: dict[str, Callable[..., str]] = {}
        self._load_ui_modules(settings.get("ui_modules", {}))
        self._load_ui_methods(settings.get("ui_methods", {}))
        if settings.get("debug"):
            settings.setdefault("autoreload", True)
            settings.setdefault("compiled_template_cache", False)
            settings.setdefault("static_hash_cache", False)
            settings.setdefault("serve_traceback", True)
            settings.setdefault("blocking_warning", 0.5)
        self.wildcard_router = _ApplicationRouter(
            self, [*self._static_handlers(), *(handlers or [])]
        )
        self.default_router = _ApplicationRouter(self, [Rule(AnyMatches(), self.wildcard_router)])
        #: Where look-ups begin: as long as there are no hosts to tell apart, further in.
        self._entry_router: _ApplicationRouter = self.wildcard_router
        if settings.get("autoreload"):
            from zonda import autoreload

            autoreload.start()

    def _static_handlers(self) -> list[Any]:
        """The routes that the ``static_path`` setting asks for."""
        settings = self.settings
        path = settings.get("static_path")
        if not path:
            return []
        prefix = settings.get("static_url_prefix", "/static/")
        handler = settings.get("static_handler_class", StaticFileHandler)
        kwargs = {**settings.get("static_handler_args", {}), "path": path}
        patterns = (f"{re.escape(prefix)}(.*)", r"/(favicon\.ico)", r"/(robots\.txt)")
        return [(pattern, handler, kwargs) for pattern in patterns]

    # --------------------------------------------------------------------- serving

    def listen(
        self,
        port: int,
        address: str | None = None,
        *,
        family: socket.AddressFamily | int = 0,  # AF_UNSPEC
        backlog: int = 128,
        flags: int | None = None,
        reuse_port: bool = False,
        **kwargs: Any,
    ) -> HTTPServer:
        """Serve the application on a port: ``HTTPServer(self, **kwargs).listen(port, …)``.

        The loop must be started afterwards. Returns the server, to stop it for example.
        """
        import socket

        from zonda.httpserver import HTTPServer

        server = HTTPServer(self, **kwargs)
        server.listen(
            port,
            address=address,
            family=socket.AddressFamily(family),
            backlog=backlog,
            flags=flags,
            reuse_port=reuse_port,
        )
        return server

    def make_service(
        self, prepare_request: Callable[[HTTPServerRequest], None] | None = None
    ) -> Service:
        """What a server calls with exchanges. See :mod:`zonda.protocol.exchange`.

        An application that overrides a part of the delegate interface is served by it.
        """
        from zonda.http1connection.delegates import DelegateService
        from zonda.web.service import ApplicationService

        seconds = self.settings.get("blocking_warning")
        if seconds:
            import asyncio

            from zonda.web.watchdog import watch

            watch(asyncio.get_running_loop(), seconds)
        cls = type(self)
        for name in ("__call__", "find_handler", "get_handler_delegate", "start_request"):
            if getattr(cls, name) is not getattr(Application, name):
                return DelegateService(self, prepare_request)
        return ApplicationService(self, prepare_request)

    def __call__(self, request: HTTPServerRequest) -> Awaitable[None] | None:
        """Serve one request that was made by hand."""
        return self.find_handler(request).execute()

    # --------------------------------------------------------------------- routing

    def add_handlers(self, host_pattern: str, host_handlers: list[Any]) -> None:
        """Add routes for hosts that match a regular expression. The first match counts."""
        matcher = HostMatches(host_pattern)
        rule = Rule(matcher, _ApplicationRouter(self, host_handlers))
        self.default_router.rules.insert(-1, rule)
        self._entry_router = self.default_router
        if self.default_host is not None:
            default = DefaultHostMatches(self, matcher.host_pattern)
            self.wildcard_router.add_rules([(default, host_handlers)])

    def add_transform(self, transform_class: type[Any]) -> None:
        """Let an output transform take part in every response."""
        self.transforms.append(transform_class)

    def find_route(self, path: str, request: HTTPServerRequest) -> Found:
        """Who serves a request, with what arguments; the 404 page if no route matches.

        Returns:
            the rule, and the positional and named groups of its pattern: shared lists,
            not to be changed, of percent-decoded bytes.
        """
        router = self._entry_router
        index = router._index
        if index is not None:
            settled = index.settled.get(path)
            if settled is not None:
                return settled
            if index.size == len(router.rules):
                found = index.match(path)
                if found is not None:
                    return found
        return router.find_rule(path, None, lambda: request) or self._not_found

    @lazy
    def _not_found(self) -> Found:
        """What serves requests that no route matches."""
        handler = self.settings.get("default_handler_class")
        if handler is not None:
            kwargs = self.settings.get("default_handler_args", {})
        else:
            handler, kwargs = ErrorHandler, {"status_code": 404}
        return Rule(AnyMatches(), handler, kwargs), [], {}

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HandlerDelegate:
        """The delegate that serves a request."""
        delegate: Any = self.default_router.find_handler(request)
        if delegate is not None:
            return delegate  # type: ignore[no-any-return]
        rule = self._not_found[0]
        return self.get_handler_delegate(request, rule.target, rule.target_kwargs)

    def get_handler_delegate(
        self,
        request: HTTPServerRequest,
        target_class: type[RequestHandler],
        target_kwargs: dict[str, Any] | None = None,
        path_args: list[bytes] | None = None,
        path_kwargs: dict[str, bytes] | None = None,
    ) -> HandlerDelegate:
        """A delegate that serves a request by a handler of the given class."""
        from zonda.web.delegate import HandlerDelegate

        return HandlerDelegate(self, request, target_class, target_kwargs, path_args, path_kwargs)

    def reverse_url(self, name: str, *args: Any) -> str:
        """The URL path of the route called ``name``, with ``args`` put in for its groups.

        Arguments are converted to str and percent-encoded.

        Raises:
            KeyError: no route has that name.
        """
        url = self.default_router.reverse_url(name, *args)
        if url is not None:
            return url
        raise KeyError(f"{name} not found in named urls")

    # --------------------------------------------------------------------- logging

    def log_request(self, handler: RequestHandler) -> None:
        """Write a finished request to the access log.

        The setting ``log_function`` replaces this; it is called with the handler.
        """
        log_function = self.settings.get("log_function")
        if log_function is not None:
            log_function(handler)
            return
        status = handler._status_code
        if status < 400:
            if not access_log.isEnabledFor(_INFO):
                return
            log = access_log.info
        elif status < 500:
            log = access_log.warning
        else:
            log = access_log.error
        elapsed = 1000.0 * handler.request.request_time()
        log("%d %s %.2fms", status, handler._request_summary(), elapsed)

    # ------------------------------------------------------------------ UI modules

    def _load_ui_methods(self, methods: Any) -> None:
        """Register functions for templates: from a module, a dict, or a list of these."""
        if isinstance(methods, ModuleType):
            self._load_ui_methods({name: getattr(methods, name) for name in dir(methods)})
        elif isinstance(methods, list):
            for item in methods:
                self._load_ui_methods(item)
        else:
            for name, function in methods.items():
                public = not name.startswith("_") and name[:1].lower() == name[:1]
                if public and callable(function):
                    self.ui_methods[name] = function

    def _load_ui_modules(self, modules: Any) -> None:
        """Register ``UIModule`` classes, from the same kinds of places."""
        if isinstance(modules, ModuleType):
            self._load_ui_modules({name: getattr(modules, name) for name in dir(modules)})
        elif isinstance(modules, list):
            for item in modules:
                self._load_ui_modules(item)
        else:
            for name, cls in modules.items():
                if isinstance(cls, type) and issubclass(cls, UIModule):
                    self.ui_modules[name] = cls


_INFO = 20


class _ApplicationRouter(ReversibleRuleRouter):
    """Routes to handler classes; lists of routes become routers of their own."""

    def __init__(self, application: Application, rules: list[Any] | None = None) -> None:
        assert isinstance(application, Application)
        self.application = application
        super().__init__(rules)

    def process_rule(self, rule: Rule) -> Rule:
        """Make a router of a list of routes, a class of a dotted name."""
        rule = super().process_rule(rule)
        if isinstance(rule.target, list | tuple):
            rule.target = _ApplicationRouter(self.application, list(rule.target))
        return rule

    def get_target_delegate(
        self, target: Any, request: HTTPServerRequest, **target_params: Any
    ) -> HTTPMessageDelegate | None:
        """The delegate for a rule's target."""
        if isinstance(target, type) and issubclass(target, RequestHandler):
            return self.application.get_handler_delegate(request, target, **target_params)
        return super().get_target_delegate(target, request, **target_params)

    def shares_targets_with(self, router: RuleRouter) -> bool:
        """Routers of one application are searched as one."""
        return type(router) is _ApplicationRouter and router.application is self.application
