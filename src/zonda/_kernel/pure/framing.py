"""What the fields say about the message's frame (RFC 9112 6 and 9), field by field."""

from collections.abc import Callable

from zonda._kernel.errors import (
    BAD_EXPECT,
    BAD_HOST,
    CHUNKED_NOT_LAST,
    CODING_AND_LENGTH,
    CODING_IN_10,
    MANY_HOSTS,
    NO_HOST,
    fail,
)
from zonda._kernel.rules import coding_fault, is_host, read_lengths


class Framing:
    """Collects the framing facts of one head; every method may raise `BadHead`.

    Fields are added in the order of the message, so that the first bad line is the one
    that is reported however the bytes were split. What no field says stays as it is in the
    class, because most heads say little.
    """

    length: str | None = None
    chunked = False
    host: str | None = None
    close = False
    keep = False
    upgrade_token = False
    upgrade_field = False
    expect_continue = False
    conditional = False
    coded = False

    def __init__(self, minor: int) -> None:
        self.minor = minor

    def add_length(self, value: str) -> None:
        """Content-Length: one number, or the same digits again and again (RFC 9112 6.3)."""
        if self.length is None and value.isdecimal() and len(value) <= 18:
            self.length = value  # the usual case; text is latin-1, so these are 0 to 9
        else:
            self.length = read_lengths(value, self.length)

    def add_coding(self, value: str) -> None:
        """Transfer-Encoding: ``chunked`` alone and once (RFC 9112 6.1)."""
        if self.minor == 0:
            fail(CODING_IN_10)
        if self.chunked:
            fail(CHUNKED_NOT_LAST)
        if value.lower() != "chunked":
            fail(coding_fault(value))
        self.chunked = True

    def add_host(self, value: str) -> None:
        """Host: at most one, well-formed, possibly empty (RFC 9112 3.2)."""
        if self.host is not None:
            fail(MANY_HOSTS)
        if not is_host(value):
            fail(BAD_HOST)
        self.host = value

    def add_connection(self, value: str) -> None:
        """Connection: the options that this hop acts on (RFC 9110 7.6.1)."""
        value = value.lower()
        if value == "keep-alive":  # what browsers send
            self.keep = True
            return
        for part in value.split(","):
            option = part.strip(" \t")
            if option == "close":
                self.close = True
            elif option == "keep-alive":
                self.keep = True
            elif option == "upgrade":
                self.upgrade_token = True

    def add_upgrade(self, value: str) -> None:
        """Upgrade: only its presence matters here."""
        self.upgrade_field = True

    def add_expect(self, value: str) -> None:
        """Expect: 100-continue, which HTTP/1.0 may not ask for (RFC 9110 10.1.1)."""
        if value.lower() != "100-continue":
            fail(BAD_EXPECT)
        self.expect_continue = self.minor > 0

    def add_condition(self, value: str) -> None:
        """If-None-Match: its answer may be a 304 (RFC 9110 13.1.2)."""
        self.conditional = True

    def add_content_coding(self, value: str) -> None:
        """Content-Encoding: the content has to be unpacked."""
        self.coded = True

    def check_request(self) -> None:
        """The rules that need the whole head of a request."""
        if self.chunked and self.length is not None:
            fail(CODING_AND_LENGTH)
        if self.host is None and self.minor > 0:
            fail(NO_HOST)

    @property
    def content_length(self) -> int:
        """The body's length in bytes; -1 when not given, or when chunked overrules it."""
        return -1 if self.length is None or self.chunked else int(self.length)

    @property
    def keep_alive(self) -> bool:
        """Whether another message may follow (RFC 9112 9.3)."""
        if self.chunked and self.length is not None:
            return False  # RFC 9112 6.3: possibly smuggled, so the last on this connection
        return not self.close and (self.minor > 0 or self.keep)

    @property
    def upgrade(self) -> bool:
        """Whether the message asks for, or grants, another protocol (RFC 9110 7.8)."""
        return self.upgrade_token and self.upgrade_field and self.minor > 0

    @property
    def is_simple(self) -> bool:
        """Whether a GET with these fields asks for nothing special (see `RequestHead`)."""
        plain = self.minor == 1 and not self.close and not self.conditional
        return plain and self.length is None and not self.chunked and not self.upgrade


Rules = dict[str, Callable[[Framing, str], None]]

_RULES: Rules = {
    "content-length": Framing.add_length,
    "transfer-encoding": Framing.add_coding,
    "connection": Framing.add_connection,
    "upgrade": Framing.add_upgrade,
}

RESPONSE_RULES: Rules = {**_RULES, "content-encoding": Framing.add_content_coding}
"""Lower-case field name to what it means in a response."""

REQUEST_RULES: Rules = {
    **_RULES,
    "host": Framing.add_host,
    "expect": Framing.add_expect,
    "if-none-match": Framing.add_condition,
}
"""Lower-case field name to what it means in a request."""
