"""Content codings, undone piece by piece (RFC 9110 section 8.4).

A decoder is given packed bytes and asked for what they unpack to, a bounded piece at a time:
so a small message does not unfold in memory, and whoever takes the pieces can make it wait.
gzip and deflate are always there, ``br`` and ``zstd`` where a library for them is installed.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable
from typing import Any, Final

from zonda.util import GzipDecompressor

__all__ = ["Decoder", "accept_encoding", "decoder_of"]

#: Bytes asked for at a time: what is handed on, and the memory that a bomb can take.
_PIECE: Final = 64 * 1024
#: Codings laid one over the other that are taken off. More than two are not seen in practice.
_MAX_CODINGS: Final = 5
#: log2 of the memory that a zstd frame may ask for: 8 MiB (RFC 9659 section 3).
_ZSTD_WINDOW: Final = 23


class Decoder:
    """Takes one coding off.

    Args:
        name: the coding, for messages.
        source: the decoder of the coding over this one, whose output is this one's input.
    """

    __slots__ = ("_input", "_started", "error", "name", "size", "source")

    def __init__(self, name: str, source: Decoder | None) -> None:
        self.name = name
        self.source = source
        #: What the library raises for damaged data.
        self.error: type[Exception] = zlib.error
        #: Bytes that came out so far.
        self.size = 0
        self._input = b""
        self._started = False

    def feed(self, data: bytes) -> None:
        """Give packed bytes; only when :meth:`read` has nothing more."""
        if self.source is not None:
            self.source.feed(data)
        else:
            self._input = data

    def read(self, limit: int) -> bytes:
        """Up to 64 KiB, or a little more, of what the input unpacks to; b"": feed more.

        Args:
            limit: bytes that may come out in all, also of the codings over this one.

        Raises:
            ValueError: the data is damaged, or more than the limit.
        """
        while True:
            try:
                piece = self._unpack()
            except self.error as error:
                raise ValueError(f"invalid {self.name} data: {error}") from error
            if piece:
                self.size += len(piece)
                if self.size > limit:
                    raise ValueError(f"decompressed body too large: more than {limit} bytes")
                return piece
            if self.source is None:
                return b""
            self._input = self.source.read(limit)
            if not self._input:
                return b""

    def end(self) -> None:
        """There is no more input. No input at all is in order: a HEAD has a coding, too.

        Raises:
            ValueError: the data is truncated.
        """
        if self.source is not None:
            self.source.end()
        if self._started and not self._complete():
            raise ValueError(f"invalid {self.name} data: it is truncated")

    def _unpack(self) -> bytes:
        """Use input up, give a piece of output; b"" only if there is no more in here."""
        raise NotImplementedError

    def _complete(self) -> bool:
        """Whether the data may end here."""
        raise NotImplementedError


class _Gzip(Decoder):
    """RFC 1952, all members."""

    __slots__ = ("_decompressor",)

    def __init__(self, name: str, source: Decoder | None) -> None:
        super().__init__(name, source)
        self._decompressor = GzipDecompressor()

    def _unpack(self) -> bytes:
        while self._input:
            self._started = True
            piece = self._decompressor.decompress(self._input, _PIECE)
            self._input = self._decompressor.unconsumed_tail
            if piece:
                return piece
        return b""

    def _complete(self) -> bool:
        try:
            self._decompressor.flush()
        except (zlib.error, ValueError):
            return False
        return True


class _Deflate(Decoder):
    """The zlib format (RFC 1950), or bare deflate data (RFC 1951), which some servers send."""

    __slots__ = ("_decompressor", "_start")

    def __init__(self, name: str, source: Decoder | None) -> None:
        super().__init__(name, source)
        self._decompressor: zlib._Decompress | None = None
        self._start = b""

    def _unpack(self) -> bytes:
        data, self._input = self._input, b""
        self._started = self._started or bool(data)
        if self._decompressor is None:
            data = self._start + data
            if len(data) < 2:
                self._start = data
                return b""
            # RFC 1950 section 2.2: the method, and a check of the two bytes.
            wrapped = data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
            self._decompressor = zlib.decompressobj(15 if wrapped else -15)
        decompressor = self._decompressor
        piece = decompressor.decompress(data, _PIECE)
        self._input = decompressor.unconsumed_tail
        if decompressor.unused_data:
            raise zlib.error("there is something behind its end")
        return piece

    def _complete(self) -> bool:
        return self._decompressor is not None and self._decompressor.eof


class _Brotli(Decoder):
    """RFC 7932."""

    __slots__ = ("_decompressor", "_pending")

    def __init__(self, name: str, source: Decoder | None) -> None:
        import brotli  # type: ignore[import-untyped,import-not-found,unused-ignore]

        super().__init__(name, source)
        self.error = brotli.error
        self._decompressor: Any = brotli.Decompressor()
        self._pending = False

    def _unpack(self) -> bytes:
        decompressor = self._decompressor
        while self._input or (self._pending and not decompressor.is_finished()):
            self._started = True
            data, self._input = self._input, b""
            piece: bytes = decompressor.process(data, output_buffer_limit=_PIECE)
            # It may have more even if it would accept more; only silence says that it has not.
            self._pending = bool(piece) or not decompressor.can_accept_more_data()
            if piece:
                return piece
        return b""

    def _complete(self) -> bool:
        return bool(self._decompressor.is_finished())


class _Zstd(Decoder):
    """RFC 8878, all frames."""

    __slots__ = ("_decompressor", "_library")

    def __init__(self, name: str, source: Decoder | None) -> None:
        super().__init__(name, source)
        self._library = _zstd()
        self.error = self._library.ZstdError
        self._decompressor: Any = None

    def _unpack(self) -> bytes:
        while self._input or not (self._decompressor is None or self._decompressor.needs_input):
            self._started = True
            if self._decompressor is None:
                window = self._library.DecompressionParameter.window_log_max
                self._decompressor = self._library.ZstdDecompressor(options={window: _ZSTD_WINDOW})
            decompressor = self._decompressor
            data, self._input = self._input, b""
            piece: bytes = decompressor.decompress(data, max_length=_PIECE)
            if decompressor.eof:
                self._input, self._decompressor = decompressor.unused_data, None
            if piece:
                return piece
        return b""

    def _complete(self) -> bool:
        return self._decompressor is None


def _zstd() -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        from backports import zstd  # type: ignore[import-not-found,unused-ignore,no-redef]
    return zstd


_DECODERS: Final[dict[str, Callable[[str, Decoder | None], Decoder]]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}


@functools.cache
def accept_encoding() -> str:
    """The ``Accept-Encoding`` field that names what can be decoded here."""
    codings = ["gzip", "deflate"]
    try:
        import brotli  # type: ignore[import-untyped,import-not-found,unused-ignore]

        # Older versions give everything at once, however much it is.
        if "output_buffer_limit" in (brotli.Decompressor.process.__doc__ or ""):
            codings.append("br")
    except ImportError:
        pass
    try:
        _zstd()
        codings.append("zstd")
    except ImportError:
        pass
    return ", ".join(codings)


def decoder_of(field: str) -> Decoder | None:
    """What undoes the codings of a ``Content-Encoding`` field.

    Returns:
        None if there is nothing to undo, or a coding that is not known here.

    Raises:
        ValueError: there are more codings than anybody needs.
    """
    names = [name.strip().lower() for name in field.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > _MAX_CODINGS:
        raise ValueError(f"{len(names)} content codings, at most {_MAX_CODINGS} are undone")
    known = accept_encoding().split(", ")
    if any(name not in known and name != "x-gzip" for name in names):
        return None
    decoder: Decoder | None = None
    for name in reversed(names):  # they stand in the order in which they were applied
        decoder = _DECODERS[name](name, decoder)
    return decoder
