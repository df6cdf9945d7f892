"""The streaming multipart parser."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.protocol.multipart import (
    MultipartError,
    MultipartEvent,
    MultipartParser,
    PartBegin,
    PartData,
    PartEnd,
)

BOUNDARY = b"XX"
FIELD = b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
FILE = b'--XX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'


def simple(events: list[MultipartEvent]) -> list[tuple[str, str | None, bytes]]:
    """Name, file name and data of each part; checks that events come in order."""
    parts: list[tuple[str, str | None, bytes]] = []
    inside = False
    for event in events:
        if isinstance(event, PartBegin):
            assert not inside
            parts.append((event.name, event.filename, b""))
            inside = True
        elif isinstance(event, PartData):
            assert inside
            assert event.data
            name, filename, data = parts[-1]
            parts[-1] = name, filename, data + event.data
        else:
            assert isinstance(event, PartEnd)
            assert inside
            inside = False
    assert not inside
    return parts


def parse(
    body: bytes, *sizes: int, boundary: bytes = BOUNDARY
) -> list[tuple[str, str | None, bytes]]:
    """Parse a body that comes in pieces of these sizes, and then the rest."""
    parser = MultipartParser(boundary)
    events: list[MultipartEvent] = []
    for size in sizes:
        events += parser.feed(body[:size])
        body = body[size:]
    events += parser.feed(body)
    parser.finish()
    return simple(events)


def build(parts: list[tuple[str, str | None, bytes]], boundary: bytes = BOUNDARY) -> bytes:
    pieces = []
    for name, filename, data in parts:
        disposition = f'form-data; name="{name}"'
        if filename is not None:
            disposition += f'; filename="{filename}"'
        pieces += [b"--", boundary, b"\r\nContent-Disposition: ", disposition.encode()]
        pieces += [b"\r\n\r\n", data, b"\r\n"]
    return b"".join([*pieces, b"--", boundary, b"--\r\n"])


DELIMITER_LINE = re.compile(rb"\r\n--XX(--|[ \t]*\r\n)")


def holds_no_delimiter(data: bytes) -> bool:
    return not DELIMITER_LINE.search(b"\r\n" + data + b"\r\n")


# Text that likes to look like delimiters.
PIECES = [b"\r", b"\n", b"-", b"--", b"\r\n--", b"X", b"\r\n--X", b"\r\n--XXY", b"v"]
DATA = st.lists(st.sampled_from(PIECES)).map(b"".join).filter(holds_no_delimiter)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters='"\\\x7f', exclude_categories=["C"])
)
PARTS = st.lists(st.tuples(NAMES, st.none() | NAMES, DATA), max_size=4)


@given(PARTS, st.lists(st.integers(0, 12), max_size=60))
def test_what_was_built_comes_out_however_it_is_split(
    parts: list[tuple[str, str | None, bytes]], sizes: list[int]
) -> None:
    assert parse(build(parts), *sizes) == parts


@pytest.mark.parametrize(
    "body",
    [
        build([("a", None, b"1"), ("f", "x", b"\r\n--XX-data\r\n--XXY"), ("b", None, b"")]),
        b"\r\n\r\n" + FIELD + b"1\r\n--XX \t\r\n" + FILE[6:] + b"\r\n--XX--epilogue\r\n--XX\r\n",
        FIELD + b"--XX--\r\n",  # the blank line is also the delimiter's line end
    ],
)
def test_byte_by_byte_is_the_same(body: bytes) -> None:
    assert parse(body, *[1] * len(body)) == parse(body)
    for at in range(len(body)):
        assert parse(body, at) == parse(body)


def test_every_beginning_of_a_body_is_unfinished() -> None:
    body = build([("a", None, b"1"), ("b", None, b"2")])
    for size in range(len(body) - len(b"\r\n")):
        parser = MultipartParser(BOUNDARY)
        parser.feed(body[:size])
        with pytest.raises(MultipartError, match="before its final boundary") as caught:
            parser.finish()
        assert caught.value.status == 400


@given(st.binary(max_size=200).map(lambda junk: FIELD + junk) | st.binary(max_size=100))
def test_junk_is_data_or_an_error(junk: bytes) -> None:
    try:
        parts = parse(junk)
    except MultipartError:
        return
    assert not any(b"\r\n--XX\r\n" in data for _, _, data in parts)


def test_events() -> None:
    parser = MultipartParser(BOUNDARY)
    begin = b'--XX\r\ncontent-disposition: FORM-DATA; NAME=f; filename="x"\r\nX-Y:  z \r\n'
    assert parser.feed(begin) == []
    assert parser.feed(b"Content-Type: text/plain\r\n\r\nfirst") == [
        PartBegin(
            [
                ("content-disposition", 'FORM-DATA; NAME=f; filename="x"'),
                ("X-Y", "z"),
                ("Content-Type", "text/plain"),
            ],
            "f",
            "x",
            "text/plain",
        ),
        PartData(b"first"),
    ]
    assert parser.feed(memoryview(b"second\r\n--X")) == [PartData(b"second")]
    assert parser.feed(bytearray(b"third\r\n--XX")) == [PartData(b"\r\n--Xthird")]
    assert parser.feed(b"--") == [PartEnd()]
    assert parser.feed(b"anything\r\n--XX\r\n") == []
    parser.finish()


def test_data_is_handed_on_at_once() -> None:
    parser = MultipartParser(BOUNDARY)
    parser.feed(FILE)
    for _ in range(100):
        [event] = parser.feed(b"d" * 1000)
        assert event == PartData(b"d" * 1000)
        assert len(parser._buffer) == 0


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"", "without Content-Disposition"),
        (b"Content-Type: text/plain\r\n", "without Content-Disposition"),
        (b"Content-Disposition: attachment; name=a\r\n", "not form-data"),
        (b"Content-Disposition: form-data; filename=a\r\n", "with a name"),
        (b"Content-Disposition: form-data; name=a; name=b\r\n", "name is repeated"),
        (b'Content-Disposition: form-data; name="a\r\n', "not quoted correctly"),
        (b"Content-Disposition: form-data; name\r\n", "not name=value"),
        (b"Content-Disposition: form-data; name=a\r\n" * 2, "several Content-Disposition"),
        (b"Content-Disposition form-data; name=a\r\n", "not name: value"),
        (b"Content-Disposition: form-data;\r\n name=a\r\n", "not name: value"),
        (b"Content-Disposition : form-data; name=a\r\n", "not name: value"),
        (b"Content-Disposition: form-data; name=a\nX: y\r\n", "control character"),
        (b"Content-Disposition: form-data; name=a\rX: y\r\n", "control character"),
        (b"Content-Disposition: form-data; name=\x00\r\n", "control character"),
        (b"Content-Disposition: form-data; name=\xff\r\n", "not UTF-8"),
        (b"Content-Disposition: form-data; name=a; filename*=latin-9''x\r\n", "charset"),
        (b"Content-Disposition: form-data; name=a; filename*=utf-8''%ff\r\n", "decode"),
    ],
)
def test_bad_part_headers(header: bytes, message: str) -> None:
    with pytest.raises(MultipartError, match=message) as caught:
        parse(b"--XX\r\n" + header + b"\r\nv\r\n--XX--")
    assert caught.value.status == 400


@pytest.mark.parametrize("boundary", [b"", b"x" * 71, b"a\r\nb", b"a ", b"\xff"])
def test_bad_boundaries(boundary: bytes) -> None:
    with pytest.raises(MultipartError, match="1 to 70"):
        MultipartParser(boundary)


def test_any_visible_boundary_will_do() -> None:
    boundary = b"'()+_,-./:=? *$"
    body = build([("a", None, b"\r\n--'()+_")], boundary)
    assert parse(body, boundary=boundary) == [("a", None, b"\r\n--'()+_")]


def test_nothing_may_stand_before_the_first_delimiter() -> None:
    for body in (b"x\r\n" + FIELD, b"--XXY\r\n" + FIELD, FIELD[1:]):
        with pytest.raises(MultipartError, match="does not begin"):
            parse(body + b"v\r\n--XX--")


def test_part_header_limit_is_exact() -> None:
    size = len(b'Content-Disposition: form-data; name="a"')
    for body in (FIELD, FIELD.rstrip()):
        MultipartParser(BOUNDARY, max_part_header_size=size).feed(body)
    with pytest.raises(MultipartError, match="part header too large"):
        MultipartParser(BOUNDARY, max_part_header_size=size - 1).feed(FIELD)


def test_an_endless_part_header_is_cut_off_early() -> None:
    parser = MultipartParser(BOUNDARY, max_part_header_size=100)
    parser.feed(b"--XX\r\nX: ")
    for _ in range(100):
        parser.feed(b"y")
    with pytest.raises(MultipartError, match="part header too large"):
        parser.feed(b"y")


def test_part_limit() -> None:
    parser = MultipartParser(BOUNDARY, max_parts=2)
    parser.feed((FIELD + b"v\r\n") * 2)
    with pytest.raises(MultipartError, match="too many parts: the limit is 2"):
        parser.feed(FIELD)


def test_field_limit_spares_files() -> None:
    parser = MultipartParser(BOUNDARY, max_field_size=10)
    parser.feed(FILE + b"d" * 1000 + b"\r\n" + FIELD + b"d" * 10 + b"\r\n" + FIELD + b"12345")
    parser.feed(b"67890")
    with pytest.raises(MultipartError, match="form field is larger") as caught:
        parser.feed(b"1")
    assert caught.value.status == 413


def test_total_limit() -> None:
    parser = MultipartParser(BOUNDARY, max_total_size=len(FILE) + 10)
    parser.feed(FILE)
    parser.feed(b"1234567890")
    with pytest.raises(MultipartError, match="multipart body is larger") as caught:
        parser.feed(b"1")
    assert caught.value.status == 413


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_what_is_wrong_first_is_told_however_the_body_is_cut(size: int) -> None:
    body = FIELD + b"\r\n--XX\r\nno disposition\r\n\r\n" + b"d" * 100
    parser = MultipartParser(BOUNDARY, max_total_size=len(body) - 50)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    with pytest.raises(MultipartError, match="not name: value"):
        list(map(parser.feed, pieces))


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n--X" * 500_000,
        b"\r\n--XX-" * 300_000,
        b"\r" * 2_000_000,
        b"\r\n--XX" + b" " * 2_000_000,
        b"\r\n--XX\tv" * 300_000,
    ],
    ids=["near", "dash", "cr", "padding", "tab"],
)
def test_near_delimiters_are_data_in_linear_time(data: bytes) -> None:
    # A quadratic parser would be here for hours.
    body = FILE + data + b"\r\n--XX--"
    assert parse(body) == [("f", "x", data)]
    assert parse(body, *[4096] * (len(body) // 4096)) == [("f", "x", data)]


def test_against_another_implementation() -> None:
    other = pytest.importorskip("multipart")
    parts = [
        ("a", None, b"1"),
        ("f", "x y.txt", bytes(range(256)) * 20),
        ("ü", "€", b"\r\n--X\r\n--X-"),
        ("e", "empty", b""),
    ]
    body = build(parts)
    theirs, current = [], None
    with other.PushMultipartParser(BOUNDARY) as parser:
        for start in range(0, len(body), 100):
            for event in parser.parse(body[start : start + 100]):
                if isinstance(event, other.MultipartSegment):
                    current = [event.name, event.filename, b""]
                elif event:
                    current[2] += bytes(event)
                else:
                    theirs.append(tuple(current))
    assert theirs == parts == parse(body)
