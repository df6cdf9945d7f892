"""Heads out of the lines that clients hand on."""

import pytest

from zonda.httpclient.head import HeadLines
from zonda.httputil import HTTPInputError


def fed(*lines):
    heads = []
    head = HeadLines(lambda: heads.append((head.code, head.reason, dict(head.headers.get_all()))))
    for line in lines:
        head.feed(f"{line}\r\n")
    return head, heads


def test_a_head():
    head, heads = fed("HTTP/1.1 404 Not Found", "A: b", "C:", "")
    assert heads == [(404, "Not Found", {"A": "b", "C": ""})]
    assert head.version == "HTTP/1.1"
    assert head.lines == ["HTTP/1.1 404 Not Found\r\n", "A: b\r\n", "C:\r\n", "\r\n"]


def test_what_comes_before_and_behind_is_passed_over():
    _, heads = fed(
        "HTTP/1.1 103 Early Hints", "Link: </x>", "", "HTTP/2 200", "A: b", "", "Trailer: x", ""
    )
    assert heads == [(200, "", {"A": "b"})]


def test_a_second_head_replaces_the_first():
    _, heads = fed("HTTP/1.1 401 No", "A: b", "", "HTTP/1.1 200 OK", "C: d", "")
    assert heads == [(401, "No", {"A": "b"}), (200, "OK", {"C": "d"})]


def test_a_line_that_is_no_field():
    head, _ = fed("HTTP/1.1 200 OK")
    with pytest.raises(HTTPInputError):
        head.feed("no colon\r\n")
