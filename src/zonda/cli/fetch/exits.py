"""How ``zonda fetch`` ends: exit codes, and words for errors. The codes are curl's."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

__all__ = ["EXITS", "Failure", "failure_of"]

#: What each exit code means.
EXITS: Final = {
    0: "it is fetched",
    1: "something else has failed",
    2: "the command line is wrong",
    3: "the URL, or something else of the request, cannot be sent",
    6: "the host has no address",
    7: "nobody answers there",
    22: "the status is 400 or higher (standard output has the content all the same)",
    23: "the output cannot be written",
    26: "a file to be sent cannot be read",
    28: "the time was over",
    35: "TLS could not be agreed on",
    47: "too many redirects",
    56: "the connection was lost, or the server broke the protocol",
    60: "the certificate is not to be believed",
    130: "it was interrupted",
}


class Failure(Exception):
    """The command ends with ``code``; its words go to standard error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def failure_of(error: BaseException) -> Failure:
    """What the client's exception means here."""
    return Failure(_code(error), f"{type(error).__name__}: {error}" if str(error) else repr(error))


def _code(error: BaseException) -> int:
    import ssl

    from zonda.httpclient import HTTPClientError
    from zonda.iostream import UnsatisfiableReadError
    from zonda.simple_httpclient import HTTPTimeoutError

    if isinstance(error, HTTPTimeoutError | TimeoutError | asyncio.TimeoutError):
        return 28
    if isinstance(error, ssl.SSLCertVerificationError):
        return 60
    if isinstance(error, ssl.SSLError):
        return 35
    if isinstance(error, socket.gaierror):
        return 6
    if isinstance(error, ConnectionResetError | BrokenPipeError | UnsatisfiableReadError):
        return 56
    if isinstance(error, OSError):
        return 7
    if isinstance(error, HTTPClientError):
        return 56
    return 3 if isinstance(error, ValueError | KeyError) else 1
