"""The kernel in pure Python: the readable twin, and the one without a compiler."""

from zonda._kernel.pure.chunks import ChunkDecoder
from zonda._kernel.pure.encode import encode_chunk, encode_head
from zonda._kernel.pure.frames import FrameEncoder, FrameParser, mask_bytes
from zonda._kernel.pure.heads import (
    RequestHead,
    ResponseHead,
    parse_request_head,
    parse_response_head,
)
from zonda._kernel.pure.plain import is_plain
from zonda._kernel.pure.sockets import recv_some, send_some

__all__ = [
    "ChunkDecoder",
    "FrameEncoder",
    "FrameParser",
    "RequestHead",
    "ResponseHead",
    "encode_chunk",
    "encode_head",
    "is_plain",
    "mask_bytes",
    "parse_request_head",
    "parse_response_head",
    "recv_some",
    "send_some",
]
