"""Heads and chunks on their way out; both twins."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LINE = b"HTTP/1.1 200 OK\r\n"
TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
same_twin = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestHeads:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ((LINE, b"", [], -1, b""), LINE + b"\r\n"),
            ((LINE, b"", (), 0, b""), LINE + b"Content-Length: 0\r\n\r\n"),
            ((b"", b"A: b\r\n", [], 13, b"body"), b"A: b\r\nContent-Length: 13\r\n\r\nbody"),
            ((LINE, b"A: b\r\n", [("C", "d")], -1, b"x"), LINE + b"A: b\r\nC: d\r\n\r\nx"),
            (
                (LINE, b"", [("A", ""), ("A", "\xe9\t")], -1, b""),
                LINE + b"A: \r\nA: \xe9\t\r\n\r\n",
            ),
            (
                (LINE, b"", [], 2**63 - 1, b""),
                LINE + b"Content-Length: 9223372036854775807\r\n\r\n",
            ),
            ((LINE, b"", [["A", "b"]], -5, b""), LINE + b"A: b\r\n\r\n"),
            ((LINE, b"", {"A": "b"}.items(), -1, b""), LINE + b"A: b\r\n\r\n"),
        ],
    )
    def test_parts_in_order(self, kernel: Any, arguments: tuple[Any, ...], expected: bytes) -> None:
        assert kernel.encode_head(*arguments) == expected

    @pytest.mark.parametrize("number", [0, 9, 10, 99, 100, 12345678901, 10**18])
    def test_lengths(self, kernel: Any, number: int) -> None:
        head = kernel.encode_head(b"", b"", [], number, b"")
        assert head == b"Content-Length: %d\r\n\r\n" % number

    @pytest.mark.parametrize("before", [0, 7, 8, 17])
    def test_every_character_in_a_value(self, kernel: Any, before: int) -> None:
        for code in range(256):
            value = "v" * before + chr(code) + "vvv"
            if code == 9 or (code >= 0x20 and code != 0x7F):
                expected = b"N: " + value.encode("latin-1") + b"\r\n\r\n"
                assert kernel.encode_head(b"", b"", [("N", value)], -1, b"") == expected
            else:
                with pytest.raises(ValueError, match="header field N holds a control character"):
                    kernel.encode_head(b"", b"", [("N", value)], -1, b"")

    def test_every_character_in_a_name(self, kernel: Any) -> None:
        for code in range(256):
            name = "n" + chr(code) + "nnnnnnnn"
            if chr(code) in TOKEN:
                expected = name.encode() + b": v\r\n\r\n"
                assert kernel.encode_head(b"", b"", [(name, "v")], -1, b"") == expected
            else:
                with pytest.raises(ValueError, match="is not a token"):
                    kernel.encode_head(b"", b"", [(name, "v")], -1, b"")

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("", "v", "header field name '' is not a token"),
            ("\u20ac", "v", "header field name '\u20ac' is not a token"),
            ("N", "\u20ac", "value of header field N is not latin-1"),
            ("N", "\u0100\r\n", "value of header field N is not latin-1"),
            ("N", "\U0001f36a", "value of header field N is not latin-1"),
            ("N", "x\r\nSet-Cookie: a", "value of header field N holds a control character"),
            ("N", "\0", "value of header field N holds a control character"),
            ("N\r\nX", "v", "is not a token"),
        ],
    )
    def test_errors(self, kernel: Any, name: str, value: str, words: str) -> None:
        with pytest.raises(ValueError) as caught:
            kernel.encode_head(LINE, b"", [("Good", "yes"), (name, value)], 5, b"hello")
        assert words in str(caught.value)

    @pytest.mark.parametrize("pair", [("N", 5), (b"N", "v"), ("N", b"v"), ("N", None)])
    def test_wrong_types(self, kernel: Any, pair: Any) -> None:
        with pytest.raises(TypeError, match="name and value must be str"):
            kernel.encode_head(LINE, b"", [pair], -1, b"")

    def test_pairs_must_be_pairs(self, kernel: Any) -> None:
        for pair in (("N",), ("N", "v", "w")):
            with pytest.raises(ValueError):
                kernel.encode_head(LINE, b"", [pair], -1, b"")

    def test_subclasses_of_str(self, kernel: Any) -> None:
        class Name(str):
            __slots__ = ()

        head = kernel.encode_head(b"", b"", [(Name("N"), Name("v"))], -1, b"")
        assert head == b"N: v\r\n\r\n"

    @same_twin
    @given(
        st.lists(
            st.tuples(
                st.text(TOKEN, min_size=1),
                st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF)),
            )
        )
    )
    def test_what_is_sent_is_what_is_read(self, kernel: Any, fields: list[tuple[str, str]]) -> None:
        fields = [("X-" + name, value.replace("\x7f", "")) for name, value in fields]
        data = kernel.encode_head(LINE, b"", fields, 4, b"body")
        head = kernel.parse_response_head(data, 0, len(data), 1000)
        assert head.items()[:-1] == [(name, value.strip(" ")) for name, value in fields]
        assert head.content_length == 4
        assert data[head.end :] == b"body"


class TestChunks:
    @pytest.mark.parametrize("size", [1, 9, 10, 15, 16, 255, 256, 4095, 4096, 70000])
    def test_size_in_hexadecimal(self, kernel: Any, size: int) -> None:
        data = b"x" * size
        assert kernel.encode_chunk(data) == f"{size:x}\r\n".encode() + data + b"\r\n"

    def test_an_empty_one_would_end_the_body(self, kernel: Any) -> None:
        with pytest.raises(ValueError, match="would end the body"):
            kernel.encode_chunk(b"")

    @same_twin
    @given(st.lists(st.binary(min_size=1, max_size=300), max_size=5))
    def test_what_is_sent_is_what_is_read(self, kernel: Any, parts: list[bytes]) -> None:
        data = b"".join(map(kernel.encode_chunk, parts)) + b"0\r\n\r\n"
        decoder = kernel.ChunkDecoder()
        assert decoder.feed(data) == b"".join(parts)
        assert decoder.done
