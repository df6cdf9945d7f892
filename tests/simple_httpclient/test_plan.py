"""What may share a connection, and which limits hold."""

import pytest

from zonda.httpclient import HTTPRequest
from zonda.simple_httpclient.plan import Plan


def plan(url="http://a.example/", defaults=HTTPRequest._DEFAULTS, **options):
    return Plan(HTTPRequest(url, **options), defaults)


def test_defaults():
    made = plan()
    assert (made.request_timeout, made.connect_timeout, made.redirects) == (20.0, 20.0, 5)
    assert made.decompress
    made = plan(request_timeout=0, follow_redirects=False, use_gzip=False)
    assert (made.request_timeout, made.redirects, made.decompress) == (0, 0, False)
    assert plan(defaults={}).redirects == 0


@pytest.mark.parametrize(
    "options",
    [
        {"url": "https://a.example/"},
        {"url": "http://a.example:81/"},
        {"url": "http://b.example/"},
        {"allow_ipv6": False},
        {"network_interface": "127.0.0.1"},
        {"proxy_host": "p", "proxy_port": 1},
    ],
)
def test_other_keys(options):
    assert plan(**options).key != plan().key
    assert plan(**options).key == plan(**options).key


@pytest.mark.parametrize(
    "options",
    [
        {"url": "http://a.example/other?x"},
        {"url": "http://u:p@A.example:80/"},
        {"method": "POST", "body": b"x"},
        {"headers": {"X": "y"}},
        {"ca_certs": "/no/such/file"},  # TLS is not for this URL
    ],
)
def test_the_same_key(options):
    assert plan(**options).key == plan().key


def test_tls_options_tell_apart():
    secure = {"url": "https://a.example/"}
    keys = {plan(**secure).key, plan(**secure, validate_cert=False).key}
    assert len(keys) == 2
    assert plan(**secure).key in keys


def test_proxies():
    one = plan(proxy_host="p", proxy_port=1, proxy_username="u", proxy_password="x")
    two = plan(
        "http://b.example/", proxy_host="p", proxy_port=1, proxy_username="u", proxy_password="x"
    )
    assert one.key == two.key
    assert one.key != plan(proxy_host="p", proxy_port=1, proxy_username="v").key
    assert one.wire.start_line == b"GET http://a.example/ HTTP/1.1\r\n"


@pytest.mark.parametrize(
    ("method", "idempotent"), [("GET", True), ("PUT", True), ("POST", False), ("PATCH", False)]
)
def test_idempotent(method, idempotent):
    body = b"" if method in ("PUT", "POST", "PATCH") else None
    assert plan(method=method, body=body).idempotent is idempotent
    if body is not None:
        assert not plan(method=method, body_producer=print).idempotent
