"""What the subjects of a handler see of the handler that they are part of.

:class:`~zonda.web.RequestHandler` is one public class, put together from one class for each
subject: arguments, cookies, output and so on. A subject that needs another one's methods
derives from :class:`HandlerFrame`, which declares them for the type checker and has nothing
in it at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from zonda.httputil import HTTPHeaders, HTTPServerRequest
    from zonda.locale import Locale
    from zonda.web.application import Application

__all__ = ["HandlerFrame"]


class HandlerFrame:
    """Base of the classes that make up a handler; declarations only."""

    application: Application
    request: HTTPServerRequest

    if TYPE_CHECKING:
        _finished: bool
        _has_ui: bool
        _headers_written: bool
        _status_code: int
        _transforms: Sequence[Any] | None
        _write_buffer: list[bytes]

        @property
        def _exchange(self) -> Any: ...
        @property
        def _reason(self) -> str: ...
        @_reason.setter
        def _reason(self, reason: str) -> None: ...
        def clear(self) -> None: ...
        def set_status(self, status_code: int, reason: str | None = None) -> None: ...
        def on_finish(self) -> None: ...

        @property
        def settings(self) -> dict[str, Any]: ...

        def require_setting(self, name: str, feature: str = "this feature") -> None: ...
        def reverse_url(self, name: str, *args: Any) -> str: ...

        # Output
        @property
        def _headers(self) -> HTTPHeaders: ...
        @_headers.setter
        def _headers(self, headers: HTTPHeaders) -> None: ...
        def set_header(self, name: str, value: Any) -> None: ...
        def write(self, chunk: str | bytes | dict[Any, Any]) -> None: ...
        def flush(self, include_footers: bool = False) -> asyncio.Future[None]: ...
        def redirect(
            self, url: str, permanent: bool = False, status: int | None = None
        ) -> None: ...
        def _abandon(self) -> None: ...
        def _forget_ui(self) -> None: ...
        def _give_up(self) -> None: ...
        def finish(
            self, chunk: str | bytes | dict[Any, Any] | None = None
        ) -> asyncio.Future[None]: ...

        # Arguments
        def get_argument(self, name: str, default: Any = ..., strip: bool = True) -> Any: ...

        # Cookies
        def get_cookie(self, name: str, default: str | None = None) -> str | None: ...
        def set_cookie(
            self,
            name: str,
            value: str | bytes,
            domain: str | None = None,
            expires: Any = None,
            path: str = "/",
            expires_days: float | None = None,
            **kwargs: Any,
        ) -> None: ...

        # Identity
        @property
        def current_user(self) -> Any: ...
        @current_user.setter
        def current_user(self, value: Any) -> None: ...
        @property
        def locale(self) -> Locale: ...
        @locale.setter
        def locale(self, value: Locale) -> None: ...

        # Cross-site request forgery
        def xsrf_form_html(self) -> str: ...
