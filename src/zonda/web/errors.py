"""Errors that handlers raise, and the pages that answer them."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

from zonda.escape import xhtml_escape
from zonda.httputil import HTTPInputError, responses
from zonda.log import app_log, gen_log, visible
from zonda.protocol.status import has_no_body
from zonda.web.frame import HandlerFrame

__all__ = ["ErrorsMixin", "Finish", "HTTPError", "MissingArgumentError"]


class HTTPError(Exception):
    """Ends a request with an error response.

    Args:
        status_code: HTTP status, usually 400 to 599.
        log_message: what to write to the log, never sent to the client unless
            ``serve_traceback`` is set; %-placeholders in it are filled from ``args``.
        reason: (keyword) the reason phrase; needed for unregistered statuses.
    """

    def __init__(
        self,
        status_code: int = 500,
        log_message: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self.status_code = status_code
        self._log_message = log_message
        self.args = args
        self.reason: str | None = kwargs.get("reason")

    @property
    def log_message(self) -> str | None:
        """The message for the log, safe to use as a %-format without arguments."""
        if self._log_message is not None and not self.args:
            return self._log_message.replace("%", "%%")
        return self._log_message

    def get_message(self) -> str | None:
        """The message with its arguments filled in, or None."""
        if self._log_message is not None and self.args:
            return self._log_message % self.args
        return self._log_message

    def __str__(self) -> str:
        reason = self.reason or responses.get(self.status_code, "Unknown")
        text = f"HTTP {self.status_code}: {reason}"
        message = self.get_message()
        return f"{text} ({message})" if message else text


class Finish(Exception):
    """Ends a request at once, without an error page.

    What has been written is sent. An argument is passed to ``finish`` first.
    """


class MissingArgumentError(HTTPError):
    """A required argument is not in the request: 400.

    Attributes:
        arg_name: the argument's name.
    """

    def __init__(self, arg_name: str) -> None:
        super().__init__(400, f"Missing argument {arg_name}")
        self.arg_name = arg_name


class ErrorsMixin(HandlerFrame):
    """What a handler does with an exception."""

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Send an error page of the given status and end the request.

        If the response has already been begun it cannot be changed any more: the
        connection is closed, so that the client does not take it for complete.

        Args:
            reason: (keyword) reason phrase for the status line.
            exc_info: (keyword) the triple of the exception that is answered.
            others: passed on to :meth:`write_error`.
        """
        if self._headers_written:
            gen_log.error("Cannot send error response after headers written")
            if not self._finished:
                self._abandon()
            return
        self.clear()
        reason = kwargs.get("reason")
        if "exc_info" in kwargs:
            error = kwargs["exc_info"][1]
            if isinstance(error, HTTPError) and error.reason:
                reason = error.reason
        self.set_status(status_code, reason=reason)
        try:
            self.write_error(status_code, **kwargs)
        except Exception:
            app_log.error("Uncaught exception in write_error", exc_info=True)
        if not self._finished:
            self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the error page; override it to make your own.

        It may use ``write``, ``render``, ``set_header`` and so on. ``exc_info`` is in
        ``kwargs`` if an exception that was not caught is the cause. With the setting
        ``serve_traceback`` (on in debug mode) the page is the traceback; in debug mode browsers
        get one with code, variables and the request.
        """
        if has_no_body(status_code):
            self.finish()
            return
        if self.settings.get("serve_traceback") and "exc_info" in kwargs:
            if self.settings.get("debug") and self._write_debug_page(status_code, **kwargs):
                return
            self.set_header("Content-Type", "text/plain")
            for line in traceback.format_exception(*kwargs["exc_info"]):
                self.write(line)
            self.finish()
            return
        title = xhtml_escape(f"{status_code}: {self._reason}")
        self.finish(f"<html><title>{title}</title><body>{title}</body></html>")

    def _write_debug_page(self, status_code: int, **kwargs: Any) -> bool:
        """Show an exception to the programmer, if that is who asks."""
        from zonda.web.debug import debug_page, wants_page

        error = kwargs["exc_info"][1]
        if error is None or not wants_page(self.request):
            return False
        try:
            page = debug_page(self, status_code, error)
        except Exception:
            app_log.error("The debug page could not be made", exc_info=True)
            return False
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.set_header("Cache-Control", "no-store")
        self.finish(page)
        return True

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log an exception that a handler did not catch; override it to report elsewhere.

        An :exc:`HTTPError` with a message is a warning of one line in ``tornado.general``;
        anything else an error with its traceback in ``tornado.application``.
        """
        if isinstance(value, HTTPError):
            message = value.get_message()
            if message:
                summary = self._request_summary()
                gen_log.warning("%d %s: %s", value.status_code, summary, visible(message))
            return
        app_log.error(
            "Uncaught exception %s\n%r",
            self._request_summary(),
            self.request,
            exc_info=None if typ is None or value is None else (typ, value, tb),
        )

    def _request_summary(self) -> str:
        request = self.request
        return visible(f"{request.method} {request.uri} ({request.remote_ip})")

    def _handle_request_exception(self, e: BaseException) -> None:
        """Turn an exception from a handler into a response."""
        if isinstance(e, Finish):
            if not self._finished:
                self.finish(*e.args)
            return
        if isinstance(e, HTTPInputError):
            e = _as_bad_request(e)
        exc_info = (type(e), e, e.__traceback__)
        try:
            self.log_exception(*exc_info)
        except Exception:
            app_log.error("log_exception of %s failed", type(self).__name__, exc_info=True)
        if self._finished:
            return
        status = e.status_code if isinstance(e, HTTPError) else 500
        try:
            self.send_error(status, exc_info=exc_info)
        except Exception:
            app_log.error("send_error of %s failed", type(self).__name__, exc_info=True)
            if not self._finished:
                self._give_up()


def _as_bad_request(error: HTTPInputError) -> HTTPError:
    """A request body that could not be parsed is the client's fault."""
    answer = HTTPError(400, str(error))
    answer.__cause__ = error
    answer.__traceback__ = error.__traceback__
    return answer
