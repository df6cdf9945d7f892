"""Requests, made from a head and by hand."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from zonda._kernel import parse_request_head
from zonda.httputil import HTTPHeaders, HTTPInputError, HTTPServerRequest, RequestStartLine

FORM = "application/x-www-form-urlencoded"


def from_wire(*lines: str, body: bytes = b"") -> HTTPServerRequest:
    data = "".join(f"{line}\r\n" for line in lines) + "\r\n"
    head = parse_request_head(data.encode("latin-1"), 0, 65536, 100)
    assert head is not None
    exchange = SimpleNamespace(remote_ip="192.0.2.1", protocol="https", start_time=1000.0)
    request = HTTPServerRequest.from_head(head, exchange)
    request.body = body
    return request


def by_hand(*lines: str, body: bytes = b"") -> HTTPServerRequest:
    context = SimpleNamespace(remote_ip="192.0.2.1", protocol="https")
    return HTTPServerRequest(
        start_line=RequestStartLine(*lines[0].split(" ")),
        headers=HTTPHeaders.parse("\n".join(lines[1:])),
        body=body,
        connection=SimpleNamespace(context=context),
    )


@pytest.fixture(params=[from_wire, by_hand], ids=["wire", "hand"])
def make(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_parts(make: Any) -> None:
    request = make("GET /a%20b?x=1&y HTTP/1.1", "Host: Example.com:8080", "A: 1", "a: 2")
    assert request.method == "GET"
    assert request.uri == "/a%20b?x=1&y"
    assert (request.path, request.query) == ("/a%20b", "x=1&y")
    assert request.version == "HTTP/1.1"
    assert request.headers.get_list("A") == ["1", "2"]
    assert (request.host, request.host_name) == ("Example.com:8080", "example.com")
    assert (request.remote_ip, request.protocol) == ("192.0.2.1", "https")
    assert request.full_url() == "https://Example.com:8080/a%20b?x=1&y"
    assert request.body == b""
    assert request.server_connection is None
    assert repr(request) == (
        "HTTPServerRequest(protocol='https', host='Example.com:8080', method='GET', "
        "uri='/a%20b?x=1&y', version='HTTP/1.1', remote_ip='192.0.2.1')"
    )


def test_everything_may_be_set(make: Any) -> None:
    for _ in range(2):
        request = make("GET /a?b=c HTTP/1.1", "Host: h")
        for name in (
            "method", "uri", "path", "query", "version", "headers", "host", "host_name",
            "remote_ip", "protocol", "arguments", "query_arguments", "body_arguments", "files",
            "cookies", "body", "connection", "server_connection",
        ):  # fmt: skip
            setattr(request, name, name)
            assert getattr(request, name) == name


def test_query_arguments(make: Any) -> None:
    request = make("GET /?b=c&d&b=%20e+f&=x&z=\xe9 HTTP/1.1", "Host: h")
    assert request.query_arguments == {"b": [b"c", b" e f"], "d": [b""], "": [b"x"], "z": [b"\xe9"]}
    assert request.arguments == request.query_arguments
    assert request.body_arguments == {}
    assert request.files == {}
    request.arguments["b"].append(b"more")
    assert request.query_arguments["b"] == [b"c", b" e f"]


def test_a_thousand_query_arguments_and_no_more() -> None:
    thousand = "&".join(["a=1"] * 1000)
    assert len(from_wire(f"GET /?{thousand} HTTP/1.1", "Host: h").arguments["a"]) == 1000
    request = from_wire(f"GET /?{thousand}& HTTP/1.1", "Host: h")
    with pytest.raises(HTTPInputError, match="Invalid query string"):
        request.arguments
    assert request.arguments == {}  # for the error page
    with pytest.raises(HTTPInputError, match="Invalid query string"):
        by_hand(f"GET /?{thousand}& HTTP/1.1", "Host: h")


# Bodies


def test_forms_are_parsed_when_asked_for() -> None:
    lines = "POST /?a=0 HTTP/1.1", "Host: h", f"Content-Type: {FORM}"
    assert from_wire(*lines, body=b"a=1&b=2").body_arguments == {"a": [b"1"], "b": [b"2"]}
    assert from_wire(*lines, body=b"a=1&b=2").arguments == {"a": [b"0", b"1"], "b": [b"2"]}
    assert from_wire(*lines, body=b"a=1").files == {}
    request = from_wire(*lines, body=b"a=1")
    request.headers["Content-Type"] = "text/plain"
    assert request.body_arguments == {}


def test_files_are_parsed_when_asked_for() -> None:
    body = b'--X\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\nv\r\n--X--'
    lines = "POST / HTTP/1.1", "Host: h", "Content-Type: multipart/form-data; boundary=X"
    [file] = from_wire(*lines, body=body).files["f"]
    assert (file.filename, file.body) == ("n", b"v")
    request = from_wire(*lines, body=body)
    assert request.arguments == {}
    assert list(request.files) == ["f"]


def test_parse_body_adds_to_what_is_known(make: Any) -> None:
    request = make("POST /?a=0 HTTP/1.1", "Host: h", f"Content-Type: {FORM}")
    assert request.arguments == {"a": [b"0"]}
    assert request.body_arguments == {}
    request.body = b"a=1"
    request._parse_body()
    request._parse_body()
    assert request.arguments == {"a": [b"0", b"1"]}
    assert request.body_arguments == {"a": [b"1"]}
    assert request.query_arguments == {"a": [b"0"]}


def test_by_hand_the_body_waits_for_parse_body() -> None:
    request = by_hand("POST / HTTP/1.1", "Host: h", f"Content-Type: {FORM}", body=b"a=1")
    assert request.body_arguments == {}
    request._parse_body()
    assert request.arguments == {"a": [b"1"]}


def test_malformed_forms_are_told_once() -> None:
    lines = "POST / HTTP/1.1", "Host: h", f"Content-Type: {FORM}"
    request = from_wire(*lines, body=b"&" * 1000)
    with pytest.raises(HTTPInputError, match="x-www-form-urlencoded"):
        request.arguments
    assert request.arguments == {}
    request = from_wire(*lines, "Content-Encoding: gzip", body=b"a=1")
    with pytest.raises(HTTPInputError, match="Content-Encoding: gzip"):
        request._parse_body()


def test_other_bodies_are_left_alone(make: Any) -> None:
    for lines in ((), ("Content-Type: application/json",)):
        request = make("POST / HTTP/1.1", "Host: h", *lines, body=b"a=1")
        request._parse_body()
        assert request.arguments == {}


# Host


@pytest.mark.parametrize(
    ("host", "name"),
    [("[::1]:80", "[::1]"), ("1.2.3.4:80", "1.2.3.4"), ("A%41_b", "a%41_b"), ("", "")],
)
def test_hosts(host: str, name: str) -> None:
    assert by_hand("GET / HTTP/1.1", f"Host: {host}").host_name == name


@pytest.mark.parametrize("host", ["a b", "a@b", "a/b", "é", "a?", "a\\b"])
def test_bad_hosts(host: str) -> None:
    with pytest.raises(HTTPInputError, match="Invalid Host header"):
        by_hand("GET / HTTP/1.1", f"Host: {host}")


def test_several_hosts_and_none() -> None:
    with pytest.raises(HTTPInputError, match="Multiple host headers"):
        by_hand("GET / HTTP/1.1", "Host: a", "Host: b")
    with pytest.raises(HTTPInputError, match="Missing Host header"):
        by_hand("GET / HTTP/1.1")
    assert from_wire("GET / HTTP/1.0").host == by_hand("GET / HTTP/1.0").host == "127.0.0.1"


def test_the_authority_of_the_target_counts() -> None:
    request = from_wire("GET http://other/a?b HTTP/1.1", "Host: h")
    assert (request.host, request.path, request.query) == ("other", "/a", "b")
    assert request.full_url() == "http://other/a?b"


# Cookies


def test_cookies(make: Any) -> None:
    request = make(
        "GET / HTTP/1.1", "Host: h", 'Cookie: a=b; c="d e"; path=/; x y=1', "Cookie: z=2"
    )
    assert {name: morsel.value for name, morsel in request.cookies.items()} == {
        "a": "b",
        "c": "d e",
        "z": "2",
    }
    assert request.cookies is request.cookies
    assert request.cookie_values == {"a": "b", "c": "d e", "path": "/", "x y": "1", "z": "2"}
    assert not make("GET / HTTP/1.1", "Host: h").cookies


def test_cookies_from_headers_that_were_changed() -> None:
    request = from_wire("GET / HTTP/1.1", "Host: h", "Cookie: a=b")
    request.headers["Cookie"] = "c=d"
    assert request.cookie_values == {"c": "d"}


# Time and certificate


def test_request_time() -> None:
    request = from_wire("GET / HTTP/1.1", "Host: h")
    assert request.request_time() > 1_000_000
    request._finish_time = 1002.5
    assert request.request_time() == 2.5
    before = time.time()
    by_now = HTTPServerRequest("GET", "/")
    assert before <= by_now._start_time <= time.time()


def test_certificate() -> None:
    request = from_wire("GET / HTTP/1.1", "Host: h")
    assert request.get_ssl_certificate() is None
    asked = []

    def getpeercert(binary_form: bool) -> dict[str, str]:
        asked.append(binary_form)
        return {"subject": "x"}

    request.connection.stream = SimpleNamespace(socket=SimpleNamespace(getpeercert=getpeercert))
    assert request.get_ssl_certificate(binary_form=True) == {"subject": "x"}
    assert asked == [True]


def test_defaults_by_hand() -> None:
    request = HTTPServerRequest()
    assert (request.method, request.uri, request.version) == ("GET", "/", "HTTP/1.0")
    assert (request.remote_ip, request.protocol, request.connection) == (None, "http", None)
    assert HTTPServerRequest("PUT", "/x", host="a:1").full_url() == "http://a:1/x"
    assert HTTPServerRequest(files={"a": []}).files == {"a": []}


def test_an_exchange_may_be_the_connection_by_hand() -> None:
    exchange = SimpleNamespace(remote_ip="192.0.2.7", protocol="https")
    request = HTTPServerRequest("GET", "/", connection=exchange)
    assert (request.remote_ip, request.protocol) == ("192.0.2.7", "https")
