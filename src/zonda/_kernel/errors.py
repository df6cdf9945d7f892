"""What a head or a chunk can do wrong: one table, read by both twins.

Both twins take status and wording from here, so a log reads the same whichever is
running, and the tests may compare them word for word.
"""

from typing import NamedTuple, NoReturn


class BadHead(ValueError):
    """Bytes from the peer that are no HTTP/1 message (RFC 9112).

    ``status`` is the status to answer with: 400, 414, 417, 431, 501 or 505 for what a
    client sent; 502 for everything a server sent. The text says what is wrong, for the
    log; it quotes nothing that the peer sent.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type["BadHead"], tuple[int, str]]:
        return type(self), (self.status, str(self))


class Fault(NamedTuple):
    """One way to be wrong: the status for a request, and the words."""

    status: int
    text: str


def fail(fault: Fault) -> NoReturn:
    """Raise ``fault`` as `BadHead`."""
    raise BadHead(fault.status, fault.text)


# Lines (RFC 9112 2.2)
BARE_LF = Fault(400, "line feed without a carriage return before it")
BARE_CR = Fault(400, "carriage return without a line feed after it")

# Limits (RFC 9110 15.5.15, RFC 6585 5)
LINE_TOO_LONG = Fault(414, "start line is longer than a head may be")
HEAD_TOO_LARGE = Fault(431, "head is larger than the limit")
TOO_MANY_FIELDS = Fault(431, "more header fields than the limit")

# Start line (RFC 9112 2.3, 3 and 4)
NOT_HTTP = Fault(400, "Malformed HTTP request line: its first byte cannot begin one")
BAD_REQUEST_LINE = Fault(400, "Malformed HTTP request line: not method, target, version")
BAD_METHOD = Fault(400, "Malformed HTTP request line: the method is not a token")
BAD_VERSION = Fault(400, "Malformed HTTP request line: the version is not HTTP/1.x")
UNKNOWN_VERSION = Fault(505, "major version is not 1")
BAD_TARGET_BYTE = Fault(400, "control character in the request target")
BAD_TARGET = Fault(400, "request target is not in origin, absolute, authority or asterisk form")
BAD_ASTERISK = Fault(400, "asterisk as request target with a method other than OPTIONS")
BAD_CONNECT = Fault(400, "request target of CONNECT is not host:port")
BAD_AUTHORITY = Fault(400, "authority of the request target is not host[:port]")
BAD_STATUS_LINE = Fault(400, "status line is not version, three digits and reason")

# Field lines (RFC 9112 5)
FOLDED = Fault(400, "field line begins with whitespace")
NO_COLON = Fault(400, "no colon in header line")
BAD_NAME = Fault(400, "field name is not a token directly followed by a colon")
BAD_VALUE = Fault(400, "control character in a field value")

# Framing (RFC 9112 6, RFC 9110 7.2, 8.6 and 10.1.1)
BAD_LENGTH = Fault(400, "Only integer Content-Length is allowed, of 1 to 18 digits")
LENGTHS_DIFFER = Fault(400, "Multiple unequal Content-Lengths")
CODING_IN_10 = Fault(400, "Transfer-Encoding in an HTTP/1.0 message")
BAD_CODING = Fault(400, "Transfer-Encoding is malformed or empty")
CHUNKED_NOT_LAST = Fault(400, "chunked is repeated or not the last transfer coding")
CHUNKED_PARAMETER = Fault(400, "chunked transfer coding with a parameter")
UNKNOWN_CODING = Fault(501, "transfer coding other than chunked")
CODING_AND_LENGTH = Fault(400, "Message with both Transfer-Encoding and Content-Length")
NO_HOST = Fault(400, "no Host field")
MANY_HOSTS = Fault(400, "more than one Host field")
BAD_HOST = Fault(400, "Invalid Host header: not host[:port]")
BAD_EXPECT = Fault(417, "Expect is not 100-continue")

# Chunks (RFC 9112 7.1)
CHUNK_LINE_TOO_LONG = Fault(400, "chunk size line is longer than the limit")
BAD_CHUNK_SIZE = Fault(400, "invalid chunk size: not 1 to 16 hexadecimal digits")
BAD_CHUNK_EXTENSION = Fault(400, "chunk extension is malformed")
NO_CHUNK_END = Fault(400, "improperly terminated chunk: its data does not end with CRLF")
TRAILER_TOO_LARGE = Fault(431, "trailer section is larger than the limit")
