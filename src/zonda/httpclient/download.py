"""Downloading into a file, now and later."""

from __future__ import annotations

import asyncio
import copy
import os
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from zonda.httpclient.errors import HTTPClientError, HTTPStreamClosedError
from zonda.httpclient.partfile import Entity, PartFile
from zonda.httpclient.streaming import StreamedResponse
from zonda.httputil import HTTPHeaders

if TYPE_CHECKING:
    from zonda.httpclient.client import AsyncHTTPClient
    from zonda.httpclient.request import HTTPRequest

__all__ = ["Download", "Downloaded", "Progress"]

T = TypeVar("T")

#: Told of the bytes that are here, and of those of the whole; None: not known.
Progress = Callable[[int, "int | None"], "Awaitable[object] | object"]

#: Bytes written to the file at a time.
_PIECE: Final = 512 * 1024
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII).fullmatch


class Downloaded(NamedTuple):
    """What :meth:`AsyncHTTPClient.download` gives.

    Attributes:
        path: the file.
        size: its bytes.
        resumed: those of them that an earlier download had left.
        headers: header fields of the last response.
        effective_url: the URL that answered, after redirects.
    """

    path: Path
    size: int
    resumed: int
    headers: HTTPHeaders
    effective_url: str


class _Restart(Exception):
    """What the server sends cannot be added to what is here."""


class Download:
    """One file on its way.

    Args:
        client: the client.
        request: what to fetch.
        path: where the file is to be.
        resume: whether to go on with what an earlier download has left.
        progress: told of each piece that is written.
    """

    def __init__(
        self,
        client: AsyncHTTPClient,
        request: HTTPRequest,
        path: str | os.PathLike[str],
        resume: bool,
        progress: Progress | None,
    ) -> None:
        self._client = client
        self._request = request
        self._file = PartFile(Path(path))
        self._resume = resume and request.method == "GET"
        self._progress = progress
        self._loop = client.io_loop.asyncio_loop
        session = client._session
        self._retries = request.retries or (None if session is None else session.retries)
        self._retried = 0
        limit = request.request_timeout
        self._ends = time.monotonic() + limit if limit else 0.0
        self._resumed = 0

    async def run(self) -> Downloaded:
        """Fetch what is missing, and put the file into its place.

        Raises:
            HTTPClientError, OSError: the fetch failed; what has come stays in the part.
            OSError: the file cannot be written.
            RuntimeError: another download is writing it.
        """
        file = self._file
        await self._in_thread(file.open)
        try:
            entity = await self._in_thread(file.entity, self._request.url) if self._resume else None
            self._resumed = 0 if entity is None else file.size
            while True:
                try:
                    response, entity = await self._fetch(entity)
                except _Restart:
                    entity = None
                except (HTTPClientError, OSError) as error:
                    entity = await self._after(error)
                else:
                    if entity.total is None or file.size >= entity.total:
                        break
            size = file.size
            await self._in_thread(file.finish)
        finally:
            await asyncio.shield(self._in_thread(file.close))
        return Downloaded(file.path, size, self._resumed, response.headers, response.effective_url)

    def _in_thread(self, function: Callable[..., T], *arguments: Any) -> asyncio.Future[T]:
        return self._loop.run_in_executor(None, function, *arguments)

    async def _after(self, error: BaseException) -> Entity:
        """Wait, and go on where an error has stopped us; or raise it."""
        entity = await self._in_thread(self._file.entity, self._request.url)
        if self._retries is None or entity is None:
            raise error
        delay = self._retries.delay_after_error(self._request, self._retried, error)
        budget = self._retries.budget
        if delay is None or (self._ends and time.monotonic() + delay >= self._ends):
            raise error
        if budget is not None and not budget.spend():
            raise error
        self._retried += 1
        await asyncio.sleep(delay)
        return entity

    async def _fetch(self, entity: Entity | None) -> tuple[StreamedResponse, Entity]:
        """Fetch the whole, or what is missing of ``entity``."""
        here = 0 if entity is None else self._file.size
        end: int | None
        total: int | None
        request = self._ask(entity, here)
        async with StreamedResponse(self._client, request, raise_error=False) as response:
            if entity is not None and response.code in (206, 416):
                end, total = _continued(response, entity, here)
                entity = entity._replace(total=total)
                await self._in_thread(self._file.seek_end)
            else:
                if response.code != 200:
                    await response.fail()
                self._resumed = here = 0
                end = total = _length(response.headers)
                entity = Entity.of(self._request.url, response.headers, total)
                await self._in_thread(self._file.begin, entity)
            await self._write(response, here, total)
        if end is not None and self._file.size != end:
            raise HTTPStreamClosedError(f"{self._file.size} bytes have come, not {end}")
        return response, entity

    def _ask(self, entity: Entity | None, here: int) -> HTTPRequest:
        request = copy.copy(self._request)
        request.headers = headers = HTTPHeaders(request._headers or ())
        # The file gets the bytes that ranges and lengths count: not unpacked ones.
        request.decompress_response = False
        headers["Accept-Encoding"] = "identity"
        if entity is not None:
            assert entity.validator is not None
            headers["Range"] = f"bytes={here}-"
            headers["If-Range"] = entity.validator
        if self._ends:
            request.request_timeout = max(self._ends - time.monotonic(), 0.001)
        return request

    async def _write(self, response: StreamedResponse, here: int, total: int | None) -> None:
        chunks: list[bytes] = []
        size = 0
        await self._report(here, total)
        try:
            async for chunk in response:
                chunks.append(chunk)
                size += len(chunk)
                if size >= _PIECE:
                    data, chunks = b"".join(chunks), []
                    await self._in_thread(self._file.write, data)
                    here, size = here + size, 0
                    await self._report(here, total)
        finally:
            # What has come before an error is worth keeping, too.
            if chunks:
                await self._in_thread(self._file.write, b"".join(chunks))
        if size:
            await self._report(here + size, total)

    async def _report(self, here: int, total: int | None) -> None:
        if self._progress is not None:
            pending = self._progress(here, total)
            if isinstance(pending, Awaitable):
                await pending


def _length(headers: HTTPHeaders) -> int | None:
    """Bytes of the body; None if nobody has said it, or if they are chunked."""
    length = headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _continued(response: StreamedResponse, entity: Entity, here: int) -> tuple[int, int]:
    """Where a partial response ends, and the bytes of the whole (RFC 9110 section 14.4).

    Raises:
        _Restart: it does not begin where it should, or is not of the same entity.
    """
    headers = response.headers
    match = _CONTENT_RANGE(headers.get("Content-Range", "").strip())
    if response.code != 206 or match is None or not _same(entity, headers):
        raise _Restart
    first, last = int(match[1]), int(match[2])
    total = entity.total if match[3] == "*" else int(match[3])
    fits = first == here <= last and entity.total in (None, total)
    if not fits or total is None or last >= total:
        raise _Restart
    return last + 1, total


def _same(entity: Entity, headers: HTTPHeaders) -> bool:
    """Whether a response that was asked for with ``If-Range`` is of this entity."""
    assert entity.validator is not None
    if entity.validator.startswith('"'):
        return headers.get("ETag", "").strip() == entity.validator
    return headers.get("Last-Modified", entity.validator).strip() == entity.validator
