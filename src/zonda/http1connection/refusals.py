"""What a client gets whose request is refused.

The status that RFC 9110 has for the fault, and a line that says why. Under the launcher old
programs stay as they are, also for their clients: what Tornado refuses is ``400 Bad Request``
without another word, and a request that takes too long gets nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zonda.legacy import launched
from zonda.log import gen_log

if TYPE_CHECKING:
    from zonda.protocol.errors import RemoteProtocolError
    from zonda.protocol.http1 import HTTP1Server

__all__ = ["log_fault", "refusal"]

_TORNADOS: Final = {
    **dict.fromkeys((400, 413, 501, 505), b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    408: b"",
}


def refusal(machine: HTTP1Server, error: RemoteProtocolError) -> bytes:
    """The last bytes for a client, empty if a response has been begun. Close behind them."""
    answer = machine.refuse(error)
    return _TORNADOS.get(error.status, answer) if answer and launched() else answer


def log_fault(error: RemoteProtocolError, remote_ip: str, is_gone: bool) -> None:
    """Tell the operator; the beginnings of the lines stand in people's log filters."""
    log = gen_log.debug if is_gone else gen_log.info  # who left in the middle is no news
    if error.status == 431:
        log("Unsatisfiable read, closing connection: %s (from %s)", error, remote_ip)
    else:
        log("Malformed HTTP message from %s: %d %s", remote_ip, error.status, error)
