"""Verdicts beside those of two other parsers, h11 and llhttp (httptools).

They were written by others from the same RFCs, so a difference is a mistake, theirs or ours,
or a choice. Every difference there may be stands in `DIFFERENCES` with its reason.
"""

import re
from typing import Any, NamedTuple

import h11
import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests._kernel.bodies import unchunk
from zonda._kernel import errors
from zonda._kernel.errors import BadHead, Fault


class Verdict(NamedTuple):
    """What a parser makes of some bytes: ``good``, ``wait`` or ``bad``."""

    word: str
    why: str = ""
    content: Any = None


class Difference(NamedTuple):
    """A way in which the verdict of another parser differs from the kernel's.

    ``why`` is a pattern for the reason of the side that says ``bad``; ``where`` is one that
    the bytes must match in addition.
    """

    kinds: str  # request, response, body
    ours: str
    theirs: str
    why: str
    example: bytes
    reason: str
    where: bytes = b""

    def explains(self, kind: str, ours: Verdict, theirs: Verdict, data: bytes) -> bool:
        bad = ours if ours.word == "bad" else theirs
        return (
            kind in self.kinds.split()
            and ours.word in self.ours.split()
            and theirs.word in self.theirs.split()
            and re.fullmatch(self.why, bad.why, re.DOTALL) is not None
            and re.search(self.where, data) is not None
        )


def lenient(kinds: str, fault: Fault, example: bytes, reason: str) -> Difference:
    """Something that the kernel refuses and the other takes, or does not mind so far."""
    return Difference(kinds, "bad", "good wait", re.escape(fault.text), example, reason)


GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG_LENGTH = b"Content-Length: 1000000000000000000\r\n\r\n"
OLD_CHUNKED = b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
ALL = "request response body"
HEADS = "request response"

DIFFERENCES = {
    "h11": [
        Difference(ALL, "bad", "wait", ".*", b"GET / HTTP/2.0\r\n",
                   "h11 judges a head when all of it has come, the kernel line by line"),
        Difference("request", "good wait", "bad", "no request line received", b"\r\n" + GET,
                   "the kernel skips empty lines before a request (RFC 9112 2.2)", rb"\A\r\n"),
        Difference("request", "good", "bad", "illegal request line.*",
                   b"GET /\xff HTTP/1.0\r\n\r\n",
                   "the kernel takes obs-text in a target, for clients that do not encode it",
                   rb"\A[^\r]*[\x80-\xff]"),
        Difference("response", "wait", "bad", "illegal request line", b"\x00",
                   "h11 judges a response's first byte at once, the kernel only a request's"),
        Difference("body", "good wait", "bad", "illegal chunk header.*",
                   CHUNKED + b"0 ; a = b\r\n\r\n",
                   "the kernel takes BWS around ; and = (RFC 9112 7.1.1)", rb"[ \t]*[;=][ \t]*"),
        Difference("body", "good", "bad", ".*(?:Transfer-Encoding|Content-Length).*",
                   CHUNKED + b"0\r\nContent-Length: x\r\n\r\n",
                   "to the kernel trailers never frame anything, so it has no opinion on them"),
        lenient(ALL, errors.BARE_LF, b"GET / HTTP/1.0\n\n",
                "h11 takes a bare LF; between two parsers that is a way to smuggle"),
        lenient(ALL, errors.FOLDED, GET + b"A: b\r\n c\r\n\r\n",
                "h11 unfolds obs-fold; a server must refuse or replace it (RFC 9112 5.2)"),
        lenient("request", errors.BAD_EXPECT, GET + b"Expect: x\r\n\r\n",
                "h11 leaves Expect to its user"),
        lenient("request", errors.NO_HOST, b"GET / HTTP/1.2\r\n\r\n",
                "h11 wants Host in HTTP/1.1 only, not in what is to be read like it"),
        lenient("request", errors.BAD_HOST, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
                "h11 does not look into Host"),
        lenient("request", errors.BAD_TARGET, b"GET a HTTP/1.0\r\n\r\n",
                "h11 does not look into the target"),
        lenient("request", errors.BAD_ASTERISK, b"GET * HTTP/1.0\r\n\r\n",
                "h11 does not look into the target"),
        lenient("request", errors.BAD_AUTHORITY, b"GET http://u@h/ HTTP/1.0\r\n\r\n",
                "h11 does not look into the target"),
        lenient("request", errors.BAD_CONNECT, b"CONNECT / HTTP/1.0\r\n\r\n",
                "h11 does not look into the target"),
        lenient("request", errors.UNKNOWN_VERSION, b"GET / HTTP/2.0\r\n\r\n",
                "h11 takes any HTTP/d.d"),
        lenient("response", errors.BAD_STATUS_LINE, b"HTTP/2.0 200 OK\r\n\r\n",
                "h11 takes any HTTP/d.d, and reason phrases that no space precedes"),
        lenient(HEADS, errors.BAD_LENGTH, GET + LONG_LENGTH,
                "h11 takes 20 digits, the kernel 18 (so that 64 bits hold them)"),
        lenient(HEADS, errors.CODING_IN_10, OLD_CHUNKED,
                "RFC 9112 6.1: the framing of such a message is faulty"),
        lenient("request", errors.CODING_AND_LENGTH,
                GET + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                "RFC 9112 6.3: may be refused, ought to be handled as an error"),
        lenient("body", errors.BAD_CHUNK_SIZE, CHUNKED + b"00000000000000000\r\n\r\n",
                "h11 takes 20 digits, the kernel 16 (so that 64 bits hold them)"),
        lenient("body", errors.BAD_CHUNK_EXTENSION, CHUNKED + b"0;\x01\r\n\r\n",
                "h11 takes any bytes as extension"),
        lenient("body", errors.BARE_CR, CHUNKED + b"0;\r\r\n\r\n",
                "h11 takes any bytes as extension"),
    ],
    "llhttp": [
        Difference(ALL, "wait", "bad", ".*", b"BOGUS",
                   "llhttp judges byte by byte, the kernel when the line has ended"),
        Difference("request", "good", "bad", "Invalid HTTP version",
                   b"GET / HTTP/1.2\r\nHost: x\r\n\r\n",
                   "a higher minor version is to be read like 1.1 (RFC 9110 2.5)"),
        Difference("response", "good", "bad", "Invalid HTTP version", b"HTTP/1.2 200 OK\r\n\r\n",
                   "a higher minor version is to be read like 1.1 (RFC 9110 2.5)"),
        Difference("request", "good", "bad", "(?:Invalid|Expected space after) method.*",
                   b"BREW / HTTP/1.0\r\n\r\n",
                   "llhttp knows a list of methods; any token is one (RFC 9110 9.1)"),
        Difference("request", "good", "bad", "Invalid char in url.*|Unexpected .* in url.*",
                   b"GET /\xff HTTP/1.0\r\n\r\n",
                   "the kernel takes obs-text in a target, for clients that do not encode it"),
        Difference(HEADS, "good", "bad", "Invalid character in Content-Length",
                   GET + b"Content-Length: 5, 5\r\n\r\n",
                   "a list of equal lengths may be taken as one (RFC 9112 6.3)"),
        Difference(HEADS, "good", "bad", "Duplicate Content-Length",
                   GET + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
                   "repeated equal lengths may be taken as one (RFC 9112 6.3)"),
        Difference("response", "good", "bad", ".*Content-Length.*Transfer-Encoding.*|"
                   ".*Transfer-Encoding.*Content-Length.*",
                   OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                   "the kernel lets chunked win and ends the connection (RFC 9112 6.3)"),
        Difference("body", "good", "bad", "Invalid character in chunk (?:size|extension.*)",
                   CHUNKED + b"0 ; a = b\r\n\r\n",
                   "the kernel takes BWS around ; and = (RFC 9112 7.1.1)", rb"[ \t]*[;=][ \t]*"),
        Difference("body", "good", "bad", ".*(?:Transfer-Encoding|Content-Length).*",
                   CHUNKED + b"0\r\nContent-Length: x\r\n\r\n",
                   "to the kernel trailers never frame anything, so it has no opinion on them"),
        lenient("request", errors.NO_HOST, b"GET / HTTP/1.1\r\n\r\n",
                "llhttp leaves Host to its user"),
        lenient("request", errors.MANY_HOSTS, GET + b"Host: x\r\n\r\n",
                "llhttp leaves Host to its user"),
        lenient("request", errors.BAD_HOST, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
                "llhttp leaves Host to its user"),
        lenient("request", errors.BAD_EXPECT, GET + b"Expect: x\r\n\r\n",
                "llhttp leaves Expect to its user"),
        lenient("request", errors.BAD_ASTERISK, b"M-SEARCH * HTTP/1.0\r\n\r\n",
                "llhttp takes * with any method; UPnP is not served here"),
        lenient("request", errors.BAD_AUTHORITY, b"GET http://u@h/ HTTP/1.0\r\n\r\n",
                "userinfo in a target is to be treated as an error (RFC 9110 4.2.4)"),
        lenient("request", errors.BAD_CONNECT, b"CONNECT / HTTP/1.0\r\n\r\n",
                "llhttp does not look at a port"),
        lenient("request", errors.UNKNOWN_VERSION, b"GET / HTTP/2.0\r\n\r\n",
                "llhttp takes 0.9 and 2.0"),
        lenient("request", errors.BAD_REQUEST_LINE, b"GET /\r\n\r\n",
                "llhttp takes a request line of HTTP/0.9"),
        lenient("response", errors.BAD_STATUS_LINE, b"\r\n" + OK + b"\r\n",
                "llhttp skips empty lines before a response, knows RTSP and HTTP/2.0"),
        lenient(HEADS, errors.BARE_LF, b"\nGET / HTTP/1.0\r\n\r\n",
                "llhttp skips any CR and LF before a start line"),
        lenient(HEADS, errors.BARE_CR, b"\r\rGET / HTTP/1.0\r\n\r\n",
                "llhttp skips any CR and LF before a start line"),
        lenient(HEADS, errors.BAD_LENGTH, GET + LONG_LENGTH,
                "llhttp takes what 64 bits hold, the kernel 18 digits"),
        lenient(HEADS, errors.CODING_IN_10, OLD_CHUNKED,
                "RFC 9112 6.1: the framing of such a message is faulty"),
        lenient(HEADS, errors.BAD_CODING, OK + b"Transfer-Encoding: a b\r\n\r\n",
                "llhttp looks only for chunked at the end"),
        lenient(HEADS, errors.UNKNOWN_CODING, OK + b"Transfer-Encoding: gzip\r\n\r\n",
                "llhttp leaves other codings to its user"),
        lenient(HEADS, errors.CHUNKED_NOT_LAST, OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n",
                "llhttp leaves other codings to its user"),
        lenient(HEADS, errors.CHUNKED_PARAMETER, OK + b"Transfer-Encoding: chunked;a=b\r\n\r\n",
                "llhttp leaves other codings to its user"),
        lenient("body", errors.BAD_CHUNK_SIZE, CHUNKED + b"00000000000000000\r\n\r\n",
                "llhttp takes any number of zeros, the kernel 16 digits"),
    ],
}  # fmt: skip


class Callbacks:
    """Collects what llhttp reports."""

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.url = b""
        self.body = b""
        self.head_done = False
        self.done = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_done:
            self.fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.head_done = True

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.done = True


def ask_llhttp(kind: str, data: bytes) -> Verdict:
    seen = Callbacks()
    make = httptools.HttpResponseParser if kind == "response" else httptools.HttpRequestParser
    parser = make(seen)
    why = ""
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        why = str(error)
    if kind == "body":
        finished = seen.done
        content: Any = seen.body
    else:
        finished = seen.head_done
        start = seen.url if kind == "request" else parser.get_status_code() if finished else 0
        content = (start, seen.fields)
    if finished:
        return Verdict("good", content=content)
    return Verdict("bad", why) if why else Verdict("wait")


def ask_h11(kind: str, data: bytes) -> Verdict:
    connection = h11.Connection(h11.CLIENT if kind == "response" else h11.SERVER, 2**20)
    if kind == "response":
        connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
        connection.send(h11.EndOfMessage())
    if not data:
        return Verdict("wait")  # for h11 no bytes are the end of the stream
    connection.receive_data(data)
    body = b""
    try:
        head = connection.next_event()
        while kind == "body":
            event = connection.next_event()
            if isinstance(event, h11.EndOfMessage):
                return Verdict("good", content=body)
            if event is h11.NEED_DATA:
                return Verdict("wait")
            body += event.data
    except h11.RemoteProtocolError as error:
        return Verdict("bad", str(error))
    if head is h11.NEED_DATA:
        return Verdict("wait")
    start = head.target if kind == "request" else head.status_code
    return Verdict("good", content=(start, list(head.headers)))


ORACLES = {"h11": ask_h11, "llhttp": ask_llhttp}


def ask_kernel(kernel: Any, kind: str, data: bytes) -> Verdict:
    try:
        if kind == "body":
            decoder = kernel.ChunkDecoder()
            body, _ = unchunk(decoder, data, len(CHUNKED))
            return Verdict("good", content=body) if decoder.done else Verdict("wait")
        parse = kernel.parse_request_head if kind == "request" else kernel.parse_response_head
        head = parse(data, 0, 2**20, 1000)
    except BadHead as error:
        return Verdict("bad", str(error))
    if head is None:
        return Verdict("wait")
    start = head.target.encode("latin-1") if kind == "request" else head.status
    fields = [(n.lower().encode(), v.encode("latin-1")) for n, v in head.items()]
    return Verdict("good", content=(start, fields))


def comparable(content: Any) -> Any:
    """Without Content-Length, which h11 joins, and spaces that llhttp leaves behind values."""
    if isinstance(content, bytes):
        return content
    start, fields = content
    return start, [(n, v.rstrip(b" \t")) for n, v in fields if n != b"content-length"]


@st.composite
def messages(draw: st.DrawFn, kind: str) -> bytes:
    """A message of the kind, mostly well-formed, with a few bytes changed."""
    name = st.sampled_from(
        [b"Host", b"Content-Length", b"Transfer-Encoding", b"Expect", b"A-b", b"C"]
    )
    value = st.sampled_from([
        b"x", b"", b"5", b"5, 5", b"chunked", b"gzip", b"100-continue", b"[::1]:1", b"a b", b"\xe9",
    ])  # fmt: skip
    fields = draw(st.lists(st.tuples(name, value), max_size=4))
    block = b"".join(b"%b: %b\r\n" % field for field in fields)
    if kind == "body":
        data = b""
        for part in draw(st.lists(st.binary(min_size=1, max_size=20), max_size=4)):
            extension = draw(st.sampled_from([b"", b"", b";a", b";a=b", b' ; a = "b"', b";"]))
            data += b"%x%b\r\n%b\r\n" % (len(part), extension, part)
        data += b"0\r\n" + block + b"\r\n"
    elif kind == "request":
        method = draw(st.sampled_from([b"GET", b"POST", b"OPTIONS", b"CONNECT", b"BREW"]))
        targets = [b"/", b"/a?b", b"*", b"http://h/", b"h:1", b"a", b"/\xff"]
        version = draw(st.sampled_from([b"1.1", b"1.1", b"1.0", b"1.2", b"2.0"]))
        line = b"%b %b HTTP/%b\r\n" % (method, draw(st.sampled_from(targets)), version)
        data = line + draw(st.sampled_from([b"Host: x\r\n", b""])) + block + b"\r\n"
    else:
        lines = [b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"HTTP/1.2 999 \xe9", b"HTTP/1.1 20 OK"]
        data = draw(st.sampled_from(lines)) + b"\r\n" + block + b"\r\n"
    changed = bytearray(data)
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        at = draw(st.integers(0, len(changed)))
        new = draw(
            st.sampled_from([b"", b"\r", b"\n", b":", b" ", b"\t", b"\x00", b",", b"0", b"x"])
        )
        changed[at : at + draw(st.integers(0, 2))] = new
    return (CHUNKED if kind == "body" else b"") + bytes(changed)


def example_ids() -> list[Any]:
    return [
        pytest.param(other, row, id=f"{other}-{row.reason}")
        for other, rows in DIFFERENCES.items()
        for row in rows
    ]


class TestOtherParsers:
    @pytest.mark.parametrize("other", ORACLES)
    @pytest.mark.parametrize("kind", ALL.split())
    def test_verdicts_are_the_same_or_the_difference_is_listed(
        self, kernel: Any, other: str, kind: str
    ) -> None:
        # The same examples on every run: a new difference should come from a change here.
        @settings(max_examples=300, derandomize=True, database=None)
        @given(messages(kind))
        def compare(data: bytes) -> None:
            ours, theirs = ask_kernel(kernel, kind, data), ORACLES[other](kind, data)
            if ours.word != theirs.word:
                rows = DIFFERENCES[other]
                assert any(row.explains(kind, ours, theirs, data) for row in rows), (ours, theirs)
            elif ours.word == "good":
                assert comparable(ours.content) == comparable(theirs.content)

        compare()

    @pytest.mark.parametrize(("other", "row"), example_ids())
    def test_every_listed_difference_exists(self, kernel: Any, other: str, row: Difference) -> None:
        verdicts = [
            (kind, ask_kernel(kernel, kind, row.example), ORACLES[other](kind, row.example))
            for kind in row.kinds.split()
            if kind != "body" or row.example.startswith(CHUNKED)
        ]
        assert any(
            ours.word != theirs.word and row.explains(kind, ours, theirs, row.example)
            for kind, ours, theirs in verdicts
        ), verdicts


def test_every_fault_has_a_status_and_words_of_its_own() -> None:
    faults = [value for value in vars(errors).values() if isinstance(value, Fault)]
    assert len({fault.text for fault in faults}) == len(faults)
    assert {fault.status for fault in faults} == {400, 414, 417, 431, 501, 505}
