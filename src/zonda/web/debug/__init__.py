"""The error page of debug mode: code, local variables and request, without secrets."""

from zonda.web.debug.page import debug_page, wants_page

__all__ = ["debug_page", "wants_page"]
