"""The head of a response, put together from what a ``header_callback`` is given."""

from __future__ import annotations

from collections.abc import Callable

from zonda.httputil import HTTPHeaders

__all__ = ["HeadLines"]


class HeadLines:
    """Collects header lines until the head of a final response is complete.

    ``header_callback`` is the one way in which every client, a third party's included, tells
    of a head before the body is there. Interim responses (1xx) and the lines of trailers,
    which libcurl hands on as well, are passed over.

    Args:
        complete: called when a head is complete. A client that answers a challenge by
            itself may have another one follow.
    """

    def __init__(self, complete: Callable[[], None]) -> None:
        self._complete = complete
        self._reading = False
        #: Everything of this head as it came, the status line and the empty line included.
        self.lines: list[str] = []
        self.code = 0
        self.reason = ""
        #: Such as ``"HTTP/1.1"``.
        self.version = ""
        self.headers = HTTPHeaders()

    def feed(self, line: str) -> None:
        """One line, CRLF included. Raises HTTPInputError for what is no header field."""
        text = line.rstrip("\r\n")
        if text.startswith("HTTP/"):
            version, _, rest = text.partition(" ")
            code, _, self.reason = rest.partition(" ")
            self.code = int(code)
            self.version = version
            self.headers = HTTPHeaders()
            self.lines = [line]
            self._reading = True
        elif not self._reading:
            return  # a trailer
        elif text:
            self.lines.append(line)
            self.headers.parse_line(text)
        else:
            self.lines.append(line)
            self._reading = False
            if self.code >= 200:
                self._complete()
