"""zonda.escape: HTML, URLs, JSON, bytes and text, links."""

from __future__ import annotations

import html
import json
import urllib.parse
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda import escape
from zonda.escape import (
    _json_encoder,
    json_decode,
    json_encode,
    linkify,
    native_str,
    parse_qs_bytes,
    recursive_unicode,
    squeeze,
    to_basestring,
    to_unicode,
    url_escape,
    url_unescape,
    utf8,
    xhtml_escape,
    xhtml_unescape,
)

#: Text that percent signs and their neighbours make interesting.
percent_text = st.text(st.sampled_from("%0123afAFzZ+&=;\\ é✓x"), max_size=40)


class TestText:
    @given(st.text())
    def test_round_trip(self, text: str) -> None:
        assert to_unicode(utf8(text)) == text

    @pytest.mark.parametrize("function", [utf8, to_unicode, native_str, to_basestring])
    def test_none_and_other_types(self, function: Any) -> None:
        assert function(None) is None
        for wrong in (5, ["x"], bytearray(b"x"), object()):
            with pytest.raises(TypeError, match=type(wrong).__name__):
                function(wrong)

    def test_what_is_right_already(self) -> None:
        assert utf8(b"\xff") == b"\xff"
        assert to_unicode("é") == "é"

    def test_not_utf8(self) -> None:
        with pytest.raises(UnicodeDecodeError):
            to_unicode(b"\xff")

    def test_recursive_unicode(self) -> None:
        value = {b"a": [b"b", (b"\xc3\xa9", {"k": b"v"})], 1: None}
        assert recursive_unicode(value) == {"a": ["b", ("é", {"k": "v"})], 1: None}

    def test_squeeze(self) -> None:
        assert squeeze("  a \n\t b\x00\x1fc  ") == "a b c"

    def test_unichr(self) -> None:
        assert escape.unichr(233) == "é"


class TestXhtml:
    @given(st.text())
    def test_round_trip(self, text: str) -> None:
        assert xhtml_unescape(xhtml_escape(text)) == text

    @given(st.text())
    def test_as_the_standard_library(self, text: str) -> None:
        assert xhtml_escape(text) == html.escape(text)

    def test_bytes(self) -> None:
        assert xhtml_escape(b"<\xc3\xa9>") == "&lt;é&gt;"
        assert xhtml_unescape(b"&#233;&#xe9;&eacute;") == "ééé"

    def test_subclass_of_str(self) -> None:
        class Shy(str):
            def replace(self, *args: Any) -> str:
                return "hidden"

        assert xhtml_escape(Shy("<")) == "&lt;"


class TestJson:
    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
    def test_round_trip(self, value: Any) -> None:
        text = json_encode(value)
        assert json_decode(text) == value
        assert json_decode(text.encode()) == value
        assert "</" not in text

    def test_as_the_standard_library(self) -> None:
        class Number(float):
            pass

        value = {"é": [1.5, None, True, Number(2), float("inf"), 1 << 80], "a": "b", 1: (), "d": {}}
        assert json_encode(value) == json.dumps(value)
        assert json_encode("é\n") == json.dumps("é\n")

    def test_circular(self) -> None:
        value: list[Any] = []
        value.append(value)
        with pytest.raises(ValueError, match="Circular"):
            json_encode(value)
        assert json_encode([[]]) == "[[]]"

    def test_without_the_encoder_in_c(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: object) -> None:
            raise TypeError("takes no such arguments")

        for encoder in (None, refuse):
            monkeypatch.setattr("json.encoder.c_make_encoder", encoder)
            assert "".join(_json_encoder()({"a": [1, "é"]}, 0)) == r'{"a": [1, "\u00e9"]}'

    def test_cannot_end_a_script(self) -> None:
        assert json_encode("</script>") == r'"<\/script>"'

    def test_bytes_are_not_json(self) -> None:
        with pytest.raises(TypeError):
            json_encode(b"x")

    def test_not_json(self) -> None:
        with pytest.raises(ValueError, match="Expecting value"):
            json_decode("nothing")


class TestUrl:
    @given(st.text(), st.booleans())
    def test_round_trip(self, text: str, plus: bool) -> None:
        assert url_unescape(url_escape(text, plus), plus=plus) == text

    @given(st.binary(), st.booleans())
    def test_round_trip_of_bytes(self, data: bytes, plus: bool) -> None:
        assert url_unescape(url_escape(data, plus), None, plus) == data

    @pytest.mark.parametrize(
        ("text", "plus", "escaped"),
        [
            ("a b/é&+", True, "a+b%2F%C3%A9%26%2B"),
            ("a b/é&+", False, "a%20b/%C3%A9%26%2B"),
            ("~", True, "~"),
        ],
    )
    def test_escape(self, text: str, plus: bool, escaped: str) -> None:
        assert url_escape(text, plus) == escaped

    @given(percent_text, st.sampled_from(["utf-8", "latin-1", "shift_jis"]))
    def test_unescape_as_the_standard_library(self, text: str, encoding: str) -> None:
        assert url_unescape(text, encoding, plus=False) == urllib.parse.unquote(text, encoding)
        assert url_unescape(text, encoding) == urllib.parse.unquote_plus(text, encoding)

    @given(percent_text)
    def test_unescape_to_bytes_as_the_standard_library(self, text: str) -> None:
        expected = urllib.parse.unquote_to_bytes(text)
        assert url_unescape(text, None, plus=False) == expected
        assert url_unescape(text.encode(), None, plus=False) == expected

    @given(st.binary(max_size=100), st.integers(0, 3))
    def test_blocks_do_not_cut_escapes(self, data: bytes, shift: int) -> None:
        long = b"x" * (escape._UNQUOTE_BLOCK - shift - 3) + data.replace(b"%", b"%25") + b"%41%zz%"
        assert escape._unquote_to_bytes(long) == urllib.parse.unquote_to_bytes(long)

    def test_bytes_in_another_encoding(self) -> None:
        assert url_unescape(b"a+b%E9\xe9", "latin-1") == "a béé"

    def test_what_the_encoding_does_not_know(self) -> None:
        assert url_unescape("%C3x") == "\ufffdx"

    @pytest.mark.parametrize("unit", ["%", "%41", "%zz", "%41a", "%4", "\\%"])
    def test_a_flood_is_no_trouble(self, unit: str) -> None:
        """A quadratic way through this would take hours, and run into the test time limit."""
        text = unit * (2_000_000 // len(unit))
        unescaped = url_unescape(text)
        assert parse_qs_bytes("a=" + text) == {"a": [unescaped.encode("latin-1")]}


class TestParseQs:
    def test_values_are_bytes(self) -> None:
        assert parse_qs_bytes("a=1&b=%E9&a=x+y") == {"a": [b"1", b"x y"], "b": [b"\xe9"]}
        assert parse_qs_bytes(b"%C3%A9=\xff") == {"Ã©": [b"\xff"]}

    def test_blank_values(self) -> None:
        assert parse_qs_bytes("a=&b&&c=1") == {"c": [b"1"]}
        assert parse_qs_bytes("a=&b&&c=1", True) == {"a": [b""], "b": [b""], "c": [b"1"]}

    def test_strict(self) -> None:
        with pytest.raises(ValueError, match="b'b'"):
            parse_qs_bytes("a=1&b", strict_parsing=True)

    def test_semicolons_are_data(self) -> None:
        assert parse_qs_bytes("a=1;b=2") == {"a": [b"1;b=2"]}

    def test_too_many_fields(self) -> None:
        assert len(parse_qs_bytes("a=1&b=2", max_num_fields=2)) == 2
        with pytest.raises(ValueError, match="more than 2 fields"):
            parse_qs_bytes("&&", max_num_fields=2)

    def test_empty(self) -> None:
        assert parse_qs_bytes("") == parse_qs_bytes(b"") == {}

    @given(percent_text)
    def test_as_the_standard_library(self, text: str) -> None:
        data = text.encode()
        # It has a different way with escaped bytes in values only: it decodes them.
        fields = urllib.parse.parse_qs(
            data.decode("latin-1"), True, encoding="latin-1", errors="strict"
        )
        expected = {k: [v.encode("latin-1") for v in values] for k, values in fields.items()}
        assert parse_qs_bytes(data, keep_blank_values=True) == expected


def link(url: str, shown: str | None = None, extra: str = "") -> str:
    return f'<a href="{url}"{extra}>{url if shown is None else shown}</a>'


class TestLinkify:
    @pytest.mark.parametrize(
        ("text", "linked"),
        [
            ("plain text, no link.", "plain text, no link."),
            ("see http://a.bc/!", f"see {link('http://a.bc/')}!"),
            ("http://a.bc/x?y=1&z=2", link("http://a.bc/x?y=1&amp;z=2")),
            ("www.a.bc, www.d.ef.", f"{link('http://www.a.bc', 'www.a.bc')}, "
             f"{link('http://www.d.ef', 'www.d.ef')}."),
            ("(http://a.bc/d)", f"({link('http://a.bc/d')})"),
            ("http://a.bc/d_(e)", link("http://a.bc/d_(e)")),
            ("http://a.bc/d(e(f))", f"{link('http://a.bc/d')}(e(f))"),
            ("http://a.bc/d(e", f"{link('http://a.bc/d')}(e"),
            ('"http://a.bc"', f"&quot;{link('http://a.bc')}&quot;"),
            ("<http://a.bc>", f"&lt;{link('http://a.bc')}&gt;"),
            ("http://a.bc/é-ß", link("http://a.bc/é-ß")),
            ("-http://a.bc", f"-{link('http://a.bc')}"),
            ("http:// and http:///...", "http:// and http:///..."),
            ("ftp://a.bc javascript://x", "ftp://a.bc javascript://x"),
            ("xwww.a.bc a_http://b", "xwww.a.bc a_http://b"),
            ("<script>", "&lt;script&gt;"),
        ],
    )  # fmt: skip
    def test_plain(self, text: str, linked: str) -> None:
        assert linkify(text) == linked

    def test_bytes(self) -> None:
        assert linkify(b"http://a.bc/\xc3\xa9") == link("http://a.bc/é")

    def test_protocols(self) -> None:
        assert linkify("ftp://a.b http://c.d", permitted_protocols=["ftp"]) == (
            f"{link('ftp://a.b')} http://c.d"
        )
        assert linkify("www.a.b http://c.d", require_protocol=True) == (
            f"www.a.b {link('http://c.d')}"
        )

    def test_extra_params(self) -> None:
        assert linkify("www.a.b", extra_params='  rel="nofollow" ') == (
            link("http://www.a.b", "www.a.b", ' rel="nofollow"')
        )
        assert linkify("www.a.b", extra_params=lambda url: f'data-u="{url}"') == (
            link("http://www.a.b", "www.a.b", ' data-u="http://www.a.b"')
        )

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("http://www.example.com/short", None),
            ("http://www.example.com/longer-path/file", "http://www.example.com/longer-p..."),
            ("http://www.example.com/a.b/cdefghijk", "http://www.example.com/a..."),
            ("http://www.example.com/a/cdefghijkl?m", "http://www.example.com/a..."),
            ("http://" + "h" * 60, "http://" + "h" * 23 + "..."),
            ("www.example.com/" + "p" * 30, "www.example.com/pppppppp..."),
            ("http://abcdefghi.example.com/abc", None),
        ],
    )
    def test_shorten(self, url: str, shown: str | None) -> None:
        href = url if url.startswith("http") else "http://" + url
        extra = f' title="{href}"' if shown else ""
        assert linkify(url, shorten=True) == link(href, shown or url, extra)

    def test_shortened_text_has_whole_entities(self) -> None:
        linked = linkify("http://example.com/abcd&f" + "g" * 40, shorten=True)
        assert ">http://example.com/abcd...</a>" in linked

    @given(st.text(st.sampled_from("htp:/w.a()&\"<>'; \n!-"), max_size=60))
    def test_adds_nothing_but_links(self, text: str) -> None:
        linked = linkify("http://" + text + " www." + text)
        without = linked.replace("</a>", "")
        while '<a href="' in without:
            before, _, rest = without.partition('<a href="')
            without = before + rest.partition('">')[2]
        assert without == xhtml_escape("http://" + text + " www." + text)

    @pytest.mark.parametrize("unit", ["a-", "http://a!", "http://(", "www.", "&", "http:/", "()"])
    def test_a_flood_is_no_trouble(self, unit: str) -> None:
        """A quadratic way through this would take hours, and run into the test time limit."""
        text = "http://a" + unit * 300_000
        assert len(linkify(text)) >= len(text)
