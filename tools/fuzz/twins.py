"""The kernel's twins side by side: whatever comes, they must do the same."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tools.fuzz.pieces import Input
from zonda._kernel import pure
from zonda._kernel.errors import BadHead

__all__ = ["chunks", "frames", "native", "request_head", "response_head"]

_PARTS = {
    "heads": ("parse_request_head", "parse_response_head"),
    "chunks": ("ChunkDecoder",),
    "frames": ("FrameParser", "mask_bytes"),
}


def native() -> Any:
    """The compiled twin, or the pure one again where there is none."""
    from importlib import import_module

    try:
        modules = {part: import_module(f"zonda._kernel.{part}") for part in _PARTS}
    except ImportError:
        return pure
    return SimpleNamespace(
        **{name: getattr(modules[part], name) for part, names in _PARTS.items() for name in names}
    )


_NATIVE = native()


def _agree(what: Callable[[Any], Any]) -> Any:
    """What both twins answer."""
    by_native, by_pure = what(_NATIVE), what(pure)
    assert by_native == by_pure, f"native: {by_native!r}\npure:   {by_pure!r}"
    return by_pure


def _head(parse: Callable[..., Any], data: bytes, size: int, fields: int) -> Any:
    try:
        head = parse(data, 0, size, fields)
    except BadHead as error:
        return "error", error.status, str(error)
    if head is None:
        return None
    # Whether a head is simple also tells whether more bytes are here.
    names = [name for name in dir(head) if not name.startswith("_") and name != "simple"]
    facts = {name: getattr(head, name) for name in names}
    return {name: fact for name, fact in facts.items() if not callable(fact)}, head.items()


def request_head(data: bytes) -> None:
    """Request heads: the twins agree, and an end once seen stays where it is."""
    entry = Input(data, 2)
    size, fields = entry.number(256) * 8 + 1, entry.number(20) + 1
    for message in (entry.message, entry.message + b"\r\n\r\nx"):
        found = _agree(lambda twin: _head(twin.parse_request_head, message, size, fields))  # noqa: B023
    if isinstance(found, tuple) and isinstance(found[0], dict):
        end = found[0]["end"]
        again = _head(pure.parse_request_head, message[:end], size, fields)
        assert again == found, "a head does not depend on what follows"


def response_head(data: bytes) -> None:
    """Response heads: the same."""
    entry = Input(data, 2)
    size, fields = entry.number(256) * 8 + 1, entry.number(20) + 1
    for message in (entry.message, entry.message + b"\r\n\r\nx"):
        _agree(lambda twin: _head(twin.parse_response_head, message, size, fields))  # noqa: B023


def _unchunk(twin: Any, pieces: list[bytes], limits: dict[str, int]) -> Any:
    decoder = twin.ChunkDecoder(**limits)
    body = rest = b""
    try:
        for piece in pieces:
            at = 0
            while at < len(piece) and not decoder.done:
                body += decoder.feed(piece, at)
                at = decoder.position
            rest += piece[at:]
    except BadHead as error:
        return "error", error.status, str(error), body
    return decoder.done, body, decoder.trailers, rest


def chunks(data: bytes) -> None:
    """Chunked bodies: the twins agree, and however they are cut, the same comes out."""
    entry = Input(data, 5)
    limits = {
        "max_line": entry.number(64) + 1,
        "max_trailer_size": entry.number(256),
        "max_trailer_fields": entry.number(8),
    }
    whole = _agree(lambda twin: _unchunk(twin, [entry.message], limits))
    pieces = entry.pieces()
    cut = _agree(lambda twin: _unchunk(twin, pieces, limits))
    assert whole == cut, f"whole: {whole!r}\ncut:   {cut!r}"


def _unframe(twin: Any, pieces: list[bytes], masked: bool, limit: int, compressed: int) -> Any:
    parser = twin.FrameParser(masked, limit, compressed)
    events: list[Any] = []
    for piece in pieces:
        events += parser.feed(piece)
    # Behind its end nobody asks whether something is under way.
    return events, parser.finished, parser.finished or parser.partial, parser.message_bytes


def frames(data: bytes) -> None:
    """WebSocket frames: the twins agree, and however they are cut, the same comes out."""
    entry = Input(data, 5)
    masked, limit = bool(entry.number(2)), entry.number(256)
    compressed = (-1, limit, limit + 50)[entry.number(3)]
    whole = _agree(lambda twin: _unframe(twin, [entry.message], masked, limit, compressed))
    pieces = entry.pieces()
    cut = _agree(lambda twin: _unframe(twin, pieces, masked, limit, compressed))
    assert whole == cut, f"whole: {whole!r}\ncut:   {cut!r}"
    payloads = (payload for _, payload in whole[0] if isinstance(payload, bytes | str))
    assert all(len(payload) <= max(limit, compressed, 125) for payload in payloads)


def mask(data: bytes) -> None:
    """Masking: the twins agree, and twice is never."""
    key, rest = data[:4].ljust(4, b"\0"), data[4:]
    masked = _agree(lambda twin: twin.mask_bytes(key, rest))
    assert _NATIVE.mask_bytes(key, masked) == rest
