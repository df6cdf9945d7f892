"""The class that applications derive their handlers from."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar

from zonda.httputil import HTTPServerRequest
from zonda.util import lazy
from zonda.web.arguments import ArgumentsMixin
from zonda.web.connection import exchange_of
from zonda.web.cookies import CookiesMixin
from zonda.web.errors import ErrorsMixin, HTTPError
from zonda.web.execution import ended, execute, prepare_class
from zonda.web.identity import IdentityMixin
from zonda.web.jsonbodies import JSONMixin
from zonda.web.output import OutputMixin
from zonda.web.rendering import RenderingMixin
from zonda.web.uploads import UploadsMixin
from zonda.web.xsrf import XSRFMixin

if TYPE_CHECKING:
    from zonda.web.application import Application

__all__ = ["RequestHandler", "handler_init"]


class RequestHandler(
    ArgumentsMixin,
    OutputMixin,
    CookiesMixin,
    RenderingMixin,
    IdentityMixin,
    XSRFMixin,
    UploadsMixin,
    JSONMixin,
    ErrorsMixin,
):
    """Base class of all handlers: one object serves one request.

    Define a method for each HTTP method that is to be answered: ``get``, ``post``, …,
    plain or ``async def``. Groups of the URL pattern are its arguments. Do not override
    ``__init__``; use :meth:`initialize`.

    Args:
        application: the application that the handler belongs to.
        request: the request to answer.
        kwargs: the third element of the handler's route; passed to :meth:`initialize`.
    """

    #: Methods that may be dispatched; others are answered with 405.
    SUPPORTED_METHODS: tuple[str, ...] = (
        "GET",
        "HEAD",
        "POST",
        "DELETE",
        "PATCH",
        "PUT",
        "OPTIONS",
    )

    application: Application
    request: HTTPServerRequest
    #: Groups of the route's pattern; set before ``prepare`` is called.
    path_args: list[Any] = None  # type: ignore[assignment]
    path_kwargs: dict[str, Any] = None  # type: ignore[assignment]

    #: Set by the ``stream_request_body`` decorator.
    _stream_request_body: ClassVar[bool] = False
    #: Cancel a suspended handler when its client goes away. By default it runs on, and
    #: :meth:`on_connection_close` is called.
    cancel_on_disconnect: ClassVar[bool] = False

    #: Names of the methods for ``SUPPORTED_METHODS``; made by ``prepare_class``.
    _method_names: ClassVar[dict[str, str]] = {}
    #: Whether the class drives its requests itself; found out by ``prepare_class``.
    _overrides_execute: ClassVar[bool] = False

    #: Whether a class behind this one, in the order of inheritance, has an ``__init__``; found
    #: out by ``prepare_class``.
    _init_behind: ClassVar[bool] = False
    #: Whether nothing but its ``__init__`` takes part in making an instance; found out by
    #: ``prepare_class``.
    _made_plainly: ClassVar[bool] = False

    def __init__(self, application: Application, request: HTTPServerRequest, **kwargs: Any) -> None:
        self.application = application
        self.request = request
        self._write_buffer: list[bytes] = []
        if self._init_behind:
            super().__init__()
        self.set_default_headers()
        self.initialize(**kwargs)

    def _initialize(self) -> None:
        """Called when the handler is made, with the third element of its route.

        Override it to store what you need: ``def initialize(self, database): ...``
        """

    #: Called when the handler is made, with the third element of its route.
    #: Override it to store what you need: ``def initialize(self, database): ...``
    initialize: Callable[..., None] = _initialize

    @property
    def settings(self) -> dict[str, Any]:
        """The application's settings."""
        return self.application.settings

    @lazy
    def _exchange(self) -> Any:
        return exchange_of(self.request.connection)

    # --------------------------------------------------------------- HTTP methods

    def _unimplemented_method(self, *args: str, **kwargs: str) -> None:
        """Answer requests of this HTTP method; 405 unless you override it.

        Called with the groups of the route's pattern. Plain, ``async def`` or decorated
        with ``gen.coroutine``.
        """
        raise HTTPError(405)

    head: Callable[..., Awaitable[None] | None] = _unimplemented_method
    get: Callable[..., Awaitable[None] | None] = _unimplemented_method
    post: Callable[..., Awaitable[None] | None] = _unimplemented_method
    delete: Callable[..., Awaitable[None] | None] = _unimplemented_method
    patch: Callable[..., Awaitable[None] | None] = _unimplemented_method
    put: Callable[..., Awaitable[None] | None] = _unimplemented_method
    options: Callable[..., Awaitable[None] | None] = _unimplemented_method

    # ---------------------------------------------------------------------- hooks

    def prepare(self) -> Awaitable[None] | None:
        """Called before the method of each request; override it, plain or ``async def``.

        A response that it finishes is the request's, and the method is not called.
        """

    def on_finish(self) -> None:
        """Called when the response has been handed to the connection; for clean-up."""

    def on_connection_close(self) -> None:
        """Called if the client goes away before the response is finished.

        Override it to release what a long-running handler waits for.
        """

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Takes the body as it arrives, in handlers with ``@stream_request_body``.

        An awaitable that it returns holds back the rest of the body until it is done. A handler
        that does not define it takes the body itself, see :meth:`body_chunks`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} is decorated with stream_request_body: "
            "it needs a data_received(chunk) method"
        )

    # ------------------------------------------------------------------- services

    def require_setting(self, name: str, feature: str = "this feature") -> None:
        """Make sure that the application has a setting.

        Raises:
            Exception: it is not set, or empty.
        """
        if not self.application.settings.get(name):
            raise Exception(
                f"You must define the '{name}' setting in your application to use {feature}"
            )

    def reverse_url(self, name: str, *args: Any) -> str:
        """The URL path of the route called ``name``. See ``Application.reverse_url``."""
        return self.application.reverse_url(name, *args)

    def async_callback(
        self, callback: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Callable[..., Any]:
        """The function itself, with arguments: what programs for Tornado 2 and 3 wrap with it."""
        return functools.partial(callback, *args, **kwargs) if args or kwargs else callback

    # ------------------------------------------------------------------- execution

    def _method_ended(self, failure: BaseException | None) -> None:
        ended(self, failure)

    async def _execute(self, transforms: list[Any], *args: bytes, **kwargs: bytes) -> None:
        """Serve the request: what programs that drive a handler themselves call."""
        prepare_class(type(self))
        if transforms:
            self._transforms = transforms
        path_args = [self.decode_argument(arg) for arg in args]
        path_kwargs = {k: self.decode_argument(v, name=k) for k, v in kwargs.items()}
        execute(self, path_args, path_kwargs)


#: ``RequestHandler.__init__`` as it is written here, whatever a program puts in its place.
handler_init = RequestHandler.__init__
