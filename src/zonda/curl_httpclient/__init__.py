"""The HTTP client on libcurl: proxies of every kind, HTTP/2, whatever libcurl can do.

It needs pycurl (``pip install zonda[curl]``) and is chosen with
``AsyncHTTPClient.configure("zonda.curl_httpclient.CurlAsyncHTTPClient")``.
"""

from zonda.curl_httpclient.client import CurlAsyncHTTPClient
from zonda.curl_httpclient.errors import CurlError
from zonda.curl_httpclient.streaming import StreamingBuffer as _CurlStreamingBuffer

__all__ = ["CurlAsyncHTTPClient", "CurlError", "_CurlStreamingBuffer"]
