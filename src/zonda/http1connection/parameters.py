"""What the connections of this room can be told, in Tornado's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zonda.protocol.limits import Limits

if TYPE_CHECKING:
    from zonda.iostream import IOStream

__all__ = ["HTTP1ConnectionParameters"]


class HTTP1ConnectionParameters:
    """Settings of `HTTP1Connection` and `HTTP1ServerConnection`.

    Args:
        no_keep_alive: close a connection after its first exchange.
        chunk_size: bytes of a body handed on at a time; 64 KiB.
        max_header_size: bytes of a head; 64 KiB.
        header_timeout: seconds for a head to arrive; the connection is closed after them.
        max_body_size: bytes of a body; the stream's ``max_buffer_size`` by default.
        body_timeout: seconds for a whole body to arrive.
        decompress: unpack gzipped bodies.
    """

    def __init__(
        self,
        no_keep_alive: bool = False,
        chunk_size: int | None = None,
        max_header_size: int | None = None,
        header_timeout: float | None = None,
        max_body_size: int | None = None,
        body_timeout: float | None = None,
        decompress: bool = False,
    ) -> None:
        self.no_keep_alive = no_keep_alive
        self.chunk_size = chunk_size or 65536
        self.max_header_size = max_header_size or 65536
        self.header_timeout = header_timeout
        self.max_body_size = max_body_size
        self.body_timeout = body_timeout
        self.decompress = decompress

    def limits(self, stream: IOStream) -> Limits:
        """The same as limits of a protocol machine."""
        size = self.max_body_size
        return Limits(
            max_header_size=self.max_header_size,
            max_body_size=stream.max_buffer_size if size is None else size,
            piece_size=self.chunk_size,
        )
