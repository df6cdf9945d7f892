"""Forms in request bodies."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zonda.httputil import (
    HTTPFile,
    HTTPHeaders,
    HTTPInputError,
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
    parse_body_arguments,
    parse_multipart_form_data,
    set_parse_body_config,
)
from zonda.httputil.body import parse_query

CASES = Path(__file__).resolve().parents[1] / "data" / "badinput" / "forms.jsonl"
URLENCODED = "application/x-www-form-urlencoded"


def cases() -> Iterator[Any]:
    """The cases of the file; ``{{REP:text:n}}`` stands for n times the text."""
    for line in CASES.read_text().splitlines():
        case = json.loads(line)
        case["body"] = re.sub(
            r"\{\{REP:(.*?):(\d+)\}\}",
            lambda m: m[1].replace(r"\r", "\r").replace(r"\n", "\n") * int(m[2]),
            case["raw"],
        ).encode("latin-1")
        yield pytest.param(case, id=case["id"])


def parse(
    content_type: str, body: bytes, config: ParseBodyConfig | None = None, **headers: str
) -> tuple[dict[str, list[bytes]], dict[str, list[HTTPFile]]]:
    arguments: dict[str, list[bytes]] = {}
    files: dict[str, list[HTTPFile]] = {}
    parse_body_arguments(content_type, body, arguments, files, HTTPHeaders(headers), config=config)
    return arguments, files


def part(disposition: str, data: str = "v", *fields: str) -> str:
    lines = "".join(f"{field}\r\n" for field in fields)
    return f"--XX\r\nContent-Disposition: form-data; {disposition}\r\n{lines}\r\n{data}\r\n"


def multipart(*parts: str) -> tuple[dict[str, list[bytes]], dict[str, list[HTTPFile]]]:
    return parse("multipart/form-data; boundary=XX", ("".join(parts) + "--XX--\r\n").encode())


@pytest.mark.parametrize("case", list(cases()))
def test_hostile_forms(case: dict[str, Any]) -> None:
    if case.get("error"):
        with pytest.raises(HTTPInputError):
            parse(case["content_type"], case["body"])
        return
    arguments, files = parse(case["content_type"], case["body"])
    if "fields" in case:
        decoded = {
            name: [value.decode("latin-1") for value in values]
            for name, values in arguments.items()
        }
        assert decoded == case["fields"]
    names = {name: [file.filename for file in group] for name, group in files.items()}
    assert names == case["files"]


def test_urlencoded() -> None:
    assert parse(URLENCODED, b"a=1&b=&a=%41+%zz&c")[0] == {
        "a": [b"1", b"A %zz"],
        "b": [b""],
        "c": [b""],
    }
    assert parse(URLENCODED.upper() + "; charset=utf-8", b"a=1")[0] == {"a": [b"1"]}


def test_other_types_are_left_alone() -> None:
    for content_type in ("", "text/plain", URLENCODED + "x", "multipart/mixed; boundary=XX"):
        assert parse(content_type, b"a=1", **{"Content-Encoding": "gzip"}) == ({}, {})


def test_files_and_fields() -> None:
    arguments, files = multipart(
        part('name="a"', "1"),
        part('name="f"; filename="x.txt"', "data\r\n\r\n", "Content-Type: text/plain"),
        part('name="f"; filename="y"', ""),
        part("name=a; other=thing", "2"),
    )
    assert arguments == {"a": [b"1", b"2"]}
    first, second = files["f"]
    assert (first.filename, first.body, first.content_type) == (
        "x.txt",
        b"data\r\n\r\n",
        "text/plain",
    )
    assert first["body"] == b"data\r\n\r\n"
    assert (second.body, second.content_type) == (b"", "application/unknown")


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        (r'name="f"; filename="a \"quoted\" \\ name;x=y"', 'a "quoted" \\ name;x=y'),
        ('name="f"; filename="ünïcode €"', "ünïcode €"),
        (r'name="f"; filename="C:\dir\x.txt"', r"C:\dir\x.txt"),
        ("name=f; filename=plain.txt", "plain.txt"),
        ("filename*=utf-8'de'%C3%BC; name=f", "ü"),
    ],
)
def test_file_names(disposition: str, filename: str) -> None:
    [file] = multipart(part(disposition))[1]["f"]
    assert file.filename == filename


def test_a_missing_first_delimiter_line_is_supplied() -> None:
    assert multipart(part('name="a"')[6:])[0] == {"a": [b"v"]}
    assert multipart("\r\n", part('name="a"'))[0] == {"a": [b"v"]}


def test_boundary_may_bring_its_quotes() -> None:
    arguments: dict[str, list[bytes]] = {}
    body = (part('name="a"') + "--XX--").encode()
    parse_multipart_form_data(b'"XX"', body, arguments, {})
    assert arguments == {"a": [b"v"]}
    assert parse('multipart/form-data; charset=x; boundary="XX"', body)[0] == arguments


def test_a_form_with_an_error_adds_nothing() -> None:
    arguments: dict[str, list[bytes]] = {}
    with pytest.raises(HTTPInputError):
        parse_multipart_form_data(b"XX", part('name="a"').encode(), arguments, {})
    assert arguments == {}


@pytest.mark.parametrize("content_type", [URLENCODED, "multipart/form-data; boundary=XX"])
def test_compressed_forms_are_refused(content_type: str) -> None:
    with pytest.raises(HTTPInputError, match="Unsupported Content-Encoding: gzip"):
        parse(content_type, b"x", **{"Content-Encoding": "gzip"})


def test_limits_are_configured() -> None:
    body = (part('name="a"') * 2 + "--XX--").encode()
    for config, message in [
        (ParseMultipartConfig(max_parts=1), "too many parts"),
        (ParseMultipartConfig(max_part_header_size=20), "too large"),
        (ParseMultipartConfig(enabled=False), "disabled"),
    ]:
        with pytest.raises(HTTPInputError, match=message):
            parse_multipart_form_data(b"XX", body, {}, {}, config=config)
    exact = ParseMultipartConfig(
        max_parts=2, max_part_header_size=len('Content-Disposition: form-data; name="a"')
    )
    arguments: dict[str, list[bytes]] = {}
    parse_multipart_form_data(b"XX", body, arguments, {}, config=exact)
    assert arguments == {"a": [b"v", b"v"]}
    with pytest.raises(HTTPInputError, match=r"exceeded \(1, see"):
        parse(URLENCODED, b"a=1&a=2", ParseBodyConfig(urlencoded=ParseUrlEncodedConfig(1)))


def test_the_process_has_a_configuration() -> None:
    assert ParseBodyConfig() == ParseBodyConfig(ParseMultipartConfig(), ParseUrlEncodedConfig())
    set_parse_body_config(
        ParseBodyConfig(ParseMultipartConfig(enabled=False), ParseUrlEncodedConfig(1))
    )
    try:
        with pytest.raises(HTTPInputError, match="disabled"):
            multipart(part('name="a"'))
        assert parse_query("a=1") == {"a": [b"1"]}
        with pytest.raises(HTTPInputError, match="query string"):
            parse_query("a=1&b=2")
    finally:
        set_parse_body_config(ParseBodyConfig())
    assert multipart(part('name="a"'))[0] == {"a": [b"v"]}


@pytest.mark.parametrize(
    "query", ["a=1", "a", "=1", "a=", "a=b=c", "a+b=c+d", "%41=1", "\xe4=\xf6", ""]
)
def test_queries_of_one_argument_are_as_those_of_several(query: str) -> None:
    alone = parse_query(query)
    several = parse_query(query + "&z=z")
    assert several.pop("z") == [b"z"]
    assert alone == several


def test_queries_that_are_not_latin1() -> None:
    with pytest.raises(UnicodeEncodeError):
        parse_query("a=\u20ac")
