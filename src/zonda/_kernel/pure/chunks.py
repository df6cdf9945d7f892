"""The chunked transfer coding, decoded piece by piece (RFC 9112 7.1)."""

from zonda._kernel.errors import (
    BARE_CR,
    BARE_LF,
    CHUNK_LINE_TOO_LONG,
    NO_CHUNK_END,
    TOO_MANY_FIELDS,
    TRAILER_TOO_LARGE,
    BadHead,
    Fault,
    fail,
)
from zonda._kernel.lines import LINE_BREAK, read_chunk_size, split_field

_LF = 10


class ChunkDecoder:
    """Takes a chunked body off the wire, however it is split.

    Size lines and trailer fields are judged when their end has arrived. After an error
    every further `feed` raises it again.

    Args:
        max_line: bytes that a chunk's size line may have, extensions included, CRLF not.
        max_trailer_size: bytes that the trailer section may have, final CRLF included.
        max_trailer_fields: field lines that it may have.

    Attributes:
        done: the final CRLF has been seen.
        position: offset in the data last fed up to which it was used; when ``done``, the
            rest belongs to the next message.
        trailers: the trailer fields as received, in order.
    """

    __slots__ = (
        "_cr",
        "_fault",
        "_left",
        "_line",
        "_max_line",
        "_room",
        "_room_fields",
        "_step",
        "done",
        "position",
        "trailers",
    )

    def __init__(
        self, max_line: int = 4096, max_trailer_size: int = 65536, max_trailer_fields: int = 100
    ) -> None:
        self.done = False
        self.position = 0
        self.trailers: list[tuple[str, str]] = []
        self._max_line = max_line
        self._room = max_trailer_size
        self._room_fields = max_trailer_fields
        self._left = 0  # bytes of the current chunk still to come
        self._line = bytearray()  # what has arrived of the current line
        self._cr = False  # its CR (or that of the chunk's end) has arrived as well
        self._step = ChunkDecoder._size_line
        self._fault: Fault | None = None

    def feed(self, data: bytes, start: int = 0) -> bytes:
        """The body bytes in ``data[start:]``, joined; b"" when there are none.

        Those before a fault are returned, and the next call raises it: what a body comes to
        does not depend on how it is cut. ``position`` is then where the fault begins.

        Raises:
            BadHead: the coding or a trailer field is malformed (400), or the trailer
                section exceeds its limits (431).
        """
        if self._fault is not None:
            fail(self._fault)
        if not 0 <= start <= len(data):
            raise ValueError("start must lie within data")
        runs: list[bytes] = []
        pos = start
        try:
            while pos < len(data) and not self.done:
                if self._left:
                    run = data[pos : pos + self._left]
                    self._left -= len(run)
                    pos += len(run)
                    runs.append(run)
                else:
                    pos = self._step(self, data, pos)
        except BadHead as error:
            self._fault = Fault(error.status, str(error))  # the error itself would be a cycle
            if not runs:
                raise
        self.position = pos
        return runs[0] if len(runs) == 1 else b"".join(runs)

    def _size_line(self, data: bytes, pos: int) -> int:
        line, pos = self._take_line(data, pos, self._max_line, CHUNK_LINE_TOO_LONG)
        if line is not None:
            self._left = read_chunk_size(line)
            self._step = ChunkDecoder._chunk_end if self._left else ChunkDecoder._trailer_line
        return pos

    def _chunk_end(self, data: bytes, pos: int) -> int:
        if data[pos] != (b"\r", b"\n")[self._cr][0]:
            fail(NO_CHUNK_END)
        if self._cr:
            self._step = ChunkDecoder._size_line
        self._cr = not self._cr
        return pos + 1

    def _trailer_line(self, data: bytes, pos: int) -> int:
        line, pos = self._take_line(data, pos, self._room - 2, TRAILER_TOO_LARGE)
        if line is None:
            return pos
        self._room -= len(line) + 2
        if not line:
            self.done = True
        elif len(self.trailers) >= self._room_fields:
            fail(TOO_MANY_FIELDS)
        else:
            self.trailers.append(split_field(line))
        return pos

    def _take_line(self, data: bytes, pos: int, limit: int, fault: Fault) -> tuple[str | None, int]:
        """The next line without its CRLF, or None; and the offset behind what was used."""
        if self._cr:
            if data[pos] != _LF:
                fail(BARE_CR)
            return self._whole_line(), pos + 1
        match = LINE_BREAK.search(data, pos)
        at = len(data) if match is None else match.start()
        if len(self._line) + at - pos > limit:
            fail(fault)
        self._line += data[pos:at]
        if match is None:
            return None, at
        if data[at] == _LF:
            fail(BARE_LF)
        if at + 1 == len(data):
            self._cr = True
            return None, at + 1
        if data[at + 1] != _LF:
            fail(BARE_CR)
        return self._whole_line(), at + 2

    def _whole_line(self) -> str:
        line = self._line.decode("latin-1")
        self._line.clear()
        self._cr = False
        return line
