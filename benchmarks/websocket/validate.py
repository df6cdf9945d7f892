"""One look at a server's messages before they are counted."""

import socket
import zlib

from benchmarks.processes import HOST, NotRun
from benchmarks.websocket.rows import DEFLATE, Row

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "{extensions}\r\n"
)


def validate(port: int, row: Row) -> None:
    """Send the row's message twice and compare what comes back.

    Raises:
        NotRun: with what was wrong.
    """
    try:
        with socket.create_connection((HOST, port), timeout=10) as connection:
            _shake_hands(connection, row)
            inflater = zlib.decompressobj(-15)
            for _ in range(2 if row.kind != "idle" else 0):
                connection.sendall(row.frame)
                first, payload = _read_frame(connection)
                if first & 0x40:
                    payload = inflater.decompress(payload + b"\x00\x00\xff\xff")
                elif row.compressed:
                    raise NotRun("the answer is not compressed")
                if payload != row.payload or first & 0x8F != (0x82 if row.binary else 0x81):
                    raise NotRun(f"wrong message {payload[:40]!r}")
    except OSError as error:
        raise NotRun(f"no proper answer: {error!r}") from error


def _shake_hands(connection: socket.socket, row: Row) -> None:
    extensions = f"Sec-WebSocket-Extensions: {DEFLATE}\r\n" if row.compressed else ""
    request = HANDSHAKE.format(path=row.path, host=HOST, extensions=extensions)
    connection.sendall(request.encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += _read(connection, 1)
    if not head.startswith(b"HTTP/1.1 101"):
        raise NotRun(f"answered the handshake with {head.splitlines()[0].decode()}")
    if row.compressed and DEFLATE not in head.decode().lower():
        raise NotRun("no compression")


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise NotRun("the server has closed the connection")
        data += piece
    return data


def _read_frame(connection: socket.socket) -> tuple[int, bytes]:
    first, size = _read(connection, 2)
    if size >= 126:
        size = int.from_bytes(_read(connection, 2 if size == 126 else 8), "big")
    return first, _read(connection, size)
