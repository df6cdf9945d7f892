"""Output transforms: what may change a response on its way out, compression above all."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from zonda.httputil import HTTPHeaders

if TYPE_CHECKING:
    from zonda.httputil import HTTPServerRequest

__all__ = ["ContentEncoding", "GZipContentEncoding", "OutputTransform", "accepted_coding"]


class OutputTransform:
    """Base of classes that change responses; one object for each response.

    Classes are given to an application by ``Application(transforms=[...])`` or
    ``Application.add_transform``.

    Args:
        request: the request that is answered.
    """

    def __init__(self, request: HTTPServerRequest) -> None:
        pass

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Change a response's status, header fields and first piece of content.

        Args:
            finishing: whether there is no other piece.
        """
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        """Change another piece of content; the last one, perhaps empty, comes *finishing*."""
        return chunk


# ------------------------------------------------------------------------------- negotiation

_WEIGHT = re.compile(r"q[ \t]*=[ \t]*(.*)", re.IGNORECASE).fullmatch


def accepted_coding(accept_encoding: str, offered: tuple[str, ...]) -> str | None:
    """The content coding to use, RFC 9110 section 12.5.3; None for no coding.

    Args:
        accept_encoding: the request's field, "" if there is none.
        offered: what we can do, best first; settles it between what the client likes alike.
    """
    if not accept_encoding:
        return None
    # Nearly every client lists them without weights.
    if ";" not in accept_encoding and "*" not in accept_encoding:
        named = [name.strip() for name in accept_encoding.lower().split(",")]
        return next((coding for coding in offered if coding in named), None)
    weights = _coding_weights(accept_encoding.lower())
    others = weights.get("*", 0.0)
    best, best_weight = None, 0.0
    for coding in offered:
        weight = weights.get(coding, others)
        if weight > best_weight:
            best, best_weight = coding, weight
    return None if weights.get("identity", 0.0) > best_weight else best


def _coding_weights(accept_encoding: str) -> dict[str, float]:
    weights = {}
    for entry in accept_encoding.split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        weights[name] = min((_coding_weight(p) for p in parameters), default=1.0)
    return weights


def _coding_weight(parameter: str) -> float:
    match = _WEIGHT(parameter)
    try:
        return float(match[1]) if match else 1.0
    except ValueError:
        return 0.0


# ------------------------------------------------------------------------------- compressors


class _Compressor(Protocol):
    """What compresses one response."""

    def compress(self, data: bytes) -> bytes: ...
    def flush(self) -> bytes: ...
    def finish(self) -> bytes: ...


class _Gzip:
    """RFC 1952, by zlib."""

    def __init__(self, level: int) -> None:
        self._stream = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self.compress = self._stream.compress

    def flush(self) -> bytes:
        return self._stream.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._stream.flush()


class _Brotli:
    """RFC 7932, by the ``brotli`` package."""

    # As fast as gzip at its usual level, and smaller.
    QUALITY: Final = 4

    def __init__(self, module: Any) -> None:
        stream = module.Compressor(quality=self.QUALITY)
        self.compress: Callable[[bytes], bytes] = stream.process
        self.flush: Callable[[], bytes] = stream.flush
        self.finish: Callable[[], bytes] = stream.finish


class _Zstandard:
    """RFC 8878, by the standard library of Python 3.14 or the ``backports.zstd`` package."""

    # RFC 9659: no decoder must be asked for a window of more than 8 MiB. This level's is
    # smaller by far.
    LEVEL: Final = 3

    def __init__(self, module: Any) -> None:
        stream = module.ZstdCompressor(level=self.LEVEL)
        self._stream = stream
        self.compress: Callable[[bytes], bytes] = stream.compress

    def flush(self) -> bytes:
        data: bytes = self._stream.flush(self._stream.FLUSH_BLOCK)
        return data

    def finish(self) -> bytes:
        data: bytes = self._stream.flush(self._stream.FLUSH_FRAME)
        return data


@cache
def _installed(coding: str) -> Any:
    """The module that does a coding, or None."""
    from importlib import import_module

    for name in {"br": ("brotli",), "zstd": ("compression.zstd", "backports.zstd")}[coding]:
        try:
            return import_module(name)
        except ImportError:
            pass
    return None


# ------------------------------------------------------------------------------- transforms

_no_transform = re.compile(r"(?:^|,)\s*no-transform\s*(?:,|$)", re.IGNORECASE).search


class GZipContentEncoding(OutputTransform):
    """Compresses responses with gzip, for clients that take it.

    The setting ``compress_response`` turns on :class:`ContentEncoding`; for gzip alone use
    ``Application(transforms=[GZipContentEncoding])``. Content is compressed
    if its type is text or in ``CONTENT_TYPES``, unless it is shorter than ``MIN_LENGTH``,
    encoded already, a part of a whole (206), or has ``Cache-Control: no-transform``.

    Responses get ``Vary: Accept-Encoding``. Of those that are compressed the entity tag is
    made weak (RFC 9110 section 8.8.3): it was computed for other bytes.
    """

    #: Types that are worth it besides ``text/*``, in lower case.
    CONTENT_TYPES: set[str] = {
        "application/atom+xml",
        "application/javascript",
        "application/json",
        "application/x-javascript",
        "application/xhtml+xml",
        "application/xml",
        "image/svg+xml",
    }
    #: 1 to 9; a higher one is much slower and hardly smaller.
    GZIP_LEVEL = 6
    #: Bytes; below it there is little to gain. Content in several pieces is longer.
    MIN_LENGTH = 1024
    #: What is offered, best first.
    CODINGS: ClassVar[tuple[str, ...]] = ("gzip",)

    def __init__(self, request: HTTPServerRequest) -> None:
        self._accepted = request.headers.get("Accept-Encoding", "")
        self._compressor: _Compressor | None = None

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Decide whether to compress, and begin."""
        _vary_by_encoding(headers)
        if self._worthwhile(status_code, headers, chunk, finishing):
            coding = accepted_coding(self._accepted, self._offered())
            if coding is not None:
                chunk = self._begin(coding, headers, chunk, finishing)
        return status_code, headers, chunk

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        """Compress another piece; what comes out can be read up to its end at once."""
        compressor = self._compressor
        if compressor is None:
            return chunk
        data = compressor.compress(chunk) if chunk else b""
        if finishing:
            return data + compressor.finish()
        return data + compressor.flush() if chunk else data

    def _worthwhile(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> bool:
        if finishing and len(chunk) < self.MIN_LENGTH:
            return False
        if status_code in (204, 206, 304) or "Content-Range" in headers:
            return False
        if "Content-Encoding" in headers or _no_transform(headers.get("Cache-Control", "")):
            return False
        media_type = headers.get("Content-Type", "").partition(";")[0].strip()
        return self._compressible_type(media_type)

    def _compressible_type(self, ctype: str) -> bool:
        ctype = ctype.lower()
        return ctype.startswith("text/") or ctype in self.CONTENT_TYPES

    def _offered(self) -> tuple[str, ...]:
        return tuple(
            coding for coding in self.CODINGS if coding == "gzip" or _installed(coding) is not None
        )

    def _begin(self, coding: str, headers: HTTPHeaders, chunk: bytes, finishing: bool) -> bytes:
        self._compressor = self._make_compressor(coding)
        headers["Content-Encoding"] = coding
        etag = headers.get("Etag")
        if etag and not etag.startswith("W/"):
            headers["Etag"] = "W/" + etag
        # A range of the compressed form is not what will be there next time.
        if "Accept-Ranges" in headers:
            del headers["Accept-Ranges"]
        chunk = self.transform_chunk(chunk, finishing)
        if "Content-Length" in headers:
            if finishing:
                headers["Content-Length"] = str(len(chunk))
            else:
                del headers["Content-Length"]
        return chunk

    def _make_compressor(self, coding: str) -> _Compressor:
        if coding == "br":
            return _Brotli(_installed(coding))
        if coding == "zstd":
            return _Zstandard(_installed(coding))
        return _Gzip(self.GZIP_LEVEL)


class ContentEncoding(GZipContentEncoding):
    """Compresses responses with the best coding that is installed and that the client takes.

    Turned on for an application by the setting ``compress_response``. Zstandard needs Python
    3.14 or the ``backports.zstd`` package, Brotli the ``brotli`` package; gzip is always there.
    """

    CODINGS = ("zstd", "br", "gzip")


def _vary_by_encoding(headers: HTTPHeaders) -> None:
    """Tell caches that the content depends on ``Accept-Encoding``."""
    vary = headers.get("Vary")
    if vary is None:
        headers["Vary"] = "Accept-Encoding"
        return
    named = [name.strip().lower() for name in vary.split(",")]
    if "*" not in named and "accept-encoding" not in named:
        headers["Vary"] = f"{vary}, Accept-Encoding"
