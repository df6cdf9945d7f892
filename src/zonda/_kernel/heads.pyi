"""Typed face of the native heads: that of the pure twin."""

from zonda._kernel.pure.heads import RequestHead as RequestHead
from zonda._kernel.pure.heads import ResponseHead as ResponseHead
from zonda._kernel.pure.heads import parse_request_head as parse_request_head
from zonda._kernel.pure.heads import parse_response_head as parse_response_head
