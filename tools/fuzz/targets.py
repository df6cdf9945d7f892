"""All targets by name, and what each may begin with."""

import json
import zlib
from collections.abc import Callable
from pathlib import Path

from tools.fuzz import machines, texts, twins

__all__ = ["TARGETS", "seeds"]

Target = Callable[[bytes], None]

TARGETS: dict[str, Target] = {
    "request_head": twins.request_head,
    "response_head": twins.response_head,
    "chunks": twins.chunks,
    "frames": twins.frames,
    "mask": twins.mask,
    **{name: getattr(machines, name) for name in machines.__all__},
    **{name: getattr(texts, name) for name in texts.__all__},
}

_BADINPUT = Path(__file__).resolve().parents[2] / "tests" / "data" / "badinput" / "http1.jsonl"
_FORM = (
    b"--XX\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''%e2%82%ac\r\n"
    b"Content-Type: text/plain\r\n\r\n1\r\n--XX\r\n"
    b'Content-Disposition: form-data; name="b"\r\n\r\n\r\n--XX--\r\n'
)
_CHUNKS = b"5;a=b\r\nhello\r\n0a\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
_DEFLATED = zlib.compressobj(wbits=-15)
_FRAMES = (
    b"\x81\x85\x01\x02\x03\x04igolk\x09\x80\0\0\0\0\x01\x81abcd\x02\x80\x81efgh\x03"
    b"\x88\x82\0\0\0\0\x03\xe8"
)
_UNMASKED = b"\x81\x05hello\x89\x01x\x01\x02ab\x80\x01c\x82\x7e\0\x7e" + b"z" * 126 + b"\x88\x00"

_SEEDS: dict[str, list[bytes]] = {
    "chunks": [_CHUNKS, b"0\r\n\r\nrest"],
    "frames": [_FRAMES, _UNMASKED],
    "websocket": [
        _FRAMES,
        _UNMASKED,
        b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00",
        b"\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\x00",
    ],
    "multipart": [_FORM, b"--XX--", b"preamble\r\n" + _FORM + b"epilogue"],
    "cookies": [b'a=b; c="d\\073e"; f', b"a=1; a=2;;=x; $Version=1"],
    "set_cookies": [
        b"a=b; Path=/; Domain=.a.example; Expires=Sun, 06 Nov 2094 08:49:37 GMT; Max-Age=-1",
        b"__Host-a=b; Secure; Path=/; HttpOnly; SameSite=Lax",
    ],
    "headers": [b"A: b\r\nC:d\r\n", b"Set-Cookie: a\nSet-Cookie: b\n continued"],
    "urlencoded": [b"a=1&b=%20+%zz&c&=d&a=2"],
    "dates": [b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT"],
    "ranges": [b"bytes=0-5", b"bytes=-5", b"bytes = 5 -", b"bytes=1-2,3-4"],
    "parameters": [b'form-data; name="a;\\"b"; filename*0*=utf-8\'\'%41; filename*1="c"'],
    "extensions": [b'permessage-deflate; client_max_window_bits="10", x; y=z'],
    "codings": [
        b"\0" + zlib.compress(b"hello" * 90, wbits=31) * 2,
        b"\1" + zlib.compress(b"hello"),
        b"\1" + _DEFLATED.compress(b"hello") + _DEFLATED.flush(),
        b"\4" + zlib.compress(zlib.compress(b"hello", wbits=31)),
    ],
    "signed": [b"2|1:0|10:1300000000|3:key|8:dmFsdWU=|" + b"0" * 64, b"dmFsdWU=|1300000000|abc"],
    "links": [b"see http://a.com/(x)?b=c&d <www.x.y>'\"", b"&#x27;&amp;&#9999999999;&nbsp;"],
    "templates": [
        b"{% set a = 1 %}{% for b in [1] %}{{ b }}{% end %}{# c #}{% raw x %}",
        b"{% block a %}{% if x %}y{% elif z %}{% else %}{% end %}{% end %}{%! {{!",
        b"{% apply f %}{% try %}{% except E %}{% finally %}{% end %}{% end %}"
        b"{% while 1 %}{% break %}{% continue %}{% end %}{% import a %}{% from a import b %}"
        b"{% module M(1) %}{% autoescape None %}{% whitespace oneline %}{% comment c %}",
    ],
    "options": [b"1", b"1.5h 30min", b"2026-11-21 04:05", b"true,false", b"1e400", b"99999999999d"],
}


def seeds(name: str) -> list[bytes]:
    """Inputs from which the fuzzer of a target begins."""
    if name in {"request_head", "server"}:
        return [
            *_corpus("server"),
            b"POST /a?b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + _CHUNKS,
            b"GET http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" * 2,
        ]
    if name in {"response_head", "client"}:
        return [
            *_corpus("client"),
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabGET",
            b"HTTP/1.0 200\r\nTransfer-Encoding: chunked\r\n\r\n" + _CHUNKS,
        ]
    return _SEEDS.get(name, [b"", b"abcdefgh"])


def _corpus(side: str) -> list[bytes]:
    """The cases of bad input that are written out in their file."""
    cases = map(json.loads, _BADINPUT.read_text().splitlines())
    raws = (case["raw"] for case in cases if case["side"] == side)
    return [raw.encode("latin-1") for raw in raws if "{{REP" not in raw and "@@" not in raw]
