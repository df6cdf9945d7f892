"""What peers must not get away with: the corpus of bad input against a real server.

Every case goes through whole, byte by byte, split in two at each position, behind a good
request and before another one. The peer closes its half afterwards, so that a server that
waits for more has to make up its mind.
"""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.wire import Answer, Served, looped, parse_head, serving
from zonda import web

pytestmark = pytest.mark.usefixtures("each_loop")

CORPUS = Path(__file__).parents[1] / "data" / "badinput" / "http1.jsonl"
GOOD = b"GET /good HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
#: Cases whose second request is legitimate.
TWO_REQUESTS = {"chunk-trailer-smuggle"}
#: Longer ones are not split: the machines' own tests split everything.
SPLIT_UP_TO = 300


def expand(raw: str) -> bytes:
    """``{{REP:text:n}}`` stands for n times the text."""

    def repeat(match: re.Match[str]) -> str:
        return match[1].replace("\\r", "\r").replace("\\n", "\n") * int(match[2])

    return re.sub(r"\{\{REP:(.*?):(\d+)\}\}", repeat, raw, flags=re.DOTALL).encode("latin-1")


CASES = [
    {**case, "bytes": expand(case["raw"])}
    for case in map(json.loads, CORPUS.read_text().splitlines())
    if case["side"] == "server"
]
SMALL = [case for case in CASES if len(case["bytes"]) <= SPLIT_UP_TO]


class Echo(web.RequestHandler):
    """Says what arrived, whatever the method."""

    SUPPORTED_METHODS = (*web.RequestHandler.SUPPORTED_METHODS, "CONNECT", "TRACE")

    def get(self) -> None:
        request = self.request
        body = request.body.decode("latin-1")
        self.write({"method": request.method, "path": request.path, "body": body})

    head = post = put = patch = delete = options = connect = trace = get  # type: ignore[assignment]


def named(case: Any) -> str:
    return str(case["id"])


async def exchange(served: Served, *pieces: bytes) -> bytes:
    """Send the pieces one after the other, then no more; all that comes back."""
    peer = await served.connect()
    try:
        for piece in pieces[:-1]:
            await peer.send(piece)
            (connection,) = served.connections or (None,)
            if connection is None:
                await served.until(lambda: served.connections)
            await turn(served)
        await peer.send(pieces[-1])
        peer.say_no_more()
    except ConnectionError:
        pass  # the server has seen enough
    data = await peer.rest()
    await peer.close()
    await served.all_gone()
    return data


async def turn(served: Served) -> None:
    """Let the server read what has been sent."""
    for _ in range(3):
        await asyncio.sleep(0)


def answers(data: bytes) -> list[Answer]:
    """The responses in some bytes; all of ours carry a length."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        answer = parse_head(head)
        size = 0 if answer.status < 200 else int(answer["Content-Length"])
        answer.body, data = data[:size], data[size:]
        found.append(answer)
    return found


def facts(data: bytes, head: bool = False) -> list[tuple[int, bytes]]:
    """What of the responses must not depend on how the request was split."""
    if head:  # its length is that of a body which is not there
        return [(parse_head(data.partition(b"\r\n\r\n")[0]).status, b"")]
    return [(a.status, a.body) for a in answers(data) if a.status >= 200]


def paths(found: list[tuple[int, bytes]]) -> list[str]:
    return [json.loads(body)["path"] for status, body in found if status == 200 and body]


def judge(case: Any, found: list[tuple[int, bytes]]) -> None:
    accepted = set(case["accept"])
    if "wait" in accepted or "200+close" in accepted:
        accepted |= {"close", "200"} if "200+close" in accepted else {"close", "400"}
    verdict = str(found[0][0]) if found else "close"
    assert verdict in accepted, (verdict, case["expect"], case["ref"])
    assert len(found) <= case["max_responses"]
    if case["id"] not in TWO_REQUESTS:
        assert "/smuggled" not in paths(found)


@pytest.mark.parametrize("case", CASES, ids=named)
@looped
async def test_whole(case: Any) -> None:
    async with serving([(".*", Echo)]) as served:
        data = await exchange(served, case["bytes"])
        judge(case, facts(data, case["id"] == "head-body"))


@pytest.mark.parametrize("case", CASES, ids=named)
@looped
async def test_behind_a_good_request(case: Any) -> None:
    async with serving([(".*", Echo)]) as served:
        alone = facts(await exchange(served, case["bytes"]), case["id"] == "head-body")
        data = await exchange(served, GOOD + case["bytes"])
        (first,) = answers(data)[:1]
        assert first.status == 200
        assert json.loads(first.body)["path"] == "/good"
        size = data.index(b"\r\n\r\n") + 4 + len(first.body)
        assert facts(data[size:], case["id"] == "head-body") == alone


@pytest.mark.parametrize("case", CASES, ids=named)
@looped
async def test_what_follows_doubt_is_never_a_request(case: Any) -> None:
    async with serving([(".*", Echo)]) as served:
        if case["id"] == "head-body":
            return  # a good request
        data = await exchange(served, case["bytes"])
        found = answers(data)
        if not found or found[0].status in (200, 405):
            return  # no doubt: the application was asked
        assert found[-1]["Connection"] == "close"
        again = facts(await exchange(served, case["bytes"], SMUGGLED))
        assert [status for status, _ in again] == [answer.status for answer in found]


@pytest.mark.parametrize("case", SMALL, ids=named)
@looped
async def test_split_in_two_anywhere(case: Any) -> None:
    raw, head = case["bytes"], case["id"] == "head-body"
    async with serving([(".*", Echo)]) as served:
        whole = facts(await exchange(served, raw), head)
        for at in range(1, len(raw)):
            assert facts(await exchange(served, raw[:at], raw[at:]), head) == whole, at


@pytest.mark.parametrize("case", SMALL, ids=named)
@looped
async def test_byte_by_byte(case: Any) -> None:
    raw, head = case["bytes"], case["id"] == "head-body"
    async with serving([(".*", Echo)]) as served:
        whole = facts(await exchange(served, raw), head)
        pieces = [raw[at : at + 1] for at in range(len(raw))]
        assert facts(await exchange(served, *pieces), head) == whole
