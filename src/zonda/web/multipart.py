"""Forms with files, part by part as they arrive."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final

from zonda.httputil import HTTPHeaders
from zonda.protocol.multipart import MultipartError, MultipartParser, PartBegin, PartData
from zonda.web.errors import HTTPError

if TYPE_CHECKING:
    from zonda.protocol.multipart import MultipartEvent

__all__ = ["Multipart", "Part"]

#: Bytes that are gathered before they are written to a file, in another thread.
WRITE_SIZE: Final = 1024 * 1024
#: What `Part.read` takes unless told otherwise, in bytes.
READ_LIMIT: Final = 1024 * 1024


class Part:
    """A field or a file of a form, and an asynchronous iterator of its content.

    What is left of a part when the next one is asked for is skipped.
    """

    def __init__(self, begin: PartBegin, form: Multipart) -> None:
        self._form = form
        self._ended = False
        #: The field's name.
        self.name: str = begin.name
        #: The name that the client gives the file; **never** to be used as a path. None for a
        #: plain field, empty for a file input in which no file was chosen.
        self.filename: str | None = begin.filename
        #: The part's Content-Type; None without one.
        self.content_type: str | None = begin.content_type
        #: All header fields of the part.
        self.headers: HTTPHeaders = HTTPHeaders.from_pairs(begin.headers)

    def __repr__(self) -> str:
        return f"<Part {self.name!r} filename={self.filename!r}>"

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """The next piece of the content."""
        if not self._ended:
            event = await self._form._next_event()
            if isinstance(event, PartData):
                return event.data
            self._ended = True
        raise StopAsyncIteration

    async def read(self, limit: int = READ_LIMIT) -> bytes:
        """The rest of the content.

        Raises:
            HTTPError: 413, it is more than *limit* bytes.
        """
        chunks = []
        async for chunk in self:
            limit -= len(chunk)
            if limit < 0:
                raise HTTPError(413, "part %r of the form is too large to be read", self.name)
            chunks.append(chunk)
        return b"".join(chunks)

    async def text(self, limit: int = READ_LIMIT) -> str:
        """The rest of the content as text.

        Raises:
            HTTPError: 413, it is more than *limit* bytes; 400, it is not UTF-8.
        """
        try:
            return (await self.read(limit)).decode()
        except UnicodeDecodeError:
            raise HTTPError(400, "part %r of the form is not UTF-8", self.name) from None

    async def save(self, target: str | os.PathLike[str] | IO[bytes]) -> int:
        """Write the rest of the content to a file, in another thread; returns its size.

        Args:
            target: where to make the file, which must not exist yet and is removed again if
                the content does not come to its end; or a file that is open for writing.

        Raises:
            FileExistsError: there is such a file.
        """
        if not isinstance(target, str | os.PathLike):
            return await self._write_to(target)
        run = partial(asyncio.get_running_loop().run_in_executor, None)
        file = await run(open, target, "xb", 0)
        try:
            size = await self._write_to(file)
        except BaseException:
            file.close()
            os.unlink(target)
            raise
        await run(file.close)
        return size

    async def _write_to(self, file: IO[bytes]) -> int:
        loop = asyncio.get_running_loop()
        size, gathered, waiting = 0, 0, []
        async for chunk in self:
            waiting.append(chunk)
            gathered += len(chunk)
            if gathered >= WRITE_SIZE:
                await loop.run_in_executor(None, _write_all, file, waiting)
                size += gathered
                gathered, waiting = 0, []
        if waiting:
            await loop.run_in_executor(None, _write_all, file, waiting)
        return size + gathered


def _write_all(file: IO[bytes], chunks: list[bytes]) -> None:
    view = memoryview(b"".join(chunks))
    while view:  # unbuffered files may take less at a time
        view = view[file.write(view) :]


class Multipart:
    """The parts of a form, in the order in which they arrive; an asynchronous iterator.

    Args:
        chunks: the body.
        boundary: the parameter of its Content-Type.
        limits: keyword arguments for :class:`~zonda.protocol.multipart.MultipartParser`.
    """

    def __init__(self, chunks: AsyncIterator[bytes], boundary: bytes, **limits: Any) -> None:
        self._chunks = chunks
        self._events: list[MultipartEvent] = []  # in reverse order
        self._part: Part | None = None
        try:
            self._parser = MultipartParser(boundary, **limits)
        except MultipartError as error:
            raise _answer_to(error) from error

    def __aiter__(self) -> AsyncIterator[Part]:
        return self

    async def __anext__(self) -> Part:
        """The next part.

        Raises:
            HTTPError: 400, the body is malformed or has too many parts; 413, a plain field
                or the whole is too large.
            StreamClosedError: the client has left.
        """
        if self._part is not None:
            async for _ in self._part:
                pass
        event = await self._next_event()
        if event is None:
            raise StopAsyncIteration
        assert isinstance(event, PartBegin)
        self._part = Part(event, self)
        return self._part

    async def _next_event(self) -> MultipartEvent | None:
        """What comes next in the body; None at its end."""
        while not self._events:
            chunk = await anext(self._chunks, None)
            try:
                if chunk is None:
                    self._parser.finish()
                    return None
                self._events = self._parser.feed(chunk)
            except MultipartError as error:
                raise _answer_to(error) from error
            self._events.reverse()
        return self._events.pop()


def _answer_to(error: MultipartError) -> HTTPError:
    return HTTPError(error.status, "Invalid multipart/form-data: %s", error)
