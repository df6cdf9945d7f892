"""Content with a ``Content-Encoding``, unpacked piece by piece."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from zonda.protocol.codings import decoder_of
from zonda.protocol.errors import RemoteProtocolError

if TYPE_CHECKING:
    from zonda.protocol.codings import Decoder

__all__ = ["Unpacker", "unpacker_of"]

Take = Callable[[bytes], Awaitable[None] | None]


class Unpacker:
    """Takes packed content, hands on what it unpacks to.

    Args:
        decoder: undoes the coding.
        take: gets the pieces; an awaitable from it holds the rest back.
        limit: bytes that the content may unpack to.
    """

    __slots__ = ("_decoder", "_limit", "_take")

    def __init__(self, decoder: Decoder, take: Take, limit: int) -> None:
        self._decoder = decoder
        self._take = take
        self._limit = limit

    def feed(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece that has arrived; do not give another before the awaitable is done.

        Raises:
            RemoteProtocolError: the data is damaged, or more than the limit.
        """
        self._decoder.feed(chunk)
        pending = self._unpack()
        return None if pending is None else self._go_on(pending)

    def _unpack(self) -> Awaitable[None] | None:
        """Unpack until the receiver asks to wait: for what."""
        while True:
            try:
                piece = self._decoder.read(self._limit)
            except ValueError as error:
                raise RemoteProtocolError(502, str(error)) from error
            pending = self._take(piece) if piece else None
            if pending is not None or not piece:
                return pending

    async def _go_on(self, pending: Awaitable[None] | None) -> None:
        while pending is not None:
            await pending
            pending = self._unpack()

    def end(self) -> None:
        """There is nothing more.

        Raises:
            RemoteProtocolError: the content is truncated.
        """
        try:
            self._decoder.end()
        except ValueError as error:
            raise RemoteProtocolError(502, str(error)) from error


def unpacker_of(field: str, take: Take, limit: int) -> Unpacker | None:
    """What unpacks content whose ``Content-Encoding`` is ``field``.

    Args:
        field: the field's value.
        take, limit: see :class:`Unpacker`.

    Returns:
        None if the content is to be handed on as it is, because the coding is not known.

    Raises:
        RemoteProtocolError: there are too many codings.
    """
    try:
        decoder = decoder_of(field)
    except ValueError as error:
        raise RemoteProtocolError(502, str(error)) from error
    return None if decoder is None else Unpacker(decoder, take, limit)
