"""Typed face of the native encoders: that of the pure twins."""

from zonda._kernel.pure.encode import encode_chunk as encode_chunk
from zonda._kernel.pure.encode import encode_head as encode_head
