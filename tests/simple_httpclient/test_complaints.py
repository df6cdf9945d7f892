"""What servers must not get away with: the client cases of tests/data/badinput."""

import asyncio
import gzip
import json
import re
from pathlib import Path

import pytest

from zonda.httpclient import HTTPClientError
from zonda.iostream import UnsatisfiableReadError
from zonda.protocol.errors import BodyTooLarge, RemoteProtocolError
from zonda.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError
from zonda.simple_httpclient.complaints import complain

DATA = Path(__file__).resolve().parents[1] / "data" / "badinput" / "http1.jsonl"
CASES = [
    case
    for case in map(json.loads, DATA.read_text(encoding="utf-8").splitlines())
    if case["side"] == "client"
]


def packed(data):
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (
        len(data),
        data,
    )


MADE = {
    "@@GZIPBOMB@@": lambda: packed(gzip.compress(bytes(150 * 2**20))),
    "@@GZIPTRUNC@@": lambda: packed(gzip.compress(b"hello" * 1000)[:-10]),
    "@@GZIPTRAIL@@": lambda: packed(gzip.compress(b"hello") + b"GARBAGE"),
    "@@GZIPMULTI@@": lambda: packed(gzip.compress(b"hello") * 2),
}


def raw(case):
    text = case["raw"]
    if text in MADE:
        return MADE[text]()
    return re.sub(
        r"\{\{REP:(.*?):(\d+)\}\}",
        lambda match: match[1].replace("\\r", "\r").replace("\\n", "\n") * int(match[2]),
        text,
        flags=re.DOTALL,
    ).encode("latin-1")


def test_there_are_cases():
    assert len(CASES) >= 18


@pytest.mark.usefixtures("each_loop")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
async def test_bad_input(wire, client_of, case):
    async def play(asked, peer):
        await peer.send(raw(case))
        return None if case.get("eof") else b""

    async with wire.Origin(play) as origin:
        client = client_of()
        try:
            response = await client.fetch(origin.url + "/g", request_timeout=5)
            got = "ok:" + response.body[:40].decode("latin-1")
            assert "Set-Cookie" not in response.headers
        except (HTTPClientError, UnsatisfiableReadError) as error:
            got = "timeout" if isinstance(error, HTTPTimeoutError) else "error"
            if error.__class__ is not HTTPClientError and "GZIP" not in case["raw"]:
                assert len(client.pool) == 0
        assert got in case["accept"] or "any" in case["accept"]
        if case.get("follow"):
            assert (await client.fetch(origin.url)).body != b"evil"
        assert all(asked.target.isprintable() and " " not in asked.target for asked in origin.asked)


@pytest.mark.usefixtures("each_loop")
async def test_a_body_that_only_drips(wire, client_of):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not peer.writer.is_closing():
            await peer.send(b"x")
            await asyncio.sleep(0.01)

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPTimeoutError):
            await client_of().fetch(origin.url, request_timeout=0.1)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (RemoteProtocolError(502, "odd"), HTTPStreamClosedError, "Connection closed: odd"),
        (BodyTooLarge(9), HTTPStreamClosedError, "Connection closed: Body too long"),
        (
            RemoteProtocolError(400, "field line begins with whitespace"),
            HTTPStreamClosedError,
            "folding not supported",
        ),
        (
            RemoteProtocolError(431, "head is larger than the limit"),
            UnsatisfiableReadError,
            "a.example is over max_header_size, 77 bytes",
        ),
    ],
)
def test_words(caplog, error, kind, words):
    caplog.set_level("INFO")
    told = complain(error, None, 77, "a.example")
    assert type(told) is kind
    assert words in str(told)
    assert "a.example" in caplog.text
    assert caplog.records[0].name == "tornado.general"


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
async def test_a_connection_that_ends_early_is_an_error_and_no_line_in_the_log(
    wire, client_of, caplog, answer
):
    caplog.set_level("INFO", "tornado.general")

    async def play(asked, peer):
        await peer.send(answer)

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPStreamClosedError, match="Connection closed: the connection ended"):
            await client_of().fetch(origin.url)
    assert not [record for record in caplog.records if record.name == "tornado.general"]
