"""The handler that serves files from a folder."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from zonda.httputil import _get_content_range, _parse_request_range, format_timestamp
from zonda.web.errors import HTTPError
from zonda.web.handler import RequestHandler
from zonda.web.static.answers import AnswersMixin
from zonda.web.static.conditions import is_modified_since, precondition_fails, range_applies
from zonda.web.static.content import ContentMixin
from zonda.web.static.location import LocationMixin
from zonda.web.static.paths import check_regular
from zonda.web.static.siblings import configured_codings, find_sibling
from zonda.web.static.versions import VersionsMixin

if TYPE_CHECKING:
    import datetime

__all__ = ["StaticFileHandler"]


class StaticFileHandler(AnswersMixin, VersionsMixin, LocationMixin, ContentMixin, RequestHandler):
    """Serves files from a folder. ::

        (r"/content/(.*)", web.StaticFileHandler, {"path": "/var/www"})

    The group of the pattern is the path of the file. With the setting ``static_path`` an
    application has such a route already, for ``/static/`` (setting ``static_url_prefix``),
    ``/favicon.ico`` and ``/robots.txt``; the settings ``static_handler_class`` and
    ``static_handler_args`` change its handler.

    Ranges, conditional requests and HEAD are answered. Nothing outside the folder is ever
    sent: no parent folders, no targets of symbolic links elsewhere (unless in
    ``allowed_symlink_directory``), no devices, and on Windows no streams or short names.

    With the setting ``static_precompressed`` files that lie compressed beside their
    originals (``app.js.br``, ``.zst``, ``.gz``) are sent to clients that take them; True for
    all three, or a list of the codings ``br``, ``zstd`` and ``gzip``, best first. Files older
    than their originals are left out.

    **Subclasses.** For URLs of another form override :meth:`make_static_url`,
    :meth:`parse_url_path`, :meth:`get_cache_time` or :meth:`get_version`; for content from a
    database :meth:`get_absolute_path`, :meth:`validate_absolute_path`, :meth:`get_content`,
    :meth:`get_content_size` and :meth:`get_modified_time`. Methods other than class methods
    may look at ``path``, ``absolute_path`` and ``modified``.
    """

    #: Seconds that URLs with a version may be cached: ten years.
    CACHE_MAX_AGE = 86400 * 365 * 10

    root: str
    modified: datetime.datetime | None

    _coding: str | None = None
    #: Conditions have been looked at: ``finish`` must not do so again.
    _sending = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        from inspect import getattr_static

        super().__init_subclass__(**kwargs)
        cls._is_standard = False
        cls._overrides_nothing = all(
            getattr_static(cls, name) is getattr_static(StaticFileHandler, name)
            for name in _WHAT_ANSWERS_DEPEND_ON
        )

    def initialize(
        self,
        path: str,
        default_filename: str | None = None,
        allowed_symlink_directory: str | list[str] | None = None,
    ) -> None:
        """Take the arguments of the route.

        Args:
            path: the folder, or a single file.
            default_filename: the file that is sent for a folder, ``"index.html"`` say.
            allowed_symlink_directory: a folder or several that symbolic links may lead to.
                The one that is served is not among them unless it is named.
        """
        self.root = path
        self.default_filename = default_filename
        if allowed_symlink_directory is not None:
            self.allowed_symlink_directory = allowed_symlink_directory

    # ----------------------------------------------------------------------- requests

    def head(self, path: str) -> Awaitable[None]:
        """Answer as to GET, without the content."""
        return self.get(path, include_body=False)

    async def get(self, path: str, include_body: bool = True) -> None:
        """Send the file, or the part of it that was asked for."""
        key = self._answer_key(path) if include_body else None
        if key is not None and self._answer_again(key):
            return
        self.path = self.parse_url_path(path)
        located = self.get_absolute_path(self.root, self.path)
        self.absolute_path = self.validate_absolute_path(self.root, located)
        if self.absolute_path is None:
            return  # redirected
        self._choose_coding(self.absolute_path)
        self.modified = self.get_modified_time()
        self.set_headers()
        etag = self._headers.get("Etag")
        if precondition_fails(self.request._field, etag, self.modified):
            raise HTTPError(412)
        if self.should_return_304():
            self.set_status(304)
            return
        self._sending = True
        size = self.get_content_size()
        part = self._requested_part(size, etag)
        if part is None:
            self._refuse_range(size)
            return
        start, end = part
        headers = self._headers
        if end - start != size:
            self.set_status(206)
            headers["Content-Range"] = _get_content_range(start, end, size)
        headers["Content-Length"] = str(end - start)
        if include_body:
            await self._send_range(start, end, size)
            if key is not None:
                self._remember_answer(key, located)

    def _requested_part(self, size: int, etag: str | None) -> tuple[int, int] | None:
        """The part of the content to be sent: all of it unless a range was asked for.

        None: nothing of the range is there.
        """
        field = self.request._field("Range")
        asked = _parse_request_range(field) if field else None
        if asked is None or asked == (None, None):
            return 0, size
        if not range_applies(self.request._field, etag, self.modified):
            return 0, size
        start, end = asked
        if start is not None and start < 0:
            start = max(start + size, 0)
        first = start or 0
        last = size if end is None else min(end, size)
        return (first, last) if first < last else None

    def _refuse_range(self, size: int) -> None:
        """Answer a range of which nothing is there, RFC 9110 section 15.5.17."""
        self.set_status(416)
        self.set_header("Content-Type", "text/plain")
        self.clear_header("Content-Encoding")
        self.set_header("Content-Range", f"bytes */{size}")

    def _choose_coding(self, path: str) -> None:
        """Send a compressed file instead of the original, if there is one and the client may."""
        self._sent_path = path
        codings = configured_codings(self.settings.get("static_precompressed"))
        if not codings:
            return
        self.add_header("Vary", "Accept-Encoding")
        accepted = self.request._field("Accept-Encoding") or ""
        self._stat()
        sibling = find_sibling(path, self._stamp, accepted, codings)
        if sibling is not None:
            self._coding, self._sent_path, status = sibling
            check_regular(status, self._sent_path)
            self._remember_status(self._sent_path, status)

    # ------------------------------------------------------------------------ headers

    def set_headers(self) -> None:
        """Set the header fields that do not depend on what part is sent."""
        headers = self._headers
        headers["Accept-Ranges"] = "bytes"
        self.set_etag_header()
        if self.modified is not None:
            headers["Last-Modified"] = _http_date(self.modified)
        content_type = self.get_content_type()
        if content_type:
            self.set_header("Content-Type", content_type)
        if self._coding is not None:
            headers["Content-Encoding"] = self._coding
        cache_time = self.get_cache_time(self.path, self.modified, content_type)
        if cache_time > 0:
            headers["Expires"] = format_timestamp(time.time() + cache_time)
            self.set_header("Cache-Control", f"max-age={cache_time}")
        self.set_extra_headers(self.path)

    def set_extra_headers(self, path: str) -> None:
        """Override this to set more header fields."""

    def get_cache_time(self, path: str, modified: datetime.datetime | None, mime_type: str) -> int:
        """How long the response may be cached, in seconds; 0: say nothing about it.

        By default ten years for URLs with a version (argument ``v``), else 0. Override it to
        decide otherwise.
        """
        request = self.request
        return self.CACHE_MAX_AGE if request.query and "v" in request.query_arguments else 0

    # --------------------------------------------------------------------- conditions

    def compute_etag(self) -> str | None:
        """The entity tag: the version of the content, in quotes; the same for all its parts."""
        path = self._sent_path
        if not self.settings.get("static_hash_cache", True):
            self._forget_version(path)
        if self._stat_path == path and self._get_cached_version.__func__ is _own_cached_version:  # type: ignore[attr-defined]
            version = self._version_of(path, self._stamp)
        else:
            version = self._get_cached_version(path)
        return f'"{version}"' if version else None

    def set_etag_header(self) -> None:
        """Set the ``Etag`` field. See ``RequestHandler``."""
        if not self._sending:
            etag = self.compute_etag()
            if etag is not None:
                self._headers["Etag"] = etag

    def check_etag_header(self) -> bool:
        """Whether the client has this file already. See ``RequestHandler``."""
        return not self._sending and super().check_etag_header()

    def should_return_304(self) -> bool:
        """Whether the conditions of the request say that the client has this file already."""
        field = self.request._field
        if field("If-None-Match"):
            return self.check_etag_header()
        since = field("If-Modified-Since")
        if not since or self.modified is None:
            return False
        return not is_modified_since(since, self.modified)


_WHAT_ANSWERS_DEPEND_ON: Final = (
    "_get_cached_version",
    "_send_range",
    "_stat",
    "check_etag_header",
    "compute_etag",
    "get_absolute_path",
    "get_cache_time",
    "get_content",
    "get_content_size",
    "get_content_type",
    "get_content_version",
    "get_modified_time",
    "parse_url_path",
    "set_etag_header",
    "set_extra_headers",
    "set_headers",
    "should_return_304",
    "validate_absolute_path",
)

_own_cached_version: Final[Any] = VersionsMixin._get_cached_version.__func__  # type: ignore[attr-defined]

_http_date: Final = lru_cache(maxsize=1024)(format_timestamp)
