"""The chunked transfer coding; both twins."""

import gc
from typing import Any

import pytest

from zonda._kernel.errors import (
    BAD_CHUNK_EXTENSION,
    BAD_CHUNK_SIZE,
    BAD_NAME,
    BAD_VALUE,
    BARE_CR,
    BARE_LF,
    CHUNK_LINE_TOO_LONG,
    FOLDED,
    NO_CHUNK_END,
    NO_COLON,
    TOO_MANY_FIELDS,
    TRAILER_TOO_LARGE,
    BadHead,
    Fault,
)

BODY = (
    b"5\r\nhello\r\n"
    b'00B;name;n2=v ; n3 = "q\\"\t\xe9"\r\n, chunked \n\r\n'
    b"1\r\n!\r\n"
    b"000;last\r\n"
    b"Trailer: one\r\nX-Empty:\r\nTrailer:\ttwo \xe9 \r\n"
    b"\r\n"
)
DECODED = b"hello, chunked \n!"
TRAILERS = [("Trailer", "one"), ("X-Empty", ""), ("Trailer", "two \xe9")]


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


class TestGood:
    def test_at_once(self, kernel: Any) -> None:
        decoder = kernel.ChunkDecoder()
        assert decoder.done is False
        assert decoder.feed(BODY + b"GET / HTTP/1.1") == DECODED
        assert decoder.done is True
        assert decoder.position == len(BODY)
        assert decoder.trailers == TRAILERS

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 50])
    def test_in_pieces(self, kernel: Any, outcomes: Any, size: int) -> None:
        got = outcomes.chunks(kernel, pieces(BODY + b"next", size))
        assert got == ("body", DECODED, TRAILERS, b"next")

    def test_in_two_pieces_at_every_split(self, kernel: Any, outcomes: Any) -> None:
        for at in range(len(BODY) + 1):
            got = outcomes.chunks(kernel, [BODY[:at], BODY[at:] + b"next"])
            assert got == ("body", DECODED, TRAILERS, b"next"), at

    def test_from_an_offset(self, kernel: Any) -> None:
        decoder = kernel.ChunkDecoder()
        assert decoder.feed(b"head" + BODY[:7], 4) == b"hell"
        assert decoder.position == 11
        assert decoder.feed(b"xx" + BODY[7:], 2) == DECODED[4:]
        assert decoder.position == len(BODY) - 7 + 2

    def test_nothing_fed(self, kernel: Any) -> None:
        decoder = kernel.ChunkDecoder()
        assert decoder.feed(b"") == b""
        assert decoder.feed(b"abc", 3) == b""
        assert decoder.position == 3
        with pytest.raises(ValueError, match="start must lie within data"):
            decoder.feed(b"abc", 4)
        with pytest.raises(ValueError, match="start must lie within data"):
            decoder.feed(b"abc", -1)

    def test_after_the_end_nothing_is_consumed(self, kernel: Any) -> None:
        decoder = kernel.ChunkDecoder()
        decoder.feed(b"0\r\n\r\n")
        assert decoder.feed(b"..5\r\nhello\r\n", 2) == b""
        assert decoder.position == 2
        assert decoder.done

    def test_empty_body(self, kernel: Any, outcomes: Any) -> None:
        assert outcomes.chunks(kernel, [b"0\r\n\r\n"]) == ("body", b"", [], b"")
        assert outcomes.chunks(kernel, [b"0" * 16 + b"\r\n\r\n"]) == ("body", b"", [], b"")

    @pytest.mark.parametrize("end", range(len(b"0\r\n\r\n")))
    def test_not_done_before_the_final_crlf(self, kernel: Any, outcomes: Any, end: int) -> None:
        data = b"2\r\nhi\r\n" + b"0\r\n\r\n"[:end]
        assert outcomes.chunks(kernel, [data]) == ("more", b"hi", [], b"")

    def test_sizes_up_to_16_digits(self, kernel: Any, outcomes: Any) -> None:
        for size in (b"0000000000000002", b"2", b"02"):
            data = size + b"\r\nhi\r\n0\r\n\r\n"
            assert outcomes.chunks(kernel, [data]) == ("body", b"hi", [], b"")
        for size in (b"ffffffffffffffff", b"FFFFFFFFFFFFFFFF", b"7FFFffffFFFFffff"):
            assert outcomes.chunks(kernel, [size + b"\r\nhi"]) == ("more", b"hi", [], b"")

    def test_a_piece_that_is_all_body_is_not_copied(self, kernel: Any) -> None:
        decoder = kernel.ChunkDecoder()
        decoder.feed(b"100000\r\n")
        piece = b"x" * 65536
        assert decoder.feed(piece) is piece

    @pytest.mark.parametrize("size", [1, 2, 7, 1000])
    def test_many_chunks_in_one_piece(self, kernel: Any, size: int) -> None:
        parts = [bytes([n % 256]) * size for n in range(500)]
        data = b"".join(kernel.encode_chunk(part) for part in parts)
        decoder = kernel.ChunkDecoder()
        assert decoder.feed(data) == b"".join(parts)

    @pytest.mark.parametrize("decoder_arguments", [(100, 200, 3), ()])
    def test_arguments_by_position(self, kernel: Any, decoder_arguments: Any) -> None:
        decoder = kernel.ChunkDecoder(*decoder_arguments)
        assert decoder.feed(data=b"1\r\nx\r\n0\r\n\r\n", start=0) == b"x"


class TestBad:
    @pytest.mark.parametrize(
        ("data", "fault"),
        [
            (b"\r\n", BAD_CHUNK_SIZE),
            (b"+5\r\n", BAD_CHUNK_SIZE),
            (b"-1\r\n", BAD_CHUNK_SIZE),
            (b"0x5\r\n", BAD_CHUNK_SIZE),
            (b"5_0\r\n", BAD_CHUNK_SIZE),
            (b"g\r\n", BAD_CHUNK_SIZE),
            (b" 5\r\n", BAD_CHUNK_SIZE),
            (b"\xb2\r\n", BAD_CHUNK_SIZE),
            (b";a\r\n", BAD_CHUNK_SIZE),
            (b"5,a\r\n", BAD_CHUNK_SIZE),
            (b"5\x00\r\n", BAD_CHUNK_SIZE),
            (b"00000000000000000\r\n", BAD_CHUNK_SIZE),
            (b"10000000000000000\r\n", BAD_CHUNK_SIZE),
            (b"00000000000000005;a\r\n", BAD_CHUNK_SIZE),
            (b"5 \r\n", BAD_CHUNK_EXTENSION),
            (b"5;\r\n", BAD_CHUNK_EXTENSION),
            (b"5;;a\r\n", BAD_CHUNK_EXTENSION),
            (b"5 a\r\n", BAD_CHUNK_EXTENSION),
            (b"5;a \r\n", BAD_CHUNK_EXTENSION),
            (b"5;a b\r\n", BAD_CHUNK_EXTENSION),
            (b"5;a=\r\n", BAD_CHUNK_EXTENSION),
            (b"5;=b\r\n", BAD_CHUNK_EXTENSION),
            (b"5;a=b=c\r\n", BAD_CHUNK_EXTENSION),
            (b'5;a="b\r\n', BAD_CHUNK_EXTENSION),
            (b'5;a="b"c\r\n', BAD_CHUNK_EXTENSION),
            (b'5;a="b\\\r\n', BAD_CHUNK_EXTENSION),
            (b'5;a="\x00"\r\n', BAD_CHUNK_EXTENSION),
            (b"5;a\x00\r\n", BAD_CHUNK_EXTENSION),
            (b"5;a\xe9\r\n", BAD_CHUNK_EXTENSION),
            (b"5;a,b\r\n", BAD_CHUNK_EXTENSION),
            (b"5\n", BARE_LF),
            (b"5;a\n", BARE_LF),
            (b"\n", BARE_LF),
            (b"5\rh", BARE_CR),
            (b"3\r\r;q=1\r\nabc\r\n0\r\n\r\n", BARE_CR),
            (b"5\r\nhelloXX0\r\n\r\n", NO_CHUNK_END),
            (b"5\r\nhello0\r\n\r\n", NO_CHUNK_END),
            (b"5\r\nhello\n0\r\n\r\n", NO_CHUNK_END),
            (b"5\r\nhello\rX0\r\n\r\n", NO_CHUNK_END),
            (b"5\r\nhello\r\r\n", NO_CHUNK_END),
            (b"0\r\nA\r\n\r\n", NO_COLON),
            (b"0\r\n A: b\r\n\r\n", FOLDED),
            (b"0\r\nA : b\r\n\r\n", BAD_NAME),
            (b"0\r\nA: b\x00\r\n\r\n", BAD_VALUE),
            (b"0\r\n\n", BARE_LF),
            (b"0\r\nA: b\n\r\n", BARE_LF),
            (b"0\r\nA: b\rc\r\n", BARE_CR),
            (b"0\r\n\rX", BARE_CR),
        ],
    )
    def test_at_every_split(self, kernel: Any, outcomes: Any, data: bytes, fault: Fault) -> None:
        expected = ("error", *fault)
        assert outcomes.chunks(kernel, [b"1\r\nx\r\n" + data]) == expected
        for at in range(len(data)):
            assert outcomes.chunks(kernel, [data[:at], data[at:]]) == expected
        assert outcomes.chunks(kernel, pieces(data, 1)) == expected

    def test_an_error_lasts(self, kernel: Any) -> None:
        decoder = kernel.ChunkDecoder()
        for data in (b"x\r\n", b"5\r\nhello\r\n", b""):
            with pytest.raises(BadHead) as caught:
                decoder.feed(data)
            assert (caught.value.status, str(caught.value)) == BAD_CHUNK_SIZE
        assert not decoder.done

    @pytest.mark.parametrize("size", [1, 3, 1000])
    def test_what_comes_before_a_fault_comes_out(self, kernel: Any, size: int) -> None:
        decoder = kernel.ChunkDecoder()
        data = b"5\r\nhello\r\n6\r\n, worl\r!"
        body, at = b"", 0
        while at < len(data) - 1:
            body += decoder.feed(data[: at + size], at)
            at = decoder.position
        assert body == b"hello, worl"
        with pytest.raises(BadHead) as caught:
            decoder.feed(data, at)
        assert (caught.value.status, str(caught.value)) == NO_CHUNK_END

    def test_an_error_makes_no_reference_cycle(self, kernel: Any) -> None:
        def fail_twice() -> None:
            decoder = kernel.ChunkDecoder()
            for _ in range(2):
                try:
                    decoder.feed(b"5\r\nhello\r\n5\r\nworld\r\nx\r\n")
                    decoder.feed(b"x\r\n")
                except BadHead:
                    continue
                pytest.fail("x is no chunk size")

        gc.collect()
        fail_twice()
        assert gc.collect() == 0

    def test_wrong_types(self, kernel: Any) -> None:
        for wrong in (None, "0\r\n\r\n", 5):
            with pytest.raises(TypeError):
                kernel.ChunkDecoder().feed(wrong)


class TestLimits:
    @pytest.mark.parametrize("size", [1, 1000])
    def test_size_line(self, kernel: Any, outcomes: Any, size: int) -> None:
        line = b"5;" + b"a" * 48  # 50 bytes
        good = pieces(line + b"\r\nhello\r\n0\r\n\r\n", size)
        assert outcomes.chunks(kernel, good, max_line=50)[:2] == ("body", b"hello")
        error = ("error", *CHUNK_LINE_TOO_LONG)
        assert outcomes.chunks(kernel, good, max_line=49) == error
        assert outcomes.chunks(kernel, pieces(line[:49], size), max_line=49)[0] == "more"
        assert outcomes.chunks(kernel, pieces(line, size), max_line=49) == error
        assert outcomes.chunks(kernel, pieces(line + b"\n", size), max_line=49) == error

    def test_a_plain_size_line_is_limited_as_well(self, kernel: Any, outcomes: Any) -> None:
        error = ("error", *CHUNK_LINE_TOO_LONG)
        assert outcomes.chunks(kernel, [b"0005\r\nhello"], max_line=3) == error
        assert outcomes.chunks(kernel, [b"0005\r\nhello"], max_line=4)[0] == "more"

    @pytest.mark.parametrize("size", [1, 1000])
    def test_trailer_size(self, kernel: Any, outcomes: Any, size: int) -> None:
        section = b"A: b\r\nC: " + b"d" * 40 + b"\r\n\r\n"
        data = pieces(b"0\r\n" + section, size)
        good = outcomes.chunks(kernel, data, max_trailer_size=len(section))
        assert good == ("body", b"", [("A", "b"), ("C", "d" * 40)], b"")
        error = ("error", *TRAILER_TOO_LARGE)
        for limit in range(len(section)):
            assert outcomes.chunks(kernel, data, max_trailer_size=limit) == error

    def test_an_endless_trailer_line(self, kernel: Any) -> None:
        decoder = kernel.ChunkDecoder(max_trailer_size=1000)
        decoder.feed(b"0\r\nA: ")
        for _ in range(9):
            decoder.feed(b"x" * 100)
        decoder.feed(b"x" * 95)
        with pytest.raises(BadHead) as caught:
            decoder.feed(b"x")
        assert (caught.value.status, str(caught.value)) == TRAILER_TOO_LARGE

    def test_trailer_fields(self, kernel: Any, outcomes: Any) -> None:
        data = b"0\r\n" + b"A: b\r\n" * 5 + b"\r\n"
        assert outcomes.chunks(kernel, [data], max_trailer_fields=5)[0] == "body"
        error = ("error", *TOO_MANY_FIELDS)
        assert outcomes.chunks(kernel, [data], max_trailer_fields=4) == error
        assert outcomes.chunks(kernel, [b"0\r\n\r\n"], max_trailer_fields=0)[0] == "body"

    def test_a_long_line_byte_by_byte_is_not_read_again_and_again(self, kernel: Any) -> None:
        # Quadratic work would be 2 * 10**10 bytes here; the time-out of pytest is the limit.
        decoder = kernel.ChunkDecoder(max_line=200_000, max_trailer_size=200_000)
        for byte in (
            b"5;" + b"a" * 100_000 + b"\r\nhello\r\n0\r\nA: " + b"b" * 100_000 + b"\r\n\r\n"
        ):
            decoder.feed(bytes([byte]))
        assert decoder.done
        assert len(decoder.trailers[0][1]) == 100_000
