"""Field lines: what may stand in a name and in a value; both twins."""

from typing import Any

import pytest

from zonda._kernel.errors import BAD_NAME, BAD_VALUE, FOLDED, NO_COLON, Fault
from zonda._kernel.lines import TCHARS

TOKEN_BYTES = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
START_LINES = {"request": b"GET / HTTP/1.0\r\n", "response": b"HTTP/1.1 200 OK\r\n"}


@pytest.fixture(params=["request", "response"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def outcome(outcomes: Any, kernel: Any, kind: str, block: bytes) -> Any:
    """What becomes of a head with these field lines; a response's 502 is left out."""
    got = getattr(outcomes, kind)(kernel, START_LINES[kind] + block)
    if got and got[0] == "error":
        assert got[1] == 502 or kind == "request"
        return "error", got[2]
    return got


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b" A: b", FOLDED),
        (b"\tA: b", FOLDED),
        (b" ", FOLDED),
        (b"A", NO_COLON),
        (b"garbage here", NO_COLON),
        (b"\x00", NO_COLON),
        (b": b", BAD_NAME),
        (b":", BAD_NAME),
        (b"A : b", BAD_NAME),
        (b"A\t: b", BAD_NAME),
        (b"A b: c", BAD_NAME),
        (b"A\xa0: b", BAD_NAME),
        (b"\xe9tat: 1", BAD_NAME),
        (b"A\x00: b", BAD_NAME),
        (b'"A": b', BAD_NAME),
        (b"A(b): c", BAD_NAME),
        (b"A: b\x00c", BAD_VALUE),
        (b"A: b\x07", BAD_VALUE),
        (b"A:\x0b", BAD_VALUE),
        (b"A: b\x7f", BAD_VALUE),
        (b"A: 12345678\x1f12345678", BAD_VALUE),
    ],
)
def test_bad_lines(kernel: Any, outcomes: Any, kind: str, line: bytes, fault: Fault) -> None:
    good = b"Good: yes\r\n"
    for block in (line + b"\r\n", good + line + b"\r\n" + good, good + line + b"\r\n\r\n"):
        assert outcome(outcomes, kernel, kind, block) == ("error", fault.text)
    for block in (line, good + line + b"\r"):
        assert outcome(outcomes, kernel, kind, block) is None


@pytest.mark.parametrize("before", [0, 3, 9])
def test_every_byte_in_a_name(kernel: Any, outcomes: Any, kind: str, before: int) -> None:
    for byte in range(256):
        name = b"n" * before + bytes([byte]) + b"nnn"
        got = outcome(outcomes, kernel, kind, name + b": value\r\n\r\n")
        if byte in TOKEN_BYTES:
            assert got[2] == [(name.decode("latin-1"), "value")]
        elif byte == ord(":") and before:  # the name ends here already
            assert got[2] == [("n" * before, "nnn: value")]
        else:
            assert got[0] == "error", byte


@pytest.mark.parametrize("before", [0, 1, 7, 8, 13])
def test_every_byte_in_a_value(kernel: Any, outcomes: Any, kind: str, before: int) -> None:
    for byte in range(256):
        value = b"v" * before + bytes([byte]) + b"v" * 9
        got = outcome(outcomes, kernel, kind, b"name: " + value + b"\r\n\r\n")
        if byte in (9, *range(0x20, 0x7F), *range(0x80, 0x100)):
            assert got[2] == [("name", value.strip(b" \t").decode("latin-1"))]
        else:
            assert got[0] == "error", byte


@pytest.mark.parametrize("before", [0, 1, 6, 7, 8, 13])
def test_every_byte_in_a_target(kernel: Any, outcomes: Any, before: int) -> None:
    for byte in range(256):
        target = b"/" + b"t" * before + bytes([byte]) + b"t" * 9
        got = outcomes.request(kernel, b"GET " + target + b" HTTP/1.0\r\n\r\n")
        if byte > 0x20 and byte != 0x7F:
            assert got[1]["target"] == target.decode("latin-1")
        else:
            assert got[0] == "error", byte


def test_tokens() -> None:
    assert frozenset(TOKEN_BYTES) == TCHARS


def test_a_hostile_line_costs_linear_time(kernel: Any, outcomes: Any) -> None:
    # Patterns that back-track would need minutes for these; the time-out of pytest is the limit.
    size = 200_000
    for line in (
        b"A:" + b" " * size + b"\x00",
        b"A: " + b"a \t" * size + b"\x00",
        b"Content-Length: " + b"1," * size + b"x",
        b"Transfer-Encoding: " + b"a;b=c," * size + b"=",
        b"Transfer-Encoding: " + b"a" * size + b'="',
        b"Transfer-Encoding: a" + b" " * size + b"=",
        b"Host: " + b"%41" * size + b"%",
        b"Host: [" + b":" * size + b"]",
        b"Connection: " + b" ,\t" * size + b"\x00",
    ):
        data = b"GET / HTTP/1.1\r\n" + line + b"\r\n"
        assert outcomes.request(kernel, data, size=10 * size)[0] == "error"
