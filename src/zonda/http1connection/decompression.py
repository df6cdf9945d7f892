"""Message bodies that come gzipped, unpacked on their way to whoever takes them.

The limit on a body's size holds for what comes out as well, so a small message cannot
unfold into a large one; and it unfolds no faster than its receiver takes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from zonda.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from zonda.protocol.errors import BodyTooLarge, RemoteProtocolError
from zonda.protocol.exchange import BodyReceiver, Service
from zonda.util import GzipDecompressor

__all__ = ["DecompressingDelegate", "DecompressingService", "note_encoding"]

_CODINGS = ("gzip", "x-gzip")

Sink = Callable[[bytes], Awaitable[None] | None]


class _Gunzip:
    """Unpacks a body into a sink, which may hold it back."""

    __slots__ = ("_decompressor", "_limit", "_piece_size", "_received")

    def __init__(self, limit: Callable[[], int], piece_size: int) -> None:
        self._decompressor = GzipDecompressor()
        self._limit = limit
        self._piece_size = piece_size
        self._received = 0

    def feed(self, chunk: bytes, sink: Sink) -> Awaitable[None] | None:
        """Unpack a piece; the sink gets what comes of it.

        Raises:
            RemoteProtocolError: it is not gzip, or unfolds to more than the limit.
        """
        pieces = self._pieces(chunk)
        for piece in pieces:
            pending = sink(piece)
            if pending is not None:
                return _feed_later(pieces, sink, pending)
        return None

    def _pieces(self, chunk: bytes) -> Iterator[bytes]:
        decompressor = self._decompressor
        while chunk:
            try:
                piece = decompressor.decompress(chunk, self._piece_size)
            except Exception as error:
                raise RemoteProtocolError(400, f"invalid gzip data: {error}") from None
            chunk = decompressor.unconsumed_tail
            self._received += len(piece)
            limit = self._limit()
            if self._received > limit:
                raise BodyTooLarge(limit, "decompressed body too large")
            if piece:
                yield piece

    def finish(self) -> None:
        """The body is complete: so must the gzip data be.

        Raises:
            RemoteProtocolError: it is not.
        """
        try:
            self._decompressor.flush()
        except Exception as error:
            raise RemoteProtocolError(400, f"invalid gzip data: {error}") from None


async def _feed_later(pieces: Iterator[bytes], sink: Sink, pending: Awaitable[None]) -> None:
    await pending
    for piece in pieces:
        waiting = sink(piece)
        if waiting is not None:
            await waiting


# -------------------------------------------------------------------------------- exchanges


def note_encoding(request: HTTPServerRequest) -> None:
    """Tell the handler what became of the ``Content-Encoding`` of a body that was unpacked."""
    encoding = request.connection.consumed_encoding
    if encoding is not None:
        _note(request.headers, encoding)


def _note(headers: HTTPHeaders, encoding: str) -> None:
    headers.add("X-Consumed-Content-Encoding", encoding)
    del headers["Content-Encoding"]


class DecompressingService:
    """Puts a decompressor between gzipped request bodies and a service."""

    __slots__ = ("service",)

    def __init__(self, service: Service) -> None:
        self.service = service

    def __call__(self, exchange: Any) -> None:
        """A request without a body, or with one as it came."""
        self.service(exchange)

    def open(self, exchange: Any) -> BodyReceiver | None:
        """A body follows."""
        encoding = exchange.head.get("Content-Encoding", "")
        if encoding.lower() not in _CODINGS:
            return self.service.open(exchange)
        exchange.consumed_encoding = encoding
        receiver = self.service.open(exchange)
        if exchange.over:
            return None
        return _DecompressingReceiver(exchange, receiver, self.service)


class _DecompressingReceiver:
    """Decompresses one body, on to its receiver or into one piece."""

    __slots__ = ("_chunks", "_gunzip", "_service", "exchange", "receiver")

    def __init__(self, exchange: Any, receiver: BodyReceiver | None, service: Service) -> None:
        self.exchange = exchange
        self.receiver = receiver
        machine = exchange.connection.machine
        self._gunzip = _Gunzip(lambda: int(machine.body_limit), machine.limits.piece_size)
        self._service = service
        self._chunks: list[bytes] = []

    @property
    def ready(self) -> Awaitable[None] | None:
        """What the receiver waits for."""
        return None if self.receiver is None else self.receiver.ready

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the compressed body."""
        sink = self._chunks.append if self.receiver is None else self.receiver.data_received
        return self._gunzip.feed(chunk, sink)

    def finish(self) -> None:
        """The compressed body is complete."""
        self._gunzip.finish()
        if self.receiver is not None:
            self.receiver.finish()
            return
        self.exchange.body = b"".join(self._chunks)
        self._service(self.exchange)

    def on_connection_close(self) -> None:
        """The client has gone."""
        self._chunks.clear()
        if self.receiver is not None:
            self.receiver.on_connection_close()


# -------------------------------------------------------------------------------- delegates


class DecompressingDelegate(HTTPMessageDelegate):
    """Stands between a connection and a delegate that wants bodies unpacked.

    Args:
        delegate: who receives the message.
        limit: gives the limit in force on the body's size.
        piece_size: bytes handed on at a time.
    """

    def __init__(
        self, delegate: HTTPMessageDelegate, limit: Callable[[], int], piece_size: int
    ) -> None:
        self.delegate = delegate
        self._limit = limit
        self._piece_size = piece_size
        self._gunzip: _Gunzip | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """The head, without its ``Content-Encoding`` if that is taken off."""
        encoding = headers.get("Content-Encoding", "")
        if encoding.lower() in _CODINGS:
            self._gunzip = _Gunzip(self._limit, self._piece_size)
            _note(headers, encoding)
        return self.delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body."""
        if self._gunzip is None:
            return self.delegate.data_received(chunk)
        return self._gunzip.feed(chunk, self.delegate.data_received)

    def finish(self) -> None:
        """The message is complete."""
        if self._gunzip is not None:
            self._gunzip.finish()
        self.delegate.finish()

    def on_connection_close(self) -> None:
        """The connection was lost."""
        self.delegate.on_connection_close()
