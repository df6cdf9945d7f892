"""Static files: ranges, conditional requests, versioned URLs, nothing outside the root."""

from zonda.web.static.handler import StaticFileHandler

__all__ = ["StaticFileHandler"]
