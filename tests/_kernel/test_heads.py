"""Request and response heads: start lines, limits, splits, look-ups; both twins."""

import copy
import gc
import pickle
from typing import Any

import pytest

from zonda._kernel.errors import (
    BAD_ASTERISK,
    BAD_AUTHORITY,
    BAD_CONNECT,
    BAD_METHOD,
    BAD_REQUEST_LINE,
    BAD_STATUS_LINE,
    BAD_TARGET,
    BAD_TARGET_BYTE,
    BAD_VERSION,
    BARE_CR,
    BARE_LF,
    HEAD_TOO_LARGE,
    LINE_TOO_LONG,
    NOT_HTTP,
    TOO_MANY_FIELDS,
    UNKNOWN_VERSION,
    BadHead,
    Fault,
)

REST = b"\r\nHost: x\r\n\r\n"
BROWSER = (
    b"GET /a/b.html?x=1&y=%20 HTTP/1.1\r\n"
    b"Host: example.com:8080\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0\r\n"
    b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    b"Accept-Language: de,en-US;q=0.7,en;q=0.3\r\n"
    b"Cookie: a=b\r\n"
    b"X-Empty:\r\n"
    b"x-padded: \t two  words \t \r\n"
    b"Cookie: c=\xe9\r\n"
    b"\r\n"
)


def parse(kernel: Any, data: bytes, start: int = 0, size: int = 65536, fields: int = 100) -> Any:
    return kernel.parse_request_head(data, start, size, fields)


class TestRequestLine:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            # method, target, path, query, authority, host
            (b"GET / HTTP/1.1", ("GET", "/", "/", "", "", "x")),
            (b"GET /? HTTP/1.1", ("GET", "/?", "/", "", "", "x")),
            (b"GET /a?b?c HTTP/1.1", ("GET", "/a?b?c", "/a", "b?c", "", "x")),
            (b"get /a HTTP/1.1", ("get", "/a", "/a", "", "", "x")),
            (b"!#$%&'*+-.^_`|~9aZ / HTTP/1.1", ("!#$%&'*+-.^_`|~9aZ", "/", "/", "", "", "x")),
            (b"PROPFIND //a//b HTTP/1.1", ("PROPFIND", "//a//b", "//a//b", "", "", "x")),
            (b"GET /\xff\x80 HTTP/1.1", ("GET", "/\xff\x80", "/\xff\x80", "", "", "x")),
            (b'GET /#"<>[]{}|^` HTTP/1.1', ("GET", '/#"<>[]{}|^`', '/#"<>[]{}|^`', "", "", "x")),
            (b"GET http://h/p?q HTTP/1.1", ("GET", "http://h/p?q", "/p", "q", "h", "h")),
            (b"GET http://h HTTP/1.1", ("GET", "http://h", "/", "", "h", "h")),
            (b"GET http://h?q HTTP/1.1", ("GET", "http://h?q", "/", "q", "h", "h")),
            (b"GET http://h?/a HTTP/1.1", ("GET", "http://h?/a", "/", "/a", "h", "h")),
            (b"POST a+b-c.9://h:1/ HTTP/1.1", ("POST", "a+b-c.9://h:1/", "/", "", "h:1", "h:1")),
            (
                b"GET HTTPS://[::1]:8/ HTTP/1.1",
                ("GET", "HTTPS://[::1]:8/", "/", "", "[::1]:8", "[::1]:8"),
            ),
            (b"OPTIONS http://h HTTP/1.1", ("OPTIONS", "http://h", "/", "", "h", "h")),
            (b"OPTIONS * HTTP/1.1", ("OPTIONS", "*", "*", "", "", "x")),
            (b"OPTIONS /a HTTP/1.1", ("OPTIONS", "/a", "/a", "", "", "x")),
            (b"CONNECT h:443 HTTP/1.1", ("CONNECT", "h:443", "h:443", "", "h:443", "h:443")),
            (b"CONNECT [::]:1 HTTP/1.1", ("CONNECT", "[::]:1", "[::]:1", "", "[::]:1", "[::]:1")),
        ],
    )
    def test_parts(self, kernel: Any, line: bytes, expected: tuple[str, ...]) -> None:
        head = parse(kernel, line + REST)
        parts = (head.method, head.target, head.path, head.query, head.authority, head.host)
        assert parts == expected

    @pytest.mark.parametrize("minor", range(10))
    def test_minor_versions(self, kernel: Any, minor: int) -> None:
        head = parse(kernel, b"GET / HTTP/1.%d" % minor + REST)
        assert (head.version, head.minor) == (f"HTTP/1.{minor}", minor)
        assert head.keep_alive == (minor > 0)

    @pytest.mark.parametrize(
        "method",
        ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT"],
    )
    def test_usual_methods_are_one_object(self, kernel: Any, method: str) -> None:
        target = b"h:1" if method == "CONNECT" else b"/"
        data = method.encode() + b" " + target + b" HTTP/1.1" + REST
        assert parse(kernel, data).method is parse(kernel, bytes(bytearray(data))).method
        assert parse(kernel, data).method == method

    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            (b"\x16\x03\x01\x02\x00\x01", NOT_HTTP),
            (b" GET / HTTP/1.1", NOT_HTTP),
            (b"\x80GET / HTTP/1.1", NOT_HTTP),
            (b"\x00", NOT_HTTP),
            (b"GET", BAD_REQUEST_LINE),
            (b"GET /", BAD_REQUEST_LINE),
            (b"GET / ", BAD_VERSION),
            (b"GET /  HTTP/1.1", BAD_REQUEST_LINE),
            (b"GET  / HTTP/1.1", BAD_REQUEST_LINE),
            (b"GET  HTTP/1.1", BAD_REQUEST_LINE),
            (b"GET / HTTP/1.1 ", BAD_REQUEST_LINE),
            (b"GET /a b HTTP/1.1", BAD_REQUEST_LINE),
            (b"GET\t/\tHTTP/1.1", BAD_REQUEST_LINE),
            (b"G(T / HTTP/1.1", BAD_METHOD),
            (b"G\xc9T / HTTP/1.1", BAD_METHOD),
            (b"GET: / HTTP/1.1", BAD_METHOD),
            (b"GET / HTTP/1.17", BAD_VERSION),
            (b"GET / HTTP/11", BAD_VERSION),
            (b"GET / HTTP/1.", BAD_VERSION),
            (b"GET / HTTP/1", BAD_VERSION),
            (b"GET / HTTP/1.a", BAD_VERSION),
            (b"GET / HTTP/1.\xb2", BAD_VERSION),
            (b"GET / http/1.1", BAD_VERSION),
            (b"GET / HTTP/ 1", BAD_REQUEST_LINE),
            (b"GET / FTP/1.1", BAD_VERSION),
            (b"GET / HTTP/2.0", UNKNOWN_VERSION),
            (b"GET / HTTP/0.9", UNKNOWN_VERSION),
            (b"PRI * HTTP/2.0", UNKNOWN_VERSION),
            (b"GET /\x7f HTTP/1.1", BAD_TARGET_BYTE),
            (b"GET /\x00 HTTP/1.1", BAD_TARGET_BYTE),
            (b"GET /a\tb HTTP/1.1", BAD_TARGET_BYTE),
            (b"GET /aaaaaaaaaaaaaaaaaa\x1f HTTP/1.1", BAD_TARGET_BYTE),
            (b"GET foo HTTP/1.1", BAD_TARGET),
            (b"GET h:80 HTTP/1.1", BAD_TARGET),
            (b"GET http:/h/ HTTP/1.1", BAD_TARGET),
            (b"GET ://h/ HTTP/1.1", BAD_TARGET),
            (b"GET 1a://h/ HTTP/1.1", BAD_TARGET),
            (b"GET a_b://h/ HTTP/1.1", BAD_TARGET),
            (b"GET ?a HTTP/1.1", BAD_TARGET),
            (b"OPTIONS ** HTTP/1.1", BAD_TARGET),
            (b"GET * HTTP/1.1", BAD_ASTERISK),
            (b"GET http:///p HTTP/1.1", BAD_AUTHORITY),
            (b"GET http://?q HTTP/1.1", BAD_AUTHORITY),
            (b"GET http://:80/ HTTP/1.1", BAD_AUTHORITY),
            (b"GET http://u@h/ HTTP/1.1", BAD_AUTHORITY),
            (b"GET http://h#f HTTP/1.1", BAD_AUTHORITY),
            (b"GET http://h:x/ HTTP/1.1", BAD_AUTHORITY),
            (b"GET http://h\xe9/ HTTP/1.1", BAD_AUTHORITY),
            (b"GET http://[::1/ HTTP/1.1", BAD_AUTHORITY),
            (b"CONNECT / HTTP/1.1", BAD_CONNECT),
            (b"CONNECT * HTTP/1.1", BAD_CONNECT),
            (b"CONNECT h HTTP/1.1", BAD_CONNECT),
            (b"CONNECT h: HTTP/1.1", BAD_CONNECT),
            (b"CONNECT h:0 HTTP/1.1", BAD_CONNECT),
            (b"CONNECT h:65536 HTTP/1.1", BAD_CONNECT),
            (b"CONNECT :443 HTTP/1.1", BAD_CONNECT),
            (b"CONNECT http://h:1/ HTTP/1.1", BAD_CONNECT),
        ],
    )
    def test_bad_lines(self, kernel: Any, outcomes: Any, line: bytes, fault: Fault) -> None:
        assert outcomes.request(kernel, line + REST) == ("error", *fault)

    def test_first_byte_is_judged_at_once(self, kernel: Any, outcomes: Any) -> None:
        assert outcomes.request(kernel, b"\x16") == ("error", *NOT_HTTP)
        assert outcomes.request(kernel, b"\r\n\x16") == ("error", *NOT_HTTP)
        assert outcomes.request(kernel, b"G") is None
        assert outcomes.request(kernel, b"G\x16") is None  # the line is judged as a whole

    def test_empty_lines_before_it_are_skipped(self, kernel: Any) -> None:
        data = b"xx\r\n\r\nGET / HTTP/1.1" + REST
        head = parse(kernel, data + b"body", start=2)
        assert (head.method, head.start, head.end) == ("GET", 2, len(data))
        assert (head.target, head.path, head.host) == ("/", "/", "x")


class TestLineEnds:
    @pytest.mark.parametrize(
        ("data", "fault"),
        [
            (b"\n", BARE_LF),
            (b"\rG", BARE_CR),
            (b"\r\r", BARE_CR),
            (b"GET / HTTP/1.1\n", BARE_LF),
            (b"GET / HTTP/1.1\rH", BARE_CR),
            (b"GET / HTTP/1.1\r\r", BARE_CR),
            (b"GET / HTTP/1.1\r\n\n", BARE_LF),
            (b"GET / HTTP/1.1\r\n\rA", BARE_CR),
            (b"GET / HTTP/1.1\r\nA: b\n", BARE_LF),
            (b"GET / HTTP/1.1\r\nA: b\rc", BARE_CR),
            (b"GET / HTTP/1.1\r\nA: b\r\r", BARE_CR),
            (b"GET / HTTP/1.1\r\nA\n", BARE_LF),
            (b"GET / HTTP/1.1\r\nX: \x00 bad too, but the line has not ended\n", BARE_LF),
        ],
    )
    def test_only_crlf_ends_a_line(
        self, kernel: Any, outcomes: Any, data: bytes, fault: Fault
    ) -> None:
        assert outcomes.request(kernel, data) == ("error", *fault)
        assert outcomes.request(kernel, data[:-1]) is None

    def test_every_prefix_is_incomplete(self, kernel: Any) -> None:
        assert all(parse(kernel, BROWSER[:end]) is None for end in range(len(BROWSER)))

    def test_what_follows_does_not_matter(self, kernel: Any, outcomes: Any) -> None:
        alone = outcomes.request(kernel, BROWSER)
        assert outcomes.request(kernel, BROWSER + b"\x00\n\r") == alone

    @pytest.mark.parametrize(
        "data",
        [
            b"\r\nGE(T / HTTP/1.1\r\nbad\r\n",
            b"GET / HTTP/1.1\r\nA b\r\nC: \x00\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\n",
            b"GET / HTTP/1.1\r\nHost: /\r\nTransfer-Encoding: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nExpect: x\r\n\n",
            b"GET / HTTP/1.1\r\nA: b\r\n\r\n",
        ],
    )
    def test_the_first_bad_line_wins_at_every_split(
        self, kernel: Any, outcomes: Any, data: bytes
    ) -> None:
        whole = outcomes.request(kernel, data)
        assert whole[0] == "error"
        seen = [outcomes.request(kernel, data[:end]) for end in range(len(data) + 1)]
        first = next(index for index, outcome in enumerate(seen) if outcome is not None)
        assert seen[first:] == [whole] * (len(seen) - first)


class TestLimits:
    def test_size_counts_to_the_end_of_the_blank_line(self, kernel: Any, outcomes: Any) -> None:
        assert parse(kernel, BROWSER, size=len(BROWSER)) is not None
        too_small = outcomes.request(kernel, BROWSER, size=len(BROWSER) - 1)
        assert too_small == ("error", *HEAD_TOO_LARGE)

    def test_size_counts_from_start_and_includes_empty_lines(
        self, kernel: Any, outcomes: Any
    ) -> None:
        data = b"...\r\n\r\n" + BROWSER
        assert parse(kernel, data, start=3, size=len(data) - 3) is not None
        with pytest.raises(BadHead) as caught:
            parse(kernel, data, start=3, size=len(data) - 4)
        assert caught.value.status == 431

    @pytest.mark.parametrize("size", [0, 1, 15, 33])
    def test_request_line_that_does_not_end_within(
        self, kernel: Any, outcomes: Any, size: int
    ) -> None:
        assert outcomes.request(kernel, BROWSER, size=size) == ("error", *LINE_TOO_LONG)

    def test_request_line_that_just_ends_within(self, kernel: Any, outcomes: Any) -> None:
        size = BROWSER.index(b"\r\n") + 2
        assert outcomes.request(kernel, BROWSER, size=size) == ("error", *HEAD_TOO_LARGE)

    def test_endless_empty_lines(self, kernel: Any, outcomes: Any) -> None:
        assert outcomes.request(kernel, b"\r\n" * 50, size=100) == ("error", *LINE_TOO_LONG)

    @pytest.mark.parametrize("size", range(0, len(BROWSER) + 2, 7))
    def test_bytes_beyond_the_limit_are_not_looked_at(
        self, kernel: Any, outcomes: Any, size: int
    ) -> None:
        changed = BROWSER[:size] + b"\n\x00\r" * 100
        if size < len(BROWSER):
            whole = outcomes.request(kernel, BROWSER[:size], size=size)
            assert outcomes.request(kernel, changed, size=size) == whole

    def test_number_of_fields(self, kernel: Any, outcomes: Any) -> None:
        data = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 99 + b"\r\n"
        assert len(parse(kernel, data)) == 100
        assert outcomes.request(kernel, data, fields=99) == ("error", *TOO_MANY_FIELDS)
        assert outcomes.request(kernel, data[:-2], fields=99) == ("error", *TOO_MANY_FIELDS)
        assert outcomes.request(kernel, data[:-3], fields=99) is None

    def test_no_fields_allowed(self, kernel: Any, outcomes: Any) -> None:
        assert parse(kernel, b"GET / HTTP/1.0\r\n\r\n", fields=0) is not None
        data = b"GET / HTTP/1.0\r\nA: b\r\n\r\n"
        assert outcomes.request(kernel, data, fields=0) == ("error", *TOO_MANY_FIELDS)

    @pytest.mark.parametrize("arguments", [(-1, 10, 10), (5, 10, 10), (0, -1, 10), (0, 10, -1)])
    def test_senseless_arguments(self, kernel: Any, arguments: tuple[int, int, int]) -> None:
        for function in (kernel.parse_request_head, kernel.parse_response_head):
            with pytest.raises(ValueError, match="start must lie within"):
                function(b"GET ", *arguments)

    def test_start_at_the_end(self, kernel: Any) -> None:
        assert parse(kernel, b"GET ", start=4) is None

    def test_gigantic_limit(self, kernel: Any) -> None:
        assert parse(kernel, BROWSER, size=2**62, fields=2**62) is not None


class TestFields:
    def test_get(self, kernel: Any) -> None:
        head = parse(kernel, BROWSER)
        assert head.get("host") == head.get("HOST") == "example.com:8080"
        assert head.get("X-Empty") == ""
        assert head.get("X-Padded") == "two  words"
        assert head.get("cookie") == "a=b,c=\xe9"
        assert head.get("nothing") is None
        assert head.get("nothing", "default") == "default"
        assert head.get("nothing", default="default") == "default"
        assert head.get("") is None

    def test_get_all_has_items_len(self, kernel: Any) -> None:
        head = parse(kernel, BROWSER)
        assert head.get_all("COOKIE") == ["a=b", "c=\xe9"]
        assert head.get_all("host") == ["example.com:8080"]
        assert head.get_all("nothing") == []
        assert head.has("x-eMPTY")
        assert not head.has("x-empt")
        assert len(head) == 8
        assert [name for name, _ in head.items()] == [
            "Host", "User-Agent", "Accept", "Accept-Language", "Cookie", "X-Empty", "x-padded",
            "Cookie",
        ]  # fmt: skip
        assert head.items()[6:] == [("x-padded", "two  words"), ("Cookie", "c=\xe9")]

    def test_lists_belong_to_the_caller(self, kernel: Any) -> None:
        head = parse(kernel, BROWSER)
        head.items().clear()
        head.get_all("cookie").clear()
        assert len(head.items()) == 8
        assert head.get_all("cookie") == ["a=b", "c=\xe9"]

    @pytest.mark.parametrize("name", ["coo\u212aie", "\xe9", "co\u0130kie", "host\0", "\U0001f36a"])
    def test_names_that_only_look_alike(self, kernel: Any, name: str) -> None:
        head = parse(kernel, BROWSER.replace(b"X-Empty", b"cooKIE"))
        assert not head.has(name)
        assert head.get(name) is None
        assert head.get_all(name) == []

    @pytest.mark.parametrize("name", ["x-empty:", "cookie: a=b", "cookie: a=b\r\nx-empty", "\r\n"])
    def test_a_name_ends_before_its_colon(self, kernel: Any, name: str) -> None:
        head = parse(kernel, BROWSER)
        assert not head.has(name)
        assert head.get_all(name) == []

    def test_names_are_compared_by_letter_case_only(self, kernel: Any) -> None:
        # "@" and "`", "[" and "{" and the like differ in the same bit as "A" and "a"
        head = parse(kernel, b"GET / HTTP/1.0\r\nA^: caret\r\nB`: tick\r\n\r\n")
        assert head.get("a^") == "caret"
        assert head.get("a~") is None
        assert head.get("b@") is None
        assert head.get("b`") == "tick"

    def test_wrong_types(self, kernel: Any) -> None:
        head = parse(kernel, BROWSER)
        for look_up in (head.get, head.get_all, head.has):
            with pytest.raises((TypeError, AttributeError)):
                look_up(None)

    @pytest.mark.parametrize("count", [19, 20, 21, 39, 40, 41, 200, 1000])
    def test_any_number_of_fields(self, kernel: Any, count: int) -> None:
        names = [f"Name-{index}" for index in range(count)]
        block = "".join(f"{name}: value {name}\r\n" for name in names)
        head = parse(kernel, f"GET / HTTP/1.0\r\n{block}\r\n".encode(), fields=1000)
        assert head.items() == [(name, f"value {name}") for name in names]
        assert [head.get(name) for name in names] == [f"value {name}" for name in names]

    @pytest.mark.parametrize("length", range(40))
    def test_values_of_any_length(self, kernel: Any, length: int) -> None:
        value = bytes(range(0x21, 0x21 + length))
        for padding in (b"", b" ", b"\t \t"):
            data = b"GET / HTTP/1.0\r\nA:" + padding + value + padding + b"\r\n\r\n"
            assert parse(kernel, data).get("a") == value.decode()

    def test_every_byte_of_a_value(self, kernel: Any) -> None:
        good = bytes([9, *range(0x20, 0x7F), *range(0x80, 0x100)])
        head = parse(kernel, b"GET / HTTP/1.0\r\nA: ." + good + b".\r\n\r\n")
        assert head.get("A") == "." + good.decode("latin-1") + "."

    def test_the_head_keeps_its_bytes(self, kernel: Any) -> None:
        data = bytes(bytearray(BROWSER))
        head = parse(kernel, data)
        del data
        gc.collect()
        assert head.get("accept-language") == "de,en-US;q=0.7,en;q=0.3"

    def test_a_head_without_fields_is_true(self, kernel: Any) -> None:
        head = parse(kernel, b"GET / HTTP/1.0\r\n\r\n")
        assert len(head) == 0
        assert head
        assert head.items() == []

    def test_heads_are_not_reused_while_in_use(self, kernel: Any) -> None:
        heads = [parse(kernel, b"GET /%d HTTP/1.0\r\nN: %d\r\n\r\n" % (n, n)) for n in range(100)]
        del heads[::2]
        heads += [parse(kernel, b"PUT /x HTTP/1.0\r\n\r\n") for _ in range(100)]
        assert [head.get("n") for head in heads[:50]] == [str(n) for n in range(1, 100, 2)]
        assert not any(head.has("n") for head in heads[50:])


class TestResponses:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            (b"HTTP/1.1 200 OK", (200, "OK", "HTTP/1.1", 1)),
            (b"HTTP/1.0 404 Not Found", (404, "Not Found", "HTTP/1.0", 0)),
            (b"HTTP/1.1 200 ", (200, "", "HTTP/1.1", 1)),
            (b"HTTP/1.1 200", (200, "", "HTTP/1.1", 1)),
            (b"HTTP/1.9 999  two  spaces ", (999, " two  spaces ", "HTTP/1.9", 9)),
            (b"HTTP/1.1 100 \t\xe9", (100, "\t\xe9", "HTTP/1.1", 1)),
        ],
    )
    def test_status_lines(self, kernel: Any, line: bytes, expected: tuple[Any, ...]) -> None:
        head = kernel.parse_response_head(line + b"\r\nA: b\r\n\r\n", 0, 1000, 10)
        assert (head.status, head.reason, head.version, head.minor) == expected
        assert head.items() == [("A", "b")]
        assert (head.start, head.end) == (0, len(line) + 10)

    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b"\x16",
            b" HTTP/1.1 200 OK",
            b"HTTP/1.1",
            b"HTTP/1.1 ",
            b"HTTP/1.1 20",
            b"HTTP/1.1 2000 OK",
            b"HTTP/1.1 2x0 OK",
            b"HTTP/1.1 099 OK",
            b"HTTP/1.1 +20 OK",
            b"HTTP/1.1 200OK",
            b"HTTP/1.1 200\tOK",
            b"HTTP/1.1  200 OK",
            b"HTTP/1.1\t200 OK",
            b"HTTP/1.1 2\xb20 OK",
            b"HTTP/1.1 200 O\x00K",
            b"HTTP/1.1 200 O\x7fK",
            b"HTTP/2.0 200 OK",
            b"HTTP/0.9 200 OK",
            b"HTTP/1.10 200 OK",
            b"http/1.1 200 OK",
            b"ICY 200 OK",
            b"xxxx",
        ],
    )
    def test_bad_status_lines(self, kernel: Any, outcomes: Any, line: bytes) -> None:
        expected = ("error", 502, BAD_STATUS_LINE.text)
        assert outcomes.response(kernel, line + b"\r\n\r\n") == expected
        assert outcomes.response(kernel, line) is None

    @pytest.mark.parametrize(
        ("data", "fault"),
        [
            (b"\n", BARE_LF),
            (b"HTTP/1.1 200 OK\n", BARE_LF),
            (b"HTTP/1.1 200 OK\rX", BARE_CR),
            (b"HTTP/1.1 200\rX", BARE_CR),
            (b"HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: x=y\r\n", BARE_CR),
            (b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n", BARE_LF),
        ],
    )
    def test_line_ends(self, kernel: Any, outcomes: Any, data: bytes, fault: Fault) -> None:
        assert outcomes.response(kernel, data) == ("error", 502, fault.text)

    def test_empty_lines_before_it_are_not_skipped(self, kernel: Any, outcomes: Any) -> None:
        data = b"\r\nHTTP/1.1 200 OK\r\n\r\n"
        assert outcomes.response(kernel, data) == ("error", 502, BAD_STATUS_LINE.text)

    def test_limits(self, kernel: Any, outcomes: Any) -> None:
        data = b"HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n"
        line = outcomes.response(kernel, data, size=10)
        head = outcomes.response(kernel, data, size=len(data) - 1)
        fields = outcomes.response(kernel, data, fields=1)
        assert line == ("error", 502, LINE_TOO_LONG.text)
        assert head == ("error", 502, HEAD_TOO_LARGE.text)
        assert fields == ("error", 502, TOO_MANY_FIELDS.text)
        assert outcomes.response(kernel, data, size=len(data), fields=2)[0] == "head"

    def test_every_prefix_is_incomplete(self, kernel: Any, outcomes: Any) -> None:
        data = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\n"
        assert all(outcomes.response(kernel, data[:n]) is None for n in range(len(data)))

    def test_look_ups(self, kernel: Any) -> None:
        data = b"..HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nX: y\r\nset-cookie: b\r\n\r\n"
        head = kernel.parse_response_head(data, 2, 1000, 10)
        assert head.get_all("SET-COOKIE") == ["a", "b"]
        assert head.get("set-cookie") == "a,b"
        assert head.has("x")
        assert len(head) == 3
        assert (head.start, head.end) == (2, len(data))


class TestErrors:
    def test_bad_head_is_a_value_error_with_a_status(self, kernel: Any) -> None:
        with pytest.raises(BadHead) as caught:
            parse(kernel, b"GET / HTTP/3.0\r\n")
        assert isinstance(caught.value, ValueError)
        assert caught.value.status == 505
        assert str(caught.value) == "major version is not 1"

    def test_it_survives_copy_and_pickle(self) -> None:
        error = BadHead(431, "too much")
        for clone in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert (type(clone), clone.status, str(clone)) == (BadHead, 431, "too much")

    def test_data_must_be_bytes(self, kernel: Any) -> None:
        for wrong in (None, "GET / HTTP/1.1\r\n\r\n", 5):
            with pytest.raises(TypeError):
                parse(kernel, wrong)
