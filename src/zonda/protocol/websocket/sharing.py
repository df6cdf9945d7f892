"""One message for many connections: framed once, and compressed once for each way to compress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zonda._kernel import FrameEncoder

if TYPE_CHECKING:
    from zonda.protocol.websocket.deflate import Deflate

__all__ = ["SharedMessage"]

_FIN: Final = 0x80
_RSV1: Final = 0x40
_TEXT: Final = 1
_BINARY: Final = 2


class SharedMessage:
    """A message that servers send to many clients: their frames bear no masks (RFC 6455 5.1).

    Args:
        payload: the content; bytes that are sent as text are taken for UTF-8.
        binary: whether it is a binary message.

    Attributes:
        plain: the frame for connections without compression.

    Raises:
        UnicodeError: bytes are sent as text and are not UTF-8.
    """

    __slots__ = ("_deflated", "_encoder", "_opcode", "binary", "payload", "plain")

    def __init__(self, payload: str | bytes, binary: bool) -> None:
        if isinstance(payload, str):
            payload = payload.encode()
        elif not binary:
            payload.decode()
        self.payload: bytes = payload
        self.binary = binary
        self._encoder = FrameEncoder(False)
        self._opcode = _FIN | (_BINARY if binary else _TEXT)
        self.plain: bytes = self._encoder.build(self._opcode, payload)
        self._deflated: dict[tuple[int, int, int], bytes] = {}

    def deflated(self, deflate: Deflate) -> bytes:
        """The frame for connections that compress as ``deflate`` does."""
        way = deflate.way
        frame = self._deflated.get(way)
        if frame is None:
            payload = deflate.deflate_alone(self.payload)
            frame = self._deflated[way] = self._encoder.build(_RSV1 | self._opcode, payload)
        return frame
