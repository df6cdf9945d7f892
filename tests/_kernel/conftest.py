"""Runs every test of the kernel on both twins, and compares outcomes however bytes are split."""

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests._kernel.bodies import unchunk
from zonda._kernel import pure
from zonda._kernel.errors import BadHead

NATIVE_PARTS = {
    "heads": ("RequestHead", "ResponseHead", "parse_request_head", "parse_response_head"),
    "chunks": ("ChunkDecoder",),
    "encode": ("encode_chunk", "encode_head"),
    "frames": ("FrameEncoder", "FrameParser", "mask_bytes"),
    "plain": ("is_plain",),
    "sockets": ("recv_some", "send_some"),
}

Outcome = tuple[Any, ...]
REQUEST_FACTS = (
    "method", "target", "path", "query", "authority", "host", "version", "minor",
    "content_length", "chunked", "keep_alive", "upgrade", "expect_continue", "start", "end",
)  # fmt: skip
RESPONSE_FACTS = (
    "status", "reason", "version", "minor", "content_length", "chunked", "keep_alive",
    "upgrade", "content", "start", "end",
)  # fmt: skip


def native_twin() -> Any:
    """The native twin whatever ZONDA_PURE says; skips where it has not been built."""
    found = {}
    for part, names in NATIVE_PARTS.items():
        module = pytest.importorskip(f"zonda._kernel.{part}", reason="no native kernel here")
        found.update({name: getattr(module, name) for name in names})
    return SimpleNamespace(**found)


@pytest.fixture(params=["pure", "native"])
def kernel(request: pytest.FixtureRequest) -> Any:
    """One twin after the other."""
    return pure if request.param == "pure" else native_twin()


@pytest.fixture
def twins() -> tuple[Any, Any]:
    """Both at once, to compare them."""
    importlib.import_module("zonda._kernel.pure")
    return pure, native_twin()


class Outcomes:
    """Turns what the kernel does with some bytes into values that can be compared.

    An outcome is ``None`` (not complete), ``("error", status, words)`` or ``("head", facts,
    fields)``.
    """

    def request(self, kernel: Any, data: bytes, size: int = 65536, fields: int = 100) -> Any:
        return self._head(kernel.parse_request_head, REQUEST_FACTS, data, size, fields)

    def response(self, kernel: Any, data: bytes, size: int = 65536, fields: int = 100) -> Any:
        return self._head(kernel.parse_response_head, RESPONSE_FACTS, data, size, fields)

    def _head(
        self, parse: Callable[..., Any], facts: tuple[str, ...], data: bytes, size: int, fields: int
    ) -> Outcome | None:
        try:
            head = parse(data, 0, size, fields)
        except BadHead as error:
            return "error", error.status, str(error)
        if head is None:
            return None
        assert len(head) == len(head.items())
        return "head", {name: getattr(head, name) for name in facts}, head.items()

    def chunks(self, kernel: Any, pieces: list[bytes], **limits: int) -> Outcome:
        """What a decoder makes of the pieces: body, trailers, what is left over; or an error."""
        decoder = kernel.ChunkDecoder(**limits)
        body = b""
        rest = b""
        try:
            for piece in pieces:
                decoded, at = unchunk(decoder, piece)
                body += decoded
                rest += piece[at:]
        except BadHead as error:
            return "error", error.status, str(error)
        return "body" if decoder.done else "more", body, decoder.trailers, rest


@pytest.fixture
def outcomes() -> Outcomes:
    return Outcomes()
