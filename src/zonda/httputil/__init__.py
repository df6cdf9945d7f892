"""HTTP messages: headers, start lines, requests, forms, and the interfaces between the rooms.

What servers and clients share lives here. Applications mostly meet `HTTPServerRequest` (as
``RequestHandler.request``) and `HTTPHeaders`.
"""

from __future__ import annotations

from zonda.httputil.abnf import _ABNF
from zonda.httputil.body import (
    _DEFAULT_PARSE_BODY_CONFIG,
    HTTPFile,
    parse_body_arguments,
    parse_multipart_form_data,
    set_parse_body_config,
)
from zonda.httputil.bodyconfig import (
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
)
from zonda.httputil.dates import format_timestamp
from zonda.httputil.errors import HTTPInputError, HTTPOutputError
from zonda.httputil.examples import doctests
from zonda.httputil.headers import HTTP_WHITESPACE, HTTPHeaders, _normalize_header
from zonda.httputil.interfaces import (
    HTTPConnection,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
)
from zonda.httputil.parameters import _encode_header, _parse_header
from zonda.httputil.ranges import _get_content_range, _parse_request_range
from zonda.httputil.request import HTTPServerRequest
from zonda.httputil.startline import (
    RequestStartLine,
    ResponseStartLine,
    parse_request_start_line,
    parse_response_start_line,
)
from zonda.httputil.url import (
    encode_username_password,
    qs_to_qsl,
    split_host_and_port,
    url_concat,
)
from zonda.protocol.cookies import parse_cookie
from zonda.protocol.status import REASONS as responses

__all__ = [
    "HTTP_WHITESPACE",
    "_ABNF",
    "_DEFAULT_PARSE_BODY_CONFIG",
    "HTTPConnection",
    "HTTPFile",
    "HTTPHeaders",
    "HTTPInputError",
    "HTTPMessageDelegate",
    "HTTPOutputError",
    "HTTPServerConnectionDelegate",
    "HTTPServerRequest",
    "ParseBodyConfig",
    "ParseMultipartConfig",
    "ParseUrlEncodedConfig",
    "RequestStartLine",
    "ResponseStartLine",
    "_encode_header",
    "_get_content_range",
    "_normalize_header",
    "_parse_header",
    "_parse_request_range",
    "doctests",
    "encode_username_password",
    "format_timestamp",
    "parse_body_arguments",
    "parse_cookie",
    "parse_multipart_form_data",
    "parse_request_start_line",
    "parse_response_start_line",
    "qs_to_qsl",
    "responses",
    "set_parse_body_config",
    "split_host_and_port",
    "url_concat",
]
