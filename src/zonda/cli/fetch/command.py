"""Running ``zonda fetch``."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import unquote, urlsplit

from zonda.cli.fetch.arguments import parser
from zonda.cli.fetch.exits import Failure, failure_of
from zonda.cli.fetch.request import arguments_of, url_of

if TYPE_CHECKING:
    from zonda.httpclient import AsyncHTTPClient, StreamedResponse
    from zonda.httputil import HTTPHeaders

__all__ = ["main"]

#: No limit for what goes out as it comes in.
_ANY_SIZE: Final = 2**62
#: What a file says that cannot be written further.
_DISK: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))


def main(arguments: Sequence[str]) -> int:
    """Fetch what the arguments behind ``zonda fetch`` say; the exit code."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(_fetch(options))
    except Failure as failure:
        if not options.silent and str(failure):
            print(f"zonda: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        return 130
    return 0


async def _fetch(options: Namespace) -> None:
    url, arguments = url_of(options), arguments_of(options)
    path = _path(options, url)
    client = _client(options)
    try:
        if path is not None and arguments["method"] == "GET" and not options.include:
            await _download(client, url, arguments, path, options)
        else:
            await _stream(client, url, arguments, path, options)
    finally:
        client.close()


def _client(options: Namespace) -> AsyncHTTPClient:
    from zonda.simple_httpclient import SimpleAsyncHTTPClient

    client_class = SimpleAsyncHTTPClient
    if options.verbose:
        from zonda.cli.fetch.verbose import VerboseClient

        client_class = VerboseClient
    client: AsyncHTTPClient = client_class(
        force_instance=True, trust_env=True, max_body_size=_ANY_SIZE
    )
    return client


def _path(options: Namespace, url: str) -> str | None:
    """The file to write; None: standard output.

    Raises:
        Failure: the options do not go together, or the URL gives no name.
    """
    if options.remote_name:
        if options.output is not None:
            raise Failure(2, "give -o or -O")
        name = unquote(urlsplit(url).path).rpartition("/")[2]
        if name in ("", ".", "..") or "\0" in name or os.sep in name:
            raise Failure(2, f"{url} does not end with the name of a file: use -o")
        return name
    path: str | None = None if options.output == "-" else options.output
    if options.resume and path is None:
        raise Failure(2, "-C goes on with a file: give -o or -O")
    return path


# ------------------------------------------------------------------------ into a file


async def _download(
    client: AsyncHTTPClient, url: str, arguments: dict[str, Any], path: str, options: Namespace
) -> None:
    """Fetch into a file that is there when it is complete."""
    if options.compressed:
        raise Failure(2, "a file gets what the server has: --compressed is for standard output")
    bar = None
    if sys.stderr.isatty() and not options.silent:
        from zonda.cli.fetch.progress import ProgressBar

        bar = ProgressBar(sys.stderr, os.path.basename(path))
    try:
        await client.download(url, path, resume=options.resume, progress=bar, **arguments)
    except Exception as error:
        raise _failure(error, url, options) from error
    finally:
        if bar is not None:
            bar.close()


# ------------------------------------------------------------------- as it comes in


async def _stream(
    client: AsyncHTTPClient,
    url: str,
    arguments: dict[str, Any],
    path: str | None,
    options: Namespace,
) -> None:
    """Fetch to standard output, or into a file what is not a simple download."""
    if options.resume:
        raise Failure(2, "-C is for a GET without -i")
    try:
        async with client.stream(url, raise_error=False, **arguments) as response:
            _check_redirects(response.code, response.headers, options)
            failed = response.code >= 400
            with _output(None if failed else path) as out:
                if options.include or options.head:
                    _write(out, _head(response))
                await _copy(response, out, forced=options.output is not None)
    except Failure:
        raise
    except Exception as error:
        raise _failure(error, url, options) from error
    if failed:
        raise Failure(22, f"{response.code} {response.reason}: {url}")


def _output(path: str | None) -> AbstractContextManager[BinaryIO]:
    if path is None:
        return nullcontext(sys.stdout.buffer)
    try:
        return open(path, "wb")
    except OSError as error:
        raise Failure(23, str(error)) from None


async def _copy(response: StreamedResponse, out: BinaryIO, *, forced: bool) -> None:
    begun = False
    async for piece in response:
        if not begun and not forced and out.isatty() and b"\0" in piece:
            raise Failure(23, "this is not for a terminal: write it to a file with -o, or -o -")
        begun = True
        _write(out, piece)
    _flush(out)


def _write(out: BinaryIO, data: bytes) -> None:
    try:
        out.write(data)
    except OSError as error:
        raise _unwritable(out, error) from None


def _flush(out: BinaryIO) -> None:
    try:
        out.flush()
    except OSError as error:
        raise _unwritable(out, error) from None


def _unwritable(out: BinaryIO, error: OSError) -> Failure:
    if isinstance(error, BrokenPipeError):
        # The reader has enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return Failure(23, "")
    return Failure(23, str(error))


def _head(response: StreamedResponse) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in response.headers.get_all())
    return f"HTTP/1.1 {response.code} {response.reason}\r\n{fields}\r\n".encode("latin-1")


# ---------------------------------------------------------------------------- failures


def _check_redirects(code: int, headers: HTTPHeaders, options: Namespace) -> None:
    if options.location and code in _REDIRECTS and "Location" in headers:
        raise Failure(47, f"more than {options.max_redirs} redirects")


def _failure(error: Exception, url: str, options: Namespace) -> Failure:
    """What an exception of the client, or of the file, means."""
    from zonda.httpclient import HTTPClientError

    response = error.response if isinstance(error, HTTPClientError) else None
    if response is not None:
        try:
            _check_redirects(response.code, response.headers, options)
        except Failure as failure:
            return failure
        if response.code < 400:
            return Failure(1, f"{response.code} {response.reason}: {url}")
        _write(sys.stdout.buffer, response.body)
        _flush(sys.stdout.buffer)
        return Failure(22, f"{response.code} {response.reason}: {url}")
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _DISK):
        return Failure(23, str(error))
    return failure_of(error)
