"""Decorators for handlers and their methods."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from zonda.web.errors import HTTPError
from zonda.web.locations import is_protocol_relative, scheme_and_authority

if TYPE_CHECKING:
    from zonda.web.handler import RequestHandler

__all__ = ["addslash", "authenticated", "removeslash", "stream_request_body"]

P = ParamSpec("P")
H = TypeVar("H", bound="RequestHandler")
R = TypeVar("R")
C = TypeVar("C", bound="type[RequestHandler]")

_Method = Callable[Concatenate[H, P], R]


def authenticated(method: _Method[H, P, R]) -> _Method[H, P, R | None]:
    """Decorate a method that only users who are logged in may call.

    Without a ``current_user``, GET and HEAD are redirected to the login page, with the URL
    that was asked for in the argument ``next``; other methods are answered with 403. See
    ``RequestHandler.get_login_url``. The login page must check ``next`` before it sends the
    user there: anybody can make a link to it.
    """

    @functools.wraps(method)
    def wrapper(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        if self.current_user:
            return method(self, *args, **kwargs)
        if self.request.method not in ("GET", "HEAD"):
            raise HTTPError(403)
        self.redirect(_login_url(self))
        return None

    return wrapper


def _login_url(handler: RequestHandler) -> str:
    url = handler.get_login_url()
    if "?" in url:  # says itself where to go on
        return url
    # A login page elsewhere needs to know our host.
    elsewhere = scheme_and_authority(url)[0]
    after = handler.request.full_url() if elsewhere else handler.request.uri
    return f"{url}?{urlencode({'next': after})}"


def addslash(method: _Method[H, P, R]) -> _Method[H, P, R | None]:
    """Decorate a method for URLs that end in a slash: those without are redirected there.

    GET and HEAD get a 301, other methods a 404. Meant for patterns such as ``r"/foo/?"``.
    """

    @functools.wraps(method)
    def wrapper(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        path = self.request.path
        if path.endswith("/"):
            return method(self, *args, **kwargs)
        _redirect_to_path(self, path + "/")
        return None

    return wrapper


def removeslash(method: _Method[H, P, R]) -> _Method[H, P, R | None]:
    """Decorate a method for URLs that do not end in a slash: those that do are redirected.

    GET and HEAD get a 301, other methods a 404. Meant for patterns such as ``r"/foo/*"``.
    The path ``/`` is left alone.
    """

    @functools.wraps(method)
    def wrapper(self: H, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        path = self.request.path
        bare = path.rstrip("/")
        if path == bare or not bare:
            return method(self, *args, **kwargs)
        _redirect_to_path(self, bare)
        return None

    return wrapper


def _redirect_to_path(handler: RequestHandler, path: str) -> None:
    """Redirect to another path of this site, with the same query.

    Raises:
        HTTPError: 404, the method is neither GET nor HEAD; 403, a browser would go to
            another site.
    """
    request = handler.request
    if request.method not in ("GET", "HEAD"):
        raise HTTPError(404)
    if is_protocol_relative(path):
        raise HTTPError(403, "cannot redirect path %r: browsers take it for a host", path)
    if request.query:
        path += "?" + request.query
    handler.redirect(path, permanent=True)


def stream_request_body(cls: C) -> C:
    """Decorate a handler that takes the body as it arrives, by ``data_received(chunk)``.

    ``prepare`` is called before the body is read, the method behind it; ``request.body`` and
    the arguments of forms stay empty. In a handler without ``data_received`` the method is
    called before the body is read as well, and takes it: ``async for`` over
    ``self.body_chunks()`` or ``self.multipart()``. ``prepare`` may call
    ``self.request.connection.set_max_body_size`` and ``set_body_timeout`` for other limits
    than the server's.

    Raises:
        TypeError: *cls* is no handler.
    """
    from zonda.web.handler import RequestHandler

    if not issubclass(cls, RequestHandler):
        raise TypeError(f"stream_request_body is for subclasses of RequestHandler, not {cls!r}")
    cls._stream_request_body = True
    return cls
