"""What proxies say about the client of a request."""

import pytest

from zonda.httpserver.xheaders import ProxyHeaders
from zonda.httputil import HTTPHeaders, HTTPServerRequest


def request(headers: dict[str, str]) -> HTTPServerRequest:
    made = HTTPServerRequest("GET", "/", headers=HTTPHeaders({"Host": "x", **headers}))
    made.remote_ip = "10.0.0.1"
    return made


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({}, "10.0.0.1"),
        ({"X-Real-Ip": "4.4.4.4"}, "4.4.4.4"),
        ({"X-Forwarded-For": "127.0.0.1, 4.4.4.4"}, "4.4.4.4"),
        ({"X-Forwarded-For": "1.1.1.1", "X-Real-Ip": "4.4.4.4"}, "4.4.4.4"),
        ({"X-Real-Ip": "2620:0:1cfe:face:b00c::3"}, "2620:0:1cfe:face:b00c::3"),
        ({"X-Forwarded-For": "::1, 2620:0:1cfe:face:b00c::3"}, "2620:0:1cfe:face:b00c::3"),
        ({"X-Real-Ip": "4.4.4.4<script>"}, "10.0.0.1"),
        ({"X-Forwarded-For": "4.4.4.4, 5.5.5.5<script>"}, "10.0.0.1"),
        ({"X-Real-Ip": "www.google.com"}, "10.0.0.1"),
        ({"X-Forwarded-For": ""}, "10.0.0.1"),
    ],
)
def test_addresses(headers: dict[str, str], address: str) -> None:
    made = request(headers)
    ProxyHeaders()(made)
    assert made.remote_ip == address


def test_trusted_proxies_are_left_out() -> None:
    headers = {"X-Forwarded-For": "9.9.9.9, 4.4.4.4, 5.5.5.5"}
    for trusted, address in [((), "5.5.5.5"), (("5.5.5.5",), "4.4.4.4")]:
        made = request(headers)
        ProxyHeaders(trusted)(made)
        assert made.remote_ip == address


@pytest.mark.parametrize(
    ("headers", "protocol"),
    [
        ({"X-Scheme": "https"}, "https"),
        ({"X-Forwarded-Proto": "https"}, "https"),
        ({"X-Forwarded-Proto": "https, http"}, "http"),
        ({"X-Forwarded-Proto": "unknown"}, "http"),
    ],
)
def test_protocols(headers: dict[str, str], protocol: str) -> None:
    made = request(headers)
    ProxyHeaders()(made)
    assert made.protocol == protocol
