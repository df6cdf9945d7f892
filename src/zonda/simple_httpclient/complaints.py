"""What a client says about a server that breaks the protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zonda._kernel.errors import FOLDED, HEAD_TOO_LARGE, LENGTHS_DIFFER
from zonda.httpclient.errors import HTTPStreamClosedError
from zonda.iostream import UnsatisfiableReadError
from zonda.log import gen_log
from zonda.protocol.errors import BodyTooLarge, Truncated

if TYPE_CHECKING:
    from zonda._kernel import ResponseHead
    from zonda.protocol.errors import RemoteProtocolError

__all__ = ["complain"]

#: What Tornado calls things in its log.
_WORDS: Final = {
    FOLDED.text: "header line cannot start with whitespace, folding not supported",
    LENGTHS_DIFFER.text: "Multiple unequal Content-Lengths",
}


def complain(
    error: RemoteProtocolError, head: ResponseHead | None, max_header_size: int, host: str
) -> Exception:
    """Log what is wrong with a response, and give the exception of the fetch.

    Args:
        error: what is wrong.
        head: the response's head, if that was all right.
        max_header_size: the limit of the client, in bytes.
        host: where the response came from.
    """
    if str(error) == HEAD_TOO_LARGE.text:
        message = f"the response head from {host} is over max_header_size, {max_header_size} bytes"
        gen_log.info("Unsatisfiable read, closing connection: %s", message)
        return UnsatisfiableReadError(message)
    words = _in_tornados_words(error, head)
    if not isinstance(error, Truncated):  # a connection may always end: that is no fault
        # The beginning stands in people's log filters, "None" included (the name of a peer
        # that Tornado's client does not know). So ours comes behind.
        gen_log.info("Malformed HTTP message from None: %s (from %s)", words, host)
    closed = HTTPStreamClosedError(f"Connection closed: {words}")
    closed.__cause__ = error
    return closed


def _in_tornados_words(error: RemoteProtocolError, head: ResponseHead | None) -> str:
    if isinstance(error, BodyTooLarge):
        chunked = head is not None and head.chunked
        return f"{'chunked body too large' if chunked else 'Body too long'}: {error}"
    return _WORDS.get(str(error), str(error))
