"""A response that is read while it comes, without a loop of the caller's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

if TYPE_CHECKING:
    from zonda.httpclient.request import HTTPRequest
    from zonda.httpclient.streaming import StreamedResponse
    from zonda.httputil import HTTPHeaders

__all__ = ["BlockingStream"]

T = TypeVar("T")
_END: Final[Any] = object()


class BlockingStream:
    """What ``with client.stream(...) as response`` of an `HTTPClient` gives.

    Its attributes are those of :class:`~zonda.httpclient.streaming.StreamedResponse`.

    Args:
        stream: the stream.
        run: runs a coroutine function and waits for it.
    """

    def __init__(
        self,
        stream: StreamedResponse,
        run: Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any],
    ) -> None:
        self._stream = stream
        self._run = run

    def __enter__(self) -> Self:
        self._run(self._stream.__aenter__)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the stream; a response that is not complete takes its connection with it."""
        self._run(self._stream.aclose)

    # ------------------------------------------------------------------------- the head

    @property
    def request(self) -> HTTPRequest:
        """The request."""
        return self._stream.request

    @property
    def code(self) -> int:
        """Status."""
        return self._stream.code

    @property
    def reason(self) -> str:
        """Reason phrase."""
        return self._stream.reason

    @property
    def headers(self) -> HTTPHeaders:
        """Header fields."""
        return self._stream.headers

    @property
    def effective_url(self) -> str:
        """The URL that answers, after redirects."""
        return self._stream.effective_url

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the response sets."""
        return self._stream.cookies

    @property
    def received(self) -> int:
        """Bytes of the body received so far, decompressed."""
        return self._stream.received

    def raise_for_status(self) -> Self:
        """Raise the error of a status from 400 on; else return the response."""
        self._stream.raise_for_status()
        return self

    # ------------------------------------------------------------------------- the body

    def __iter__(self) -> Iterator[bytes]:
        return self._iterate(self._stream)

    def read(self, limit: int | None = None) -> bytes:
        """The rest of the body; ``limit`` in bytes."""
        body: bytes = self._run(lambda: self._stream.read(limit))
        return body

    def iter_text(self) -> Iterator[str]:
        """The body as text, in pieces as they come."""
        return self._iterate(self._stream.iter_text())

    def iter_lines(self, max_line: int = 1024 * 1024) -> Iterator[str]:
        """The body line by line; ``max_line`` in characters."""
        return self._iterate(self._stream.iter_lines(max_line))

    def _iterate(self, pieces: AsyncIterator[T]) -> Iterator[T]:
        async def following() -> T:
            return await anext(pieces, _END)

        while (piece := self._run(following)) is not _END:
            yield piece
