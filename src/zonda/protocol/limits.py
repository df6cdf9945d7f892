"""Every size and count that a peer controls, with its default."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MIB", "Limits"]

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection accepts from its peer. All sizes are in bytes.

    Going over a limit is answered with the status named here (server) or fails the
    exchange with an error that names the limit (client), and closes the connection.
    """

    #: Start line and header fields together, up to the blank line (414 or 431).
    max_header_size: int = 65536
    #: Header fields in one head (431).
    max_header_fields: int = 200
    #: Body of one message, after chunked framing is taken off (413).
    max_body_size: int = 100 * MIB
    #: One chunk-size line with its extensions (400).
    max_chunk_line: int = 4096
    #: The trailer section of a chunked message (431).
    max_trailer_size: int = 65536
    #: Fields in a trailer section (431).
    max_trailer_fields: int = 100
    #: Interim (1xx) responses before the final one; client only.
    max_informational: int = 10
    #: Body content is handed on in pieces of at most this size. The peer does not notice.
    piece_size: int = 65536
