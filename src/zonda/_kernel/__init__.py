"""The byte loops of HTTP/1 behind one contract: a native and a pure-Python twin.

The native twin (Cython) is taken when it has been built; ``ZONDA_PURE=1`` in the
environment, or a missing extension, selects the pure one, and so does, with a warning, an
extension that is there and cannot be loaded. Both raise the same errors
with the same words (`zonda._kernel.errors`) and run under the same tests.

How the two share their work: the native twin takes, in one pass over the bytes, whatever is
well-formed and usual. Every other line it hands to `zonda._kernel.lines` and
`zonda._kernel.rules`, with which the pure twin reads all lines; these raise, or read one of
the rarer forms. So there is one place for each intricate rule, and no C for it.
"""

import os
from typing import TYPE_CHECKING, Literal

from zonda._kernel.errors import BadHead

NAME: Literal["native", "pure"]
"""Which twin is running."""

if TYPE_CHECKING:  # the pure twin is the typed face of both
    from zonda._kernel.pure import (
        ChunkDecoder,
        FrameEncoder,
        FrameParser,
        RequestHead,
        ResponseHead,
        encode_chunk,
        encode_head,
        is_plain,
        mask_bytes,
        parse_request_head,
        parse_response_head,
        recv_some,
        send_some,
    )
else:
    try:
        if os.environ.get("ZONDA_PURE") == "1":
            raise ModuleNotFoundError("ZONDA_PURE=1")
        from zonda._kernel.chunks import ChunkDecoder
        from zonda._kernel.encode import encode_chunk, encode_head
        from zonda._kernel.frames import FrameEncoder, FrameParser, mask_bytes
        from zonda._kernel.heads import (
            RequestHead,
            ResponseHead,
            parse_request_head,
            parse_response_head,
        )
        from zonda._kernel.plain import is_plain
        from zonda._kernel.sockets import recv_some, send_some

        NAME = "native"
    except ImportError as error:
        if not isinstance(error, ModuleNotFoundError):
            import warnings

            warnings.warn(
                f"The native kernel cannot be loaded, so Zonda runs on its slower twin: {error}",
                RuntimeWarning,
                stacklevel=2,
            )
        from zonda._kernel.pure import (
            ChunkDecoder,
            FrameEncoder,
            FrameParser,
            RequestHead,
            ResponseHead,
            encode_chunk,
            encode_head,
            is_plain,
            mask_bytes,
            parse_request_head,
            parse_response_head,
            recv_some,
            send_some,
        )

        NAME = "pure"

__all__ = [
    "NAME",
    "BadHead",
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
