"""Bytes from a fuzzer, cut into the pieces in which a peer might send them."""

from collections.abc import Iterator

__all__ = ["Input"]


class Input:
    """Draws numbers from the end of the fuzzer's bytes; the rest is the message.

    From the end, so that what a fuzzer learns about the message keeps its place.
    """

    def __init__(self, data: bytes, numbers: int = 0) -> None:
        self._numbers = list(data[len(data) - numbers :]) if numbers else []
        self.message = data[: len(data) - numbers] if numbers else data

    def number(self, below: int) -> int:
        """The next number, 0 if there is none."""
        return self._numbers.pop() % below if self._numbers else 0

    def pieces(self) -> list[bytes]:
        """The message in pieces: byte by byte, in steps, or cut at one place."""
        return list(self._cut(self.number(3), self.number(256)))

    def _cut(self, way: int, size: int) -> Iterator[bytes]:
        message = self.message
        if way == 0:
            place = size % (len(message) + 1)
            yield from (piece for piece in (message[:place], message[place:]) if piece)
            return
        step = 1 if way == 1 else size % 16 + 2
        yield from (message[i : i + step] for i in range(0, len(message), step))
