"""What WebSocket peers must not get away with: the corpus of bad input against a real server."""

import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_badinput import expand
from tests.websocket.peers import FramePeer, application, upgraded
from tests.wire import looped
from zonda.protocol.websocket import BINARY, CLOSE, PONG, TEXT, WebSocket
from zonda.websocket import WebSocketHandler

pytestmark = pytest.mark.usefixtures("each_loop")

CORPUS = Path(__file__).parents[1] / "data" / "badinput" / "websocket.jsonl"
CASES = [
    case for case in map(json.loads, CORPUS.read_text().splitlines()) if case["side"] == "server"
]
FRAMES = [case for case in CASES if case["kind"] == "websocket"]
HANDSHAKES = [case for case in CASES if case["kind"] == "ws-handshake"]


class Echo(WebSocketHandler):
    def get_compression_options(self) -> dict[str, Any]:
        return {}

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, isinstance(message, bytes))


def bomb() -> bytes:
    """A frame of 300 KB that is 300 MB of zeros."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(1 << 20)
    data = b"".join(deflater.compress(zeros) for _ in range(300))
    data += deflater.flush(zlib.Z_SYNC_FLUSH)
    return WebSocket(False, 0).frame(0xC1, data[:-4])


async def verdict(peer: FramePeer) -> str:
    """What the server made of it, in the corpus's words."""
    seen = "drop"
    while (event := await peer.event()) is not None:
        kind, payload = event
        if kind == CLOSE:
            return str(payload.code) if seen == "drop" else seen
        if kind in (TEXT, BINARY):
            seen = "echo:" + (payload if isinstance(payload, str) else payload.decode("latin-1"))
        elif kind == PONG and seen == "drop":
            seen = "pong"
    return seen


@pytest.mark.parametrize("case", FRAMES, ids=lambda case: str(case["id"]))
@looped
async def test_frames(case: dict[str, Any]) -> None:
    data = bomb() if case["id"] == "ws-deflate-bomb" else expand(case["raw"])
    async with application(Echo) as served:
        fields = ["Sec-WebSocket-Extensions: permessage-deflate"] if case.get("ext") else []
        peer = await upgraded(served, "/ws", *fields)
        try:
            await peer.send(data)
            peer.peer.say_no_more()
        except OSError:
            pass  # refused before it was all sent
        got = await verdict(peer)
        accept = [
            a.encode("latin-1").decode() if a.startswith("echo") else a for a in case["accept"]
        ]
        assert got in accept


@pytest.mark.parametrize("case", HANDSHAKES, ids=lambda case: str(case["id"]))
@looped
async def test_handshakes(case: dict[str, Any]) -> None:
    async with application(Echo) as served:
        peer = await served.connect()
        await peer.send(expand(case["raw"]))
        assert str((await peer.head()).status) in case["accept"]
