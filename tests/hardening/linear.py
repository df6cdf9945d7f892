"""Inputs of any size for every parser, each of a kind that has been quadratic somewhere.

Run as a program under valgrind it counts the instructions that each takes, at one size and at
twice the size: ``python -m tests.hardening.linear LIBRARY``.
"""

from __future__ import annotations

import ctypes
import datetime
import gc
import gzip
import sys
import zlib
from collections.abc import Callable
from typing import Any

from zonda import escape
from zonda._kernel import ChunkDecoder, FrameParser, parse_request_head, parse_response_head
from zonda.httputil import HTTPHeaders, HTTPInputError, parse_cookie, url_concat
from zonda.httputil.ranges import _parse_request_range
from zonda.options import Error, OptionParser
from zonda.protocol.codings import decoder_of
from zonda.protocol.errors import RemoteProtocolError
from zonda.protocol.http1 import END, NEED_DATA, HTTP1Client, HTTP1Server
from zonda.protocol.limits import Limits
from zonda.protocol.multipart import MultipartParser
from zonda.protocol.parameters import parse_parameters
from zonda.protocol.websocket.deflate import Deflate
from zonda.protocol.websocket.extensions import DeflateParameters, parse_extensions
from zonda.protocol.websocket.machine import WebSocket
from zonda.template import ParseError, Template
from zonda.web.signed import decode_signed_value
from zonda.web.static.conditions import parse_date, precondition_fails
from zonda.web.transforms import accepted_coding

__all__ = ["SIZE", "WORK", "main"]

#: Bytes of the smaller input, about.
SIZE = 3000

Work = Callable[[], Any]
LARGE = 10**9
LIMITS = Limits(
    max_header_size=LARGE,
    max_header_fields=LARGE,
    max_chunk_line=LARGE,
    max_trailer_size=LARGE,
    max_trailer_fields=LARGE,
)
#: For each parser what it is fed with: units that are repeated until the size is reached.
UNITS: dict[str, tuple[Callable[[bytes], Any], bytes, dict[str, bytes], bytes]] = {}


def parser(
    name: str, begin: bytes = b"", end: bytes = b"", /, **units: bytes
) -> Callable[[Callable[[bytes], Any]], Callable[[bytes], Any]]:
    """Register what reads ``begin``, a unit again and again, and ``end``."""

    def register(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        UNITS[name] = read, begin, units, end
        return read

    return register


def latin(read: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """For parsers of text."""
    return lambda data: read(data.decode("latin-1"))


def single(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


@parser(
    "request head",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
    b"\r\n\r\n",
    fields=b"y\r\nX: ",
    blanks=b" ",
    tabs=b"\t",
    latin=b"\xff",
    commas=b",",
)
def request_head(data: bytes) -> None:
    head = parse_request_head(data, 0, LARGE, LARGE)
    assert head is not None
    HTTPHeaders.from_pairs(head.items())["X"]


@parser("target", b"GET /", b" HTTP/1.1\r\nHost: x\r\n\r\n", slash=b"/", percent=b"%25", mark=b"?")
def target(data: bytes) -> None:
    parse_request_head(data, 0, LARGE, LARGE)


@parser("coding", b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ", b"\r\n\r\n", a=b"chunked,")
def coding(data: bytes) -> None:
    parse_request_head(data, 0, LARGE, LARGE)


@parser("response head", b"HTTP/1.1 200 OK\r\nX: ", b"\r\n\r\n", fields=b"y\r\nX: ", blanks=b" ")
def response_head(data: bytes) -> None:
    parse_response_head(data, 0, LARGE, LARGE)


@parser(
    "chunks",
    b"",
    b"0\r\n\r\n",
    tiny=b"1\r\na\r\n",
    extension=b"1;a=b;c\r\na\r\n",
    zeros=b"0000001\r\na\r\n",
)
def chunks(data: bytes) -> None:
    decoder = ChunkDecoder(LARGE, LARGE, LARGE)
    position = 0
    while not decoder.done:
        decoder.feed(data, position)
        position = decoder.position


@parser("chunk line", b"1;", b"\r\na\r\n0\r\n\r\n", semicolon=b";a", letters=b"a", blanks=b"; ")
def chunk_line(data: bytes) -> None:
    ChunkDecoder(LARGE, LARGE, LARGE).feed(data)


@parser("trailers", b"0\r\n", b"\r\n", fields=b"X: y\r\n")
def trailers(data: bytes) -> None:
    ChunkDecoder(LARGE, LARGE, LARGE).feed(data)


@parser("chunks by bytes", b"", b"0\r\n\r\n", tiny=b"1\r\na\r\n", large=b"8\r\n01234567\r\n")
def chunks_by_bytes(data: bytes) -> None:
    decoder = ChunkDecoder(LARGE, LARGE, LARGE)
    for byte in single(data):
        decoder.feed(byte)
    assert decoder.done


@parser("requests", b"", b"", get=b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
def requests(data: bytes) -> None:
    machine = HTTP1Server(LIMITS)
    machine.receive(data)
    while (head := machine.next_head()) is not None:
        machine.respond(200, None, b"", (), head.method.encode())


@parser("body by bytes", b"HTTP/1.1 200 OK\r\n\r\n", b"", a=b"a")
def body_by_bytes(data: bytes) -> None:
    machine = HTTP1Client(LIMITS)
    machine.send_request("GET", b"GET / HTTP/1.1\r\n", b"", (), -1, None)
    machine.receive(data[:19])
    machine.next_head()
    for byte in single(data[19:]):
        machine.receive(byte)
        while machine.next_data() not in (NEED_DATA, END):
            pass


@parser(
    "multipart",
    b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
    b"\r\n--XX--",
    cr=b"\r",
    crlf=b"\r\n",
    near=b"\r\n--X",
    nearer=b"\r\n--XXy",
    dashes=b"-",
    parts=b'\r\n--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
)
def multipart(data: bytes) -> None:
    reader = MultipartParser(b"XX", max_parts=LARGE, max_part_header_size=LARGE)
    reader.feed(data)
    reader.finish()


@parser("multipart by bytes", b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n', b"",
        cr=b"\r", near=b"\r\n--X", plain=b"a")  # fmt: skip
def multipart_by_bytes(data: bytes) -> None:
    reader = MultipartParser(b"XX")
    for byte in single(data):
        reader.feed(byte)


@parser("preamble", b"", b"--XX--", crlf=b"\r\n")
def preamble(data: bytes) -> None:
    MultipartParser(b"XX").feed(data)


parser("cookies", semicolon=b";", pairs=b"a=b; ", equals=b"=", same=b"a=b;")(latin(parse_cookie))
parser("quoted cookie", b'a="', b'"', backslash=b"\\", octal=b"\\073", quote=b'\\"')(
    latin(parse_cookie)
)
parser("urlencoded", b"a=", b"", percent=b"%25", bad=b"%", field=b"&a=1", plus=b"+", amp=b"&")(
    lambda data: escape.parse_qs_bytes(data, keep_blank_values=True)
)
parser("header lines", b"A: b\r\n", b"", same=b"A: b\r\n", folded=b" c\r\n")(
    latin(HTTPHeaders.parse)
)
parser("dates", b"Sun, 06 Nov 1994 ", b"", word=b"a ", digits=b"1", dash=b"-", colon=b"1:",
       comma=b",", plus=b"+", bracket=b"(")(latin(parse_date))  # fmt: skip
parser("ranges", b"bytes=", b"", blank=b" ", digits=b"1", list=b"1-2,", dash=b"-")(
    latin(_parse_request_range)
)
parser("parameters", b"a; b=", b"", semicolon=b";", quote=b'"', backslash=b"\\", pairs=b"c; d=",
       open=b'"\\', star=b"x;c*1=", escaped=b'\\"')(latin(parse_parameters))  # fmt: skip
parser("long parameters", b"a", b"", parts=b"; b*0=c; b*1=d", names=b"; x*=utf-8''%41")(
    latin(parse_parameters)
)
parser("signed value", b"2|1:0|", b"", digits=b"1", pipes=b"|", colons=b"1:", plain=b"a")(
    lambda data: decode_signed_value("secret", "name", data)
)
parser("entity tags", b"", b"", open=b'"', tags=b'"a",', weak=b"W/", star=b"*")(
    latin(lambda text: precondition_fails({"If-Match": text}.get, '"b"', None))
)
parser("accepted codings", b"gzip", b"", list=b",gzip;q=0.1", blanks=b" ", semicolon=b";")(
    latin(lambda text: accepted_coding(text, ("br", "gzip")))
)
parser("links", b"see ", b"", www=b"www.", paren=b"www.a(", amp=b"&amp;", scheme=b"http://",
       dashes=b"-", words=b"a:")(latin(escape.linkify))  # fmt: skip
parser("entities", b"", b"", amp=b"&", number=b"&#1", name=b"&amp", long=b"a")(
    latin(escape.xhtml_unescape)
)
parser("squeeze", b"a", b"b", blanks=b" ", lines=b" \n")(latin(escape.squeeze))
parser("url", b"http://a/?b=c", b"", pairs=b"&d=e", percent=b"%zz")(
    latin(lambda text: url_concat(text, {"f": "g"}))
)
parser("template", b"", b"", text=b"a ", brace=b"{", expression=b"{{ a }}", comment=b"{# a #}",
       block=b"{% if a %}{% end %}", escaped=b"{{!")(latin(Template))  # fmt: skip


@parser("extensions", b"a", b"", list=b", a", parameters=b"; b=c", blanks=b" ", quoted=b'; b="c"')
def extensions(data: bytes) -> None:
    parse_extensions(data.decode())


@parser("option", b"--span=", b"", parts=b"1h ", digits=b"1", sign=b"+")
def option(data: bytes) -> None:
    options = OptionParser()
    options.define("span", type=datetime.timedelta)
    options.parse_command_line(["program", data.decode()])


MASK = b"\x80\0\0\0\0"
parser("frames", b"\x01" + MASK, b"\x80" + MASK, empty=b"\0" + MASK, ping=b"\x89" + MASK,
       text=b"\0\x81\0\0\0\0a")(lambda data: FrameParser(True, LARGE, -1).feed(data))  # fmt: skip


@parser("frame by bytes", b"\x82\xff" + (10**8).to_bytes(8, "big") + bytes(4), b"", a=b"a")
def frame_by_bytes(data: bytes) -> None:
    frames = FrameParser(True, LARGE, -1)
    for byte in single(data):
        frames.feed(byte)


DEFLATED = b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\x00"


@parser("deflated frames", b"", b"", hello=DEFLATED)
def deflated_frames(data: bytes) -> None:
    WebSocket(True, LARGE, Deflate(DeflateParameters(), True)).receive(data)


@parser("gzip", b"", b"", members=gzip.compress(b"a"), blocks=b"")
def members(data: bytes) -> None:
    if not data:
        return
    decoder = decoder_of("gzip")
    assert decoder is not None
    decoder.feed(data)
    while decoder.read(LARGE):
        pass


def work(name: str, unit: str, size: int) -> Work:
    """Reading an input of about this size."""
    read, begin, units, end = UNITS[name]
    if not units[unit]:  # one member: what it holds grows
        data = gzip.compress(zlib.compress(b"", 0) + bytes(size * 100))
    else:
        data = begin + units[unit] * (size // len(units[unit]) + 1) + end

    def run() -> None:
        try:
            read(data)
        except (HTTPInputError, Error, ParseError, RemoteProtocolError, ValueError):
            pass  # to be refused is as good an end as any

    return run


#: Each kind of input by name.
WORK = [(name, unit) for name, (_, _, units, _) in UNITS.items() for unit in units]


def main(library: str) -> None:
    """Count, and have one profile written for each input and size."""
    counters = ctypes.PyDLL(library)
    jobs = []
    for number, (name, unit) in enumerate(WORK):
        for times in (1, 2):
            run = work(name, unit, SIZE * times)
            run()  # what is imported or cached at the first time does not count
            jobs.append((run, f"{number}x{times}".encode()))
    gc.collect()
    gc.freeze()
    counters.instructions_start()  # once: it costs seconds
    for run, mark in jobs:
        counters.instructions_mark(b"between")
        run()
        counters.instructions_mark(mark)


if __name__ == "__main__":
    main(sys.argv[1])
