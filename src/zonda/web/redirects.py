"""Handlers that send the client, or the request, elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from zonda.httputil import HTTPServerRequest, qs_to_qsl, url_concat
from zonda.web.errors import HTTPError
from zonda.web.handler import RequestHandler
from zonda.web.locations import scheme_and_authority

__all__ = ["FallbackHandler", "RedirectHandler"]

_has_control = re.compile(r"[\x00-\x1f\x7f]").search


class RedirectHandler(RequestHandler):
    """Redirects GET requests to another URL. ::

        (r"/old", web.RedirectHandler, {"url": "/new"})
        (r"/(.*?)/(.*?)/(.*)", web.RedirectHandler, {"url": "/{1}/{0}/{2}"})
        (r"/photos/(?P<year>\\d+)", web.RedirectHandler, {"url": "/albums/{year}"})

    *url* is filled in with the groups of the pattern by :meth:`str.format`. What comes from
    the request cannot change scheme and host: such requests are answered with 400. Query
    arguments are carried over.
    """

    def initialize(self, url: str, permanent: bool = True) -> None:
        """Take the arguments of the route.

        Args:
            url: where to redirect to.
            permanent: with status 301; otherwise 302.
        """
        self._url = url
        self._permanent = permanent

    def get(self, *args: Any, **kwargs: Any) -> None:
        """Redirect; the arguments are the groups of the pattern."""
        groups = ["" if group is None else group for group in args]
        named = {name: "" if group is None else group for name, group in kwargs.items()}
        url = self._url.format(*groups, **named)
        written = self._url.partition("{")[0]  # all of which nothing comes from the request
        if scheme_and_authority(url) != scheme_and_authority(written):
            raise HTTPError(400, "Redirect URL cannot change the scheme or netloc: %r", url)
        if _has_control(url):
            raise HTTPError(400, "Redirect URL contains invalid characters: %r", url)
        if self.request.query_arguments:
            url = url_concat(url, list(qs_to_qsl(self.request.query_arguments)))
        self.redirect(url, permanent=self._permanent)


class FallbackHandler(RequestHandler):
    """Hands requests to another callback: a :class:`~zonda.wsgi.WSGIContainer` for example.

    ::

        wsgi_app = wsgi.WSGIContainer(flask_app)
        application = web.Application([
            (r"/zonda", ModernHandler),
            (r".*", web.FallbackHandler, {"fallback": wsgi_app}),
        ])
    """

    def initialize(self, fallback: Callable[[HTTPServerRequest], None]) -> None:
        """Take the arguments of the route.

        Args:
            fallback: called with the request; it answers through ``request.connection``.
        """
        self.fallback = fallback

    def prepare(self) -> None:
        """Hand the request over; nothing else of this handler is called."""
        self.fallback(self.request)
        self._finished = True
        self.on_finish()
