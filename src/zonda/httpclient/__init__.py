"""Blocking and non-blocking HTTP client interfaces.

The implementation behind :class:`AsyncHTTPClient` is
:class:`~zonda.simple_httpclient.SimpleAsyncHTTPClient` unless another one is configured.
"""

from typing import TYPE_CHECKING

from zonda.httpclient.blocking import HTTPClient
from zonda.httpclient.client import AsyncHTTPClient
from zonda.httpclient.command import main
from zonda.httpclient.errors import HTTPClientError, HTTPError
from zonda.httpclient.rare import __getattr__ as __getattr__
from zonda.httpclient.request import HTTPRequest
from zonda.httpclient.request import RequestProxy as _RequestProxy
from zonda.httpclient.response import HTTPResponse

if TYPE_CHECKING:
    from zonda.httpclient.auth import BasicAuth, BearerAuth, DigestAuth
    from zonda.httpclient.cookies import CookieJar
    from zonda.httpclient.download import Downloaded
    from zonda.httpclient.har import HARRecorder
    from zonda.httpclient.hooks import Hooks
    from zonda.httpclient.retry import Retry, RetryBudget
    from zonda.httpclient.streaming import StreamedResponse
    from zonda.httpclient.timeouts import Timeout

__all__ = [
    "AsyncHTTPClient",
    "BasicAuth",
    "BearerAuth",
    "CookieJar",
    "DigestAuth",
    "Downloaded",
    "HARRecorder",
    "HTTPClient",
    "HTTPClientError",
    "HTTPError",
    "HTTPRequest",
    "HTTPResponse",
    "Hooks",
    "Retry",
    "RetryBudget",
    "StreamedResponse",
    "Timeout",
    "_RequestProxy",
    "main",
]
