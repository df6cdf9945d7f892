"""What the fields say about the message's frame: length, coding, host, connection; both twins."""

from typing import Any

import pytest

from zonda._kernel.errors import (
    BAD_CODING,
    BAD_EXPECT,
    BAD_HOST,
    BAD_LENGTH,
    CHUNKED_NOT_LAST,
    CHUNKED_PARAMETER,
    CODING_AND_LENGTH,
    CODING_IN_10,
    LENGTHS_DIFFER,
    MANY_HOSTS,
    NO_HOST,
    UNKNOWN_CODING,
    Fault,
)


def request(*lines: bytes, version: bytes = b"1.1", host: bytes = b"Host: x\r\n") -> bytes:
    block = b"".join(line + b"\r\n" for line in lines)
    return b"POST / HTTP/" + version + b"\r\n" + host + block + b"\r\n"


def get(*lines: bytes, version: bytes = b"1.1") -> bytes:
    return request(*lines, version=version).replace(b"POST", b"GET")


def response(*lines: bytes, version: bytes = b"1.1") -> bytes:
    return b"HTTP/" + version + b" 200 OK\r\n" + b"".join(x + b"\r\n" for x in lines) + b"\r\n"


class TestContentLength:
    @pytest.mark.parametrize(
        ("lines", "length"),
        [
            ([], -1),
            ([b"Content-Length: 0"], 0),
            ([b"CONTENT-LENGTH:5"], 5),
            ([b"content-length: \t 5 \t "], 5),
            ([b"Content-Length: 010"], 10),
            ([b"Content-Length: 999999999999999999"], 10**18 - 1),
            ([b"Content-Length: 000000000000000001"], 1),
            ([b"Content-Length: 5, 5"], 5),
            ([b"Content-Length: 5 ,\t5,5"], 5),
            ([b"Content-Length: 5", b"A: b", b"Content-Length: 5"], 5),
            ([b"Content-Length: 5,5", b"Content-Length: 5"], 5),
            ([b"Content-Length: 5", b"Content-Length: 5, 5"], 5),
            ([b"Content-Lengths: x", b"Content_Length: 7", b"Content-Lengt: 7"], -1),
        ],
    )
    def test_good(self, kernel: Any, lines: list[bytes], length: int) -> None:
        assert kernel.parse_request_head(request(*lines), 0, 1000, 10).content_length == length
        assert kernel.parse_response_head(response(*lines), 0, 1000, 10).content_length == length

    @pytest.mark.parametrize(
        ("lines", "fault"),
        [
            ([b"Content-Length:"], BAD_LENGTH),
            ([b"Content-Length:  "], BAD_LENGTH),
            ([b"Content-Length: +5"], BAD_LENGTH),
            ([b"Content-Length: -5"], BAD_LENGTH),
            ([b"Content-Length: 5_0"], BAD_LENGTH),
            ([b"Content-Length: 5 0"], BAD_LENGTH),
            ([b"Content-Length: 0x5"], BAD_LENGTH),
            ([b"Content-Length: 5.0"], BAD_LENGTH),
            ([b"Content-Length: 5;"], BAD_LENGTH),
            ([b'Content-Length: "5"'], BAD_LENGTH),
            ([b"Content-Length: \xb2"], BAD_LENGTH),
            ([b"Content-Length: \xa05"], BAD_LENGTH),
            ([b"Content-Length: 5\x85"], BAD_LENGTH),
            ([b"Content-Length: 1000000000000000000"], BAD_LENGTH),
            ([b"Content-Length: 0000000000000000001"], BAD_LENGTH),
            ([b"Content-Length: ,5"], BAD_LENGTH),
            ([b"Content-Length: 5,"], LENGTHS_DIFFER),
            ([b"Content-Length: 5,,5"], LENGTHS_DIFFER),
            ([b"Content-Length: 5, 4"], LENGTHS_DIFFER),
            ([b"Content-Length: 5, 05"], LENGTHS_DIFFER),
            ([b"Content-Length: 5,\xa05"], LENGTHS_DIFFER),
            ([b"Content-Length: 5", b"Content-Length: 4"], LENGTHS_DIFFER),
            ([b"Content-Length: 5", b"Content-Length: 50"], LENGTHS_DIFFER),
            ([b"Content-Length: 5", b"Content-Length: x"], LENGTHS_DIFFER),
            ([b"Content-Length: 5, 5", b"Content-Length: 5, 6"], LENGTHS_DIFFER),
        ],
    )
    def test_bad(self, kernel: Any, outcomes: Any, lines: list[bytes], fault: Fault) -> None:
        assert outcomes.request(kernel, request(*lines)) == ("error", *fault)
        assert outcomes.response(kernel, response(*lines)) == ("error", 502, fault.text)


class TestTransferEncoding:
    @pytest.mark.parametrize("value", [b"chunked", b"Chunked", b"CHUNKED", b"\t chunked  "])
    def test_chunked(self, kernel: Any, value: bytes) -> None:
        line = b"Transfer-Encoding:" + value
        for head in (
            kernel.parse_request_head(request(line), 0, 1000, 10),
            kernel.parse_response_head(response(line), 0, 1000, 10),
        ):
            assert head.chunked is True
            assert head.content_length == -1
            assert head.keep_alive is True

    def test_without(self, kernel: Any) -> None:
        head = kernel.parse_request_head(request(b"Transfer_Encoding: chunked"), 0, 1000, 10)
        assert head.chunked is False

    @pytest.mark.parametrize(
        ("lines", "fault"),
        [
            ([b"Transfer-Encoding:"], BAD_CODING),
            ([b"Transfer-Encoding: ,chunked"], BAD_CODING),
            ([b"Transfer-Encoding: chunked,"], BAD_CODING),
            ([b"Transfer-Encoding: \xa0chunked\xa0"], BAD_CODING),
            ([b"Transfer-Encoding: chunked chunked"], BAD_CODING),
            ([b"Transfer-Encoding: chunked;"], BAD_CODING),
            ([b"Transfer-Encoding: gzip;q"], BAD_CODING),
            ([b'Transfer-Encoding: "chunked"'], BAD_CODING),
            ([b'Transfer-Encoding: gzip;a="'], BAD_CODING),
            ([b"Transfer-Encoding: chunked, chunked"], CHUNKED_NOT_LAST),
            ([b"Transfer-Encoding: chunked, gzip"], CHUNKED_NOT_LAST),
            ([b"Transfer-Encoding: Chunked;a=b, gzip"], CHUNKED_NOT_LAST),
            ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"], CHUNKED_NOT_LAST),
            ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip"], CHUNKED_NOT_LAST),
            ([b"Transfer-Encoding: chunked;a=b"], CHUNKED_PARAMETER),
            ([b"Transfer-Encoding: gzip, chunked ; a=b"], CHUNKED_PARAMETER),
            ([b"Transfer-Encoding: xchunked"], UNKNOWN_CODING),
            ([b"Transfer-Encoding: chunkedx"], UNKNOWN_CODING),
            ([b"Transfer-Encoding: identity"], UNKNOWN_CODING),
            ([b"Transfer-Encoding: gzip, chunked"], UNKNOWN_CODING),
            ([b"Transfer-Encoding: gzip\t,\tchunked"], UNKNOWN_CODING),
            ([b'Transfer-Encoding: gzip;a="x,\\"y" ; b = c, chunked'], UNKNOWN_CODING),
            ([b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked"], UNKNOWN_CODING),
        ],
    )
    def test_bad(self, kernel: Any, outcomes: Any, lines: list[bytes], fault: Fault) -> None:
        assert outcomes.request(kernel, request(*lines)) == ("error", *fault)
        assert outcomes.response(kernel, response(*lines)) == ("error", 502, fault.text)

    @pytest.mark.parametrize("value", [b"chunked", b"gzip", b""])
    def test_http_1_0_has_none(self, kernel: Any, outcomes: Any, value: bytes) -> None:
        line = b"Transfer-Encoding: " + value
        got = outcomes.request(kernel, request(line, version=b"1.0"))
        assert got == ("error", *CODING_IN_10)
        got = outcomes.response(kernel, response(line, version=b"1.0"))
        assert got == ("error", 502, CODING_IN_10.text)

    @pytest.mark.parametrize("swapped", [False, True])
    def test_with_a_length_as_well(self, kernel: Any, outcomes: Any, swapped: bool) -> None:
        lines = [b"Transfer-Encoding: chunked", b"Content-Length: 5"]
        if swapped:
            lines.reverse()
        assert outcomes.request(kernel, request(*lines)) == ("error", *CODING_AND_LENGTH)
        head = kernel.parse_response_head(response(*lines), 0, 1000, 10)
        assert (head.chunked, head.content_length, head.keep_alive) == (True, -1, False)
        assert head.get("content-length") == "5"

    def test_a_bad_length_beside_chunked_is_an_error(self, kernel: Any, outcomes: Any) -> None:
        data = response(b"Transfer-Encoding: chunked", b"Content-Length: x")
        assert outcomes.response(kernel, data) == ("error", 502, BAD_LENGTH.text)


class TestHost:
    @pytest.mark.parametrize(
        "value",
        [
            b"",
            b"x",
            b"example.com",
            b"example.com:",
            b"example.com:80",
            b"example.com:65535",
            b"example.com:00080",
            b":80",
            b"a_b-c.d~e!$&'()*+,;=",
            b"%41%c3%A9.example",
            b"127.0.0.1:8888",
            b"999.1.2.3",
            b"[::1]",
            b"[::1]:8888",
            b"[2001:db8:0:0:0:0:0:1]:443",
            b"[::ffff:192.0.2.1]",
            b"[::]:",
        ],
    )
    def test_good(self, kernel: Any, value: bytes) -> None:
        head = kernel.parse_request_head(request(host=b"hOST: " + value + b" \r\n"), 0, 1000, 10)
        assert head.host == head.get("Host") == value.decode()

    @pytest.mark.parametrize(
        "value",
        [
            b"a b",
            b"a/b",
            b"a?b",
            b"a#b",
            b"u@x",
            b"a\\b",
            b"a b/c@d",
            b"x:8x",
            b"x:-1",
            b"x:65536",
            b"x:100000",
            b"x:80:80",
            b"x:\xb2",
            b"%4",
            b"%4g",
            b"%",
            b"\xe9",
            b"x\xa0",
            b"[::1",
            b"::1",
            b"[]",
            b"[::1]x",
            b"[::1]:65536",
            b"[::1%25eth0]",
            b"[v1.a]",
            b"[1:2:3:4:5:6:7]",
            b"[1:2:3:4:5:6:7:8:9]",
            b"[1::2::3]",
            b"[:::]",
            b"[12345::]",
            b"[::256.0.0.1]",
            b"<x>",
            b'"x"',
        ],
    )
    def test_bad(self, kernel: Any, outcomes: Any, value: bytes) -> None:
        for version in (b"1.0", b"1.1"):
            data = request(host=b"Host: " + value + b"\r\n", version=version)
            assert outcomes.request(kernel, data) == ("error", *BAD_HOST)

    def test_missing(self, kernel: Any, outcomes: Any) -> None:
        assert outcomes.request(kernel, request(host=b"")) == ("error", *NO_HOST)
        absolute = b"GET http://x/ HTTP/1.1\r\n\r\n"
        assert outcomes.request(kernel, absolute) == ("error", *NO_HOST)
        head = kernel.parse_request_head(request(host=b"", version=b"1.0"), 0, 1000, 10)
        assert head.host == ""

    @pytest.mark.parametrize("version", [b"1.0", b"1.1"])
    def test_several(self, kernel: Any, outcomes: Any, version: bytes) -> None:
        data = request(host=b"Host: x\r\nHost: x\r\n", version=version)
        assert outcomes.request(kernel, data) == ("error", *MANY_HOSTS)

    def test_responses_may_have_any(self, kernel: Any) -> None:
        head = kernel.parse_response_head(response(b"Host: a b", b"Host: c"), 0, 1000, 10)
        assert head.get_all("host") == ["a b", "c"]

    def test_the_target_overrules_it(self, kernel: Any) -> None:
        head = kernel.parse_request_head(b"GET http://a:1/ HTTP/1.1\r\nHost: b\r\n\r\n", 0, 99, 9)
        assert (head.host, head.authority, head.get("host")) == ("a:1", "a:1", "b")


class TestConnection:
    @pytest.mark.parametrize(
        ("version", "lines", "keep_alive"),
        [
            (b"1.1", [], True),
            (b"1.1", [b"Connection: keep-alive"], True),
            (b"1.1", [b"Connection: close"], False),
            (b"1.1", [b"Connection: CLOSE"], False),
            (b"1.1", [b"Connection: keep-alive, close"], False),
            (b"1.1", [b"Connection: a,\tClose ,b"], False),
            (b"1.1", [b"Connection: ,,close,"], False),
            (b"1.1", [b"Connection: a", b"Connection: close"], False),
            (b"1.1", [b"Connection: close", b"Connection: keep-alive"], False),
            (b"1.1", [b"Connection: closed"], True),
            (b"1.1", [b"Connection: close;x"], True),
            (b"1.1", [b"Connection:"], True),
            (b"1.1", [b"Proxy-Connection: close"], True),
            (b"1.9", [], True),
            (b"1.0", [], False),
            (b"1.0", [b"Connection: Keep-Alive"], True),
            (b"1.0", [b"Connection: x, keep-alive"], True),
            (b"1.0", [b"Connection: keep-alive, close"], False),
            (b"1.0", [b"Connection: keep_alive"], False),
        ],
    )
    def test_keep_alive(
        self, kernel: Any, version: bytes, lines: list[bytes], keep_alive: bool
    ) -> None:
        head = kernel.parse_request_head(request(*lines, version=version), 0, 1000, 10)
        assert head.keep_alive is keep_alive
        head = kernel.parse_response_head(response(*lines, version=version), 0, 1000, 10)
        assert head.keep_alive is keep_alive

    @pytest.mark.parametrize(
        ("version", "lines", "upgrade"),
        [
            (b"1.1", [b"Connection: Upgrade", b"Upgrade: websocket"], True),
            (b"1.1", [b"UPGRADE: h2c", b"CONNECTION: keep-alive, uPgrade"], True),
            (b"1.1", [b"Connection: upgrade", b"Upgrade:"], True),
            (b"1.1", [b"Connection: upgrade"], False),
            (b"1.1", [b"Upgrade: websocket"], False),
            (b"1.1", [b"Connection: upgrades", b"Upgrade: websocket"], False),
            (b"1.0", [b"Connection: Upgrade", b"Upgrade: websocket"], False),
        ],
    )
    def test_upgrade(self, kernel: Any, version: bytes, lines: list[bytes], upgrade: bool) -> None:
        head = kernel.parse_request_head(request(*lines, version=version), 0, 1000, 10)
        assert head.upgrade is upgrade
        head = kernel.parse_response_head(response(*lines, version=version), 0, 1000, 10)
        assert head.upgrade is upgrade


class TestSimple:
    """Requests that a server may answer without looking at their framing."""

    @pytest.mark.parametrize(
        ("lines", "simple"),
        [
            ([], True),
            ([b"Connection: keep-alive", b"If-Modified-Since: x", b"Range: bytes=0-"], True),
            ([b"If-None-Match: *"], False),
            ([b"IF-NONE-MATCH:"], False),
            ([b"If-None-Matches: *"], True),
            ([b"Content-Length: 0"], False),
            ([b"Content-Length: 3"], False),
            ([b"Transfer-Encoding: chunked"], False),
            ([b"Connection: close"], False),
            ([b"Connection: Upgrade", b"Upgrade: websocket"], False),
        ],
    )
    def test_fields(self, kernel: Any, lines: list[bytes], simple: bool) -> None:
        assert kernel.parse_request_head(get(*lines), 0, 1000, 10).simple is simple

    @pytest.mark.parametrize("version", [b"1.0", b"1.2"])
    def test_other_versions(self, kernel: Any, version: bytes) -> None:
        data = get(b"Connection: keep-alive", version=version)
        assert not kernel.parse_request_head(data, 0, 1000, 10).simple

    @pytest.mark.parametrize("method", [b"HEAD", b"POST", b"get", b"OPTIONS"])
    def test_other_methods(self, kernel: Any, method: bytes) -> None:
        data = method + b" / HTTP/1.1\r\nHost: x\r\n\r\n"
        assert not kernel.parse_request_head(data, 0, 1000, 10).simple

    def test_more_behind_it(self, kernel: Any) -> None:
        assert not kernel.parse_request_head(get() + b"G", 0, 1000, 10).simple
        assert kernel.parse_request_head(b"G" + get(), 1, 1000, 10).simple


class TestSimpleResponses:
    """Responses that a client may take without looking at their framing."""

    @pytest.mark.parametrize(
        ("lines", "simple"),
        [
            ([b"Content-Length: 5"], True),
            ([b"Content-Length: 5", b"Connection: keep-alive", b"Content-Type: x"], True),
            ([b"Content-Length: 5, 5"], True),
            ([b"Content-Length: 4"], False),
            ([b"Content-Length: 6"], False),
            ([b"Content-Length: 0"], False),
            ([], False),
            ([b"Content-Length: 5", b"Connection: close"], False),
            ([b"Content-Length: 5", b"CONTENT-ENCODING: gzip"], False),
            ([b"Content-Length: 5", b"Content-Encoding:"], False),
            ([b"Content-Length: 5", b"Content-Encodings: gzip"], True),
            ([b"Transfer-Encoding: chunked"], False),
            ([b"Content-Length: 5", b"Transfer-Encoding: chunked"], False),
        ],
    )
    def test_fields(self, kernel: Any, lines: list[bytes], simple: bool) -> None:
        data = response(*lines) + b"hello"
        content = kernel.parse_response_head(data, 0, 1000, 10).content
        assert content == (b"hello" if simple else None)

    @pytest.mark.parametrize(
        ("status", "simple"),
        [(100, False), (199, False), (200, True), (203, True), (204, False), (205, True),
         (206, True), (299, True), (300, False), (304, False), (404, False), (500, False)],
    )  # fmt: skip
    def test_statuses(self, kernel: Any, status: int, simple: bool) -> None:
        data = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status
        content = kernel.parse_response_head(data, 0, 1000, 10).content
        assert content == (b"" if simple else None)

    @pytest.mark.parametrize(
        ("version", "lines", "simple"),
        [(b"1.0", [], False), (b"1.0", [b"Connection: keep-alive"], True), (b"1.2", [], True)],
    )
    def test_versions(self, kernel: Any, version: bytes, lines: list[bytes], simple: bool) -> None:
        data = response(b"Content-Length: 0", *lines, version=version)
        content = kernel.parse_response_head(data, 0, 1000, 10).content
        assert content == (b"" if simple else None)

    def test_at_an_offset(self, kernel: Any) -> None:
        data = response(b"Content-Length: 5") + b"hello"
        assert kernel.parse_response_head(b"12345" + data, 5, 1000, 10).content == b"hello"
        assert kernel.parse_response_head(data + b"!", 0, 1000, 10).content is None


class TestExpect:
    @pytest.mark.parametrize(
        ("version", "value", "expected"),
        [
            (b"1.1", b"100-continue", True),
            (b"1.1", b"100-Continue", True),
            (b"1.2", b" \t100-CONTINUE ", True),
            (b"1.0", b"100-continue", False),
        ],
    )
    def test_continue(self, kernel: Any, version: bytes, value: bytes, expected: bool) -> None:
        data = request(b"Expect: " + value, version=version)
        assert kernel.parse_request_head(data, 0, 1000, 10).expect_continue is expected

    def test_absent(self, kernel: Any) -> None:
        assert kernel.parse_request_head(request(), 0, 1000, 10).expect_continue is False

    @pytest.mark.parametrize("version", [b"1.0", b"1.1"])
    @pytest.mark.parametrize(
        "value", [b"", b"y 100-continue", b"100-continue, x", b"100-continued", b"200-ok"]
    )
    def test_anything_else(self, kernel: Any, outcomes: Any, version: bytes, value: bytes) -> None:
        data = request(b"Expect: " + value, version=version)
        assert outcomes.request(kernel, data) == ("error", *BAD_EXPECT)

    def test_responses_may_have_any(self, kernel: Any) -> None:
        head = kernel.parse_response_head(response(b"Expect: x"), 0, 1000, 10)
        assert head.get("expect") == "x"
