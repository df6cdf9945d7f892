"""The protocol machines, on the kernel that this process runs: any split gives the same."""

from typing import Any

from tools.fuzz.pieces import Input
from zonda.protocol.errors import RemoteProtocolError
from zonda.protocol.http1 import END, NEED_DATA, HTTP1Client, HTTP1Server
from zonda.protocol.limits import Limits
from zonda.protocol.multipart import MultipartError, MultipartParser, PartBegin, PartData
from zonda.protocol.websocket.deflate import Deflate
from zonda.protocol.websocket.extensions import DeflateParameters
from zonda.protocol.websocket.machine import BINARY, BROKEN, TEXT, WebSocket

__all__ = ["client", "multipart", "server", "websocket"]

_LIMITS = Limits(
    max_header_size=512,
    max_header_fields=8,
    max_body_size=200,
    max_chunk_line=40,
    max_trailer_size=100,
    max_trailer_fields=4,
    max_informational=3,
    piece_size=64,
)

Events = list[tuple[Any, ...]]


def _joined(events: Events) -> Events:
    """The events, with neighbouring pieces of one body put together."""
    result: Events = []
    for event in events:
        if event[0] == "body" and result and result[-1][0] == "body":
            result[-1] = ("body", result[-1][1] + event[1])
        else:
            result.append(event)
    return result


def _without_torn_body(events: Events) -> Events:
    """Without the beginning of a body that turns out to be wrong: how much of it came is chance."""
    if len(events) > 1 and events[-1][0] in {"refused", "error"} and events[-2][0] == "body":
        del events[-2]
    return events


def _read_body(machine: HTTP1Server | HTTP1Client, events: Events) -> bool:
    while (data := machine.next_data()) is not NEED_DATA:
        if data is END:
            events.append(("end", list(machine.trailers)))
            return True
        assert data
        assert len(data) <= _LIMITS.piece_size
        events.append(("body", data))
    return False


def _serve(pieces: list[bytes], eof: bool) -> Events:
    machine = HTTP1Server(_LIMITS)
    events: Events = []

    def run() -> None:
        while True:
            if not machine.body_open:
                head = machine.next_head()
                if head is None:
                    return
                events.append(("head", head.method, head.target, head.items()))
                machine.check_body_limit()
            if not _read_body(machine, events):
                return
            assert machine.head is not None
            machine.respond(200, None, b"", (), machine.head.method.encode())

    try:
        for piece in pieces:
            machine.receive(piece)
            run()
        if eof:
            machine.receive_eof()
            run()
    except RemoteProtocolError as error:
        answer = machine.refuse(error)
        assert not answer or answer.startswith(b"HTTP/1.1 %d " % error.status)
        assert not machine.keep_alive, "framing is in doubt: the connection must end"
        events.append(("refused", error.status, str(error)))
    return _without_torn_body(_joined(events))


def server(data: bytes) -> None:
    """A server's connection: requests, pipelined or not."""
    entry = Input(data, 3)
    eof = bool(entry.number(2))
    # A head that trickles in is looked at when a line ends: here one does.
    pieces, end = entry.pieces(), b"\r\n\r\n"
    whole, cut = _serve([entry.message + end], eof), _serve([*pieces, end], eof)
    assert whole == cut, f"whole: {whole!r}\ncut:   {cut!r}"


def _fetch(pieces: list[bytes], method: str) -> Events:
    machine = HTTP1Client(_LIMITS)
    machine.send_request(method, b"GET / HTTP/1.1\r\n", b"", (), -1, None)
    events: Events = []
    rest = b""
    over = False

    def run() -> bool:
        while machine.head is None:
            head = machine.next_head()
            if head is None:
                return False
            events.append(("head", head.status, head.items()))
        return _read_body(machine, events)

    try:
        for piece in pieces:
            if over:
                rest += piece
                continue
            machine.receive(piece)
            over = run()
        if not over:
            machine.receive_eof()
            over = run()
            assert over, "a connection that has ended leaves nothing open"
    except RemoteProtocolError as error:
        assert not machine.reusable
        return _without_torn_body(_joined([*events, ("error", error.status, str(error))]))
    rest = machine.take_unread() + rest
    return _joined([*events, ("rest", rest)])


def client(data: bytes) -> None:
    """A client's connection: what comes back for one request."""
    entry = Input(data, 3)
    method = ("GET", "HEAD", "CONNECT", "POST")[entry.number(4)]
    pieces = entry.pieces()
    whole, cut = _fetch([entry.message], method), _fetch(pieces, method)
    assert whole == cut, f"whole: {whole!r}\ncut:   {cut!r}"


def _receive(pieces: list[bytes], server: bool, deflate: DeflateParameters | None) -> Any:
    peer = WebSocket(server, 200, Deflate(deflate, server) if deflate else None)
    events: list[Any] = []
    for piece in pieces:
        events += peer.receive(piece)
    for kind, payload in events:
        if kind in (TEXT, BINARY):
            assert len(payload) <= 200
        elif kind == BROKEN:
            assert payload.status in (1002, 1007, 1009)
            peer.close(payload.status, str(payload))
    return events, peer.close_received, peer.close_received or peer.partial


def websocket(data: bytes) -> None:
    """A WebSocket connection, with and without compression."""
    entry = Input(data, 5)
    as_server = bool(entry.number(2))
    deflate = None
    if entry.number(2):
        bits = entry.number(8)
        deflate = DeflateParameters(bits & 1 == 1, bits & 2 == 2, 9 + bits, 15 - bits)
    pieces = entry.pieces()
    whole = _receive([entry.message], as_server, deflate)
    cut = _receive(pieces, as_server, deflate)
    assert whole == cut, f"whole: {whole!r}\ncut:   {cut!r}"


def _parts(pieces: list[bytes]) -> Any:
    parser = MultipartParser(
        b"XX", max_parts=4, max_part_header_size=150, max_field_size=50, max_total_size=2000
    )
    parts: list[Any] = []
    try:
        for piece in pieces:
            for event in parser.feed(piece):
                if isinstance(event, PartBegin):
                    parts.append([event, b""])
                elif isinstance(event, PartData):
                    assert event.data
                    parts[-1][1] += event.data
        parser.finish()
    except MultipartError as error:
        assert error.status in (400, 413)
        return "error", error.status, str(error)
    return parts


def multipart(data: bytes) -> None:
    """Multipart forms."""
    entry = Input(data, 2)
    pieces = entry.pieces()
    whole, cut = _parts([entry.message]), _parts(pieces)
    assert whole == cut, f"whole: {whole!r}\ncut:   {cut!r}"
