"""The HTTP client that is used unless another one is configured."""

from zonda.httpclient.errors import HTTPStreamClosedError, HTTPTimeoutError
from zonda.simple_httpclient.client import SimpleAsyncHTTPClient

__all__ = ["HTTPStreamClosedError", "HTTPTimeoutError", "SimpleAsyncHTTPClient"]
