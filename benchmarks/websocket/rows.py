"""What is asked of every WebSocket server: frames that are sent again and again."""

import json
import zlib
from dataclasses import dataclass, field
from typing import Literal

#: 4 KB of JSON as an API pushes it.
DOCUMENT = json.dumps(
    [
        {
            "id": n,
            "name": f"user {n}",
            "tags": ["wind", "pampas"],
            "score": n * 1.37,
            "new": n % 3 == 0,
        }
        for n in range(48)
    ]
)
NOTE = json.dumps(
    {"room": "pampas", "name": "Ana", "text": "The wind comes down dry and hot. " * 3}
)
BYTES = bytes(range(256))
DEFLATE = "permessage-deflate"

_KEY = b"\x37\xfa\x21\x3d"
_FIN, _RSV1, _TEXT, _BINARY = 0x80, 0x40, 1, 2


def masked(data: bytes) -> bytes:
    """The data under the mask that all frames here have (RFC 6455 5.3)."""
    mask = (_KEY * (len(data) // 4 + 1))[: len(data)]
    number = int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")
    return number.to_bytes(len(data), "big")


def frame(first: int, payload: bytes) -> bytes:
    """A client's frame; ``first`` has FIN, RSV1 and the opcode."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = bytes((first, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0x80 | 127)) + size.to_bytes(8, "big")
    return head + _KEY + masked(payload)


def deflated(data: bytes) -> bytes:
    """A payload by permessage-deflate that refers to none before it (RFC 7692 7.2.1)."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    return (deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of load.

    Attributes:
        kind: what ``load.c`` does.
        payload: of the message.
        binary: whether it goes as a binary message.
    """

    name: str
    title: str
    path: str
    kind: Literal["echo", "fan", "idle"]
    connections: int
    payload: bytes = field(default=b"", repr=False)
    binary: bool = False

    @property
    def compressed(self) -> bool:
        """Whether messages are compressed."""
        return self.path == "/deflate"

    @property
    def frame(self) -> bytes:
        """What a connection sends."""
        opcode = _FIN | (_BINARY if self.binary else _TEXT)
        if self.compressed:
            return frame(_RSV1 | opcode, deflated(self.payload))
        return frame(opcode, self.payload)


ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        Row("ws-echo", "echo 32 B", "/echo", "echo", 50, b"The zonda blows from the Andes. "),
        Row("ws-echo-4k", "echo 4 KB", "/echo", "echo", 50, bytes(range(256)) * 16, binary=True),
        Row(
            "ws-echo-256k",
            "echo 256 KB",
            "/echo",
            "echo",
            50,
            bytes(range(256)) * 1024,
            binary=True,
        ),
        Row("ws-deflate", "echo 4 KB JSON, compressed", "/deflate", "echo", 50, DOCUMENT.encode()),
        Row("ws-room", "broadcast to 500", "/room", "fan", 500, NOTE.encode()),
        Row("ws-idle", "2,000 idle", "/echo", "idle", 2000),
    )
}
