"""Which URLs are of this site."""

import pytest

from zonda.auth.connect.destination import own_url
from zonda.httputil import HTTPHeaders, HTTPServerRequest


def request(host: str = "shop.example", protocol: str = "https") -> HTTPServerRequest:
    found = HTTPServerRequest("GET", "/login", headers=HTTPHeaders({"Host": host}))
    found.protocol = protocol
    found.host = host
    return found


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/", "/"),
        ("/orders?page=2&x=%2F", "/orders?page=2&x=%2F"),
        ("/straße", "/straße"),
        ("/a//b", "/a//b"),
        ("/https://evil.example", "/https://evil.example"),
        ("https://shop.example", "/"),
        ("https://shop.example/orders?page=2", "/orders?page=2"),
        ("https://SHOP.example/orders", "/orders"),
        ("HTTPS://shop.example/orders", "/orders"),
    ],
)
def test_urls_of_this_site(url: str, expected: str) -> None:
    assert own_url(request(), url, "/default") == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "orders",
        "./orders",
        "?page=2",
        "#top",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        " //evil.example",
        "\x01https://evil.example",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https:\\\\evil.example",
        "http://shop.example/",
        "https://shop.example:444/",
        "https://shop.example@evil.example/",
        "https://user@shop.example/",
        "https://shop.example.evil.example/",
        "https:shop.example/",
        "https:///shop.example/",
        "https://shop.example//evil.example",
        "https://shop.example\\@evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/x\r\nSet-Cookie: a=b",
        "/x\x00",
        "/x\u2028y",
    ],
)
def test_urls_of_other_sites(url: str) -> None:
    assert own_url(request(), url, "/default") == "/default"
