"""The content of files, and how it leaves."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from zonda.web.errors import HTTPError
from zonda.web.frame import HandlerFrame
from zonda.web.static.answers import contents
from zonda.web.static.files import ContentCache
from zonda.web.static.paths import SIZE, Stamp, open_regular, stat_file

if TYPE_CHECKING:
    import datetime

__all__ = ["ContentMixin"]

_CHUNK_SIZE: Final = 64 * 1024
#: How much is sent to one client in one turn of the loop.
_TURN_SIZE: Final = 16 * _CHUNK_SIZE


class ContentMixin(HandlerFrame):
    """Content, its size, time and type."""

    absolute_path: str | None

    #: The file to be sent: the one at ``absolute_path``, or the same compressed.
    _sent_path: str

    if TYPE_CHECKING:
        _stat_path: str | None
        _stat_result: os.stat_result
        _stamp: Stamp

        def _remember_status(self, path: str, status: os.stat_result) -> None: ...

    @classmethod
    def get_content(
        cls, abspath: str, start: int | None = None, end: int | None = None
    ) -> Generator[bytes, None, None]:
        """The content at a path, from *start* to *end*, as a generator of pieces.

        Override it for content from elsewhere; it may return ``bytes``.

        Raises:
            HTTPError: 404 or 403, there is no regular file.
        """
        with open(open_regular(abspath), "rb", buffering=0) as file:
            if start:
                file.seek(start)
            remaining = None if end is None else end - (start or 0)
            while remaining is None or remaining > 0:
                chunk = file.read(_CHUNK_SIZE if remaining is None else min(remaining, _CHUNK_SIZE))
                if not chunk:
                    return
                if remaining is not None:
                    remaining -= len(chunk)
                yield chunk

    def get_content_size(self) -> int:
        """The size of the whole content, in bytes."""
        return self._stat().st_size

    def get_modified_time(self) -> datetime.datetime | None:
        """When the content changed last, in whole seconds, with a time zone; None: unknown."""
        import datetime

        return datetime.datetime.fromtimestamp(int(self._stat().st_mtime), datetime.UTC)

    def get_content_type(self) -> str:
        """What to send as ``Content-Type``: guessed by the name."""
        return _content_type(os.path.basename(cast(str, self.absolute_path)))

    def _stat(self) -> os.stat_result:
        """The status of the file that is sent; looked at once for each request."""
        path = self.__dict__.get("_sent_path") or cast(str, self.absolute_path)
        if self._stat_path != path:
            self._remember_status(path, stat_file(path))
        return self._stat_result

    # ------------------------------------------------------------------------ sending

    async def _send_range(self, start: int, end: int, size: int) -> None:
        """Send bytes *start* to *end* of the content, which has *size*.

        The one place from which files leave.
        """
        if type(self).get_content.__func__ is not _own_get_content:  # type: ignore[attr-defined]
            await self._send_pieces(start, end, size)
            return
        self._stat()
        stamp = self._stamp
        if stamp[SIZE] > ContentCache.MAX_FILE_SIZE:
            await self._send_file(stamp, start, end)
            return
        content = contents.read(self._sent_path, stamp)[start:end]
        if len(content) != end - start:
            raise HTTPError(503, "%s has just been changed", self._sent_path)
        self.write(content)  # head and content leave in one piece when the request ends
        if self.application.transforms:
            await self.flush()  # but those compress what comes in pieces, however short

    async def _send_file(self, stamp: Stamp, start: int, end: int) -> None:
        """Send a large file, no faster than the client takes it."""
        from zonda.iostream import StreamClosedError

        descriptor: int | None = open_regular(self._sent_path, stamp)
        assert descriptor is not None
        try:
            await self.flush()
            if self._hands_over_files():
                self._exchange.send_file(descriptor, start, end, self._sent_path)
                descriptor = None
                await self._exchange.drained()
            else:
                await self._send_chunks(descriptor, start, end)
        except StreamClosedError:
            self._abandon()
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _hands_over_files(self) -> bool:
        """Whether the connection may send the file, now that the head is sent."""
        return (
            hasattr(self._exchange, "send_file")
            and not self._transforms
            and "Content-Length" in self._headers
        )

    async def _send_chunks(self, descriptor: int, start: int, end: int) -> None:
        """Send a file through the output transforms, or a connection that knows no files."""
        from asyncio import sleep

        position = os.lseek(descriptor, start, os.SEEK_SET)
        while position < end:
            chunk = os.read(descriptor, min(end - position, _CHUNK_SIZE))
            if not chunk:
                raise HTTPError(503, "%s has just been cut off", self._sent_path)
            self.write(chunk)
            await self.flush()
            position += len(chunk)
            if (position - start) % _TURN_SIZE == 0:
                await sleep(0)  # a fast client must not keep us from the others

    async def _send_pieces(self, start: int, end: int, size: int) -> None:
        """Send what a subclass has instead of a file."""
        from zonda.iostream import StreamClosedError

        bounds = (None, None) if end - start == size else (start, end)
        content: bytes | Iterable[bytes] = self.get_content(self._sent_path, *bounds)
        if isinstance(content, bytes):
            self.write(content)
            return
        try:
            for chunk in content:
                self.write(chunk)
                await self.flush()
        except StreamClosedError:
            self._abandon()


_own_get_content: Final[Any] = ContentMixin.get_content.__func__  # type: ignore[attr-defined]


@lru_cache(maxsize=1024)
def _content_type(name: str) -> str:
    """The media type for a file's name; compressed files are that, not what is inside."""
    import mimetypes

    media_type, encoding = mimetypes.guess_type(f"/{name}")
    if encoding == "gzip":
        return "application/gzip"
    if encoding is not None or media_type is None:
        return "application/octet-stream"
    return media_type
