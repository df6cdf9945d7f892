"""Requests that share a plan, and what must not be shared."""

import pytest

from zonda.httpclient import HTTPRequest
from zonda.httputil import HTTPHeaders
from zonda.simple_httpclient.likeness import ATTRIBUTES, likeness
from zonda.simple_httpclient.plan import Plan

URL = "https://a.example/"


class Telling(HTTPRequest):
    """Notes what it is asked for."""

    def __getattribute__(self, name):
        if name in HTTPRequest.__annotations__ or name in vars(HTTPRequest) or name == "url":
            asked = object.__getattribute__(self, "__dict__").get("asked")
            if asked is not None:
                asked.add(name)
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "http://a.example/", "method": "POST", "body": b"x", "expect_100_continue": True},
        {"method": "PUT", "body_producer": print, "headers": {"Content-Length": "3"}},
        {"auth_username": "u", "auth_mode": "digest"},
        {"proxy": "https://u:p@proxy.example:1"},
        {"url": "http://a.example/", "proxy_host": "p", "proxy_port": 1, "proxy_username": "u"},
        {"unix_socket": "/tmp/s", "client_cert": None, "validate_cert": False},
        {"network_interface": "127.0.0.1", "address_filter": print, "allow_ipv6": False},
        {"server_hostname": "b.example", "headers": {"Connection": "close"}},
    ],
    ids=str,
)
def test_a_plan_asks_for_nothing_that_the_key_leaves_out(options):
    request = Telling(**{"url": URL, **options})
    asked = request.__dict__["asked"] = set()
    Plan(request, HTTPRequest._DEFAULTS)
    assert {"url", "method"} <= asked
    assert asked <= {*ATTRIBUTES, "_headers", "_body", "body_producer"}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_each_attribute_tells_requests_apart(name):
    one, other = HTTPRequest(URL), HTTPRequest(URL)
    assert likeness(one) == likeness(other)
    setattr(other, name, "another")
    assert likeness(one) != likeness(other)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_none_is_not_what_was_not_given(name):
    one, other = HTTPRequest(URL), HTTPRequest(URL)
    setattr(other, name, None)
    assert likeness(one) != likeness(other) or getattr(HTTPRequest, name) is None


def test_attributes_of_a_class_count():
    class Mine(HTTPRequest):
        user_agent = "me"

    assert likeness(Mine(URL)) != likeness(HTTPRequest(URL))


def test_fields_tell_apart_and_so_does_the_kind_of_content():
    several = HTTPHeaders({"X": "1"})
    several.add("X", "2")
    requests = [
        HTTPRequest(URL),
        HTTPRequest(URL, headers={"X": "1"}),
        HTTPRequest(URL, headers={"X": "2"}),
        HTTPRequest(URL, headers=several),
        HTTPRequest(URL, headers=HTTPHeaders({"X": "1", "Y": "2"})),
        HTTPRequest(URL, headers=HTTPHeaders({"Y": "2", "X": "1"})),
        HTTPRequest(URL, body=b""),
        HTTPRequest(URL, body=b"content"),
        HTTPRequest(URL, body_producer=print),
    ]
    assert len({likeness(request) for request in requests}) == len(requests)
    assert likeness(HTTPRequest(URL, body=b"a")) == likeness(HTTPRequest(URL, body=b"other"))
    produced = [HTTPRequest(URL, body_producer=producer) for producer in (print, len)]
    assert likeness(produced[0]) == likeness(produced[1])


async def test_a_client_plans_once_for_requests_that_are_alike(client_of):
    client = client_of()
    one = client.plan(HTTPRequest(URL, method="POST", body=b"1", headers={"X": "1"}))
    assert client.plan(HTTPRequest(URL, method="POST", body=b"22", headers={"X": "1"})) is one
    assert client.plan(HTTPRequest(URL, method="POST", body=b"1", headers={"X": "2"})) is not one
    client.defaults["user_agent"] = "me"
    assert client.plan(HTTPRequest(URL, method="POST", body=b"1", headers={"X": "1"})) is not one


async def test_bodies_of_any_size_share_a_plan_and_have_their_own_length(client_of, wire):
    async with wire.Origin() as origin:
        client = client_of()
        for body in (b"1", b"22", b"", b"4" * 100_000, b"1"):
            await client.fetch(origin.url, method="POST", body=body)
            assert origin.asked[-1].body == body
            assert origin.asked[-1]["Content-Length"] == str(len(body))
        assert len(client._plans) == 2


async def test_what_cannot_be_hashed_is_planned_each_time(client_of, wire):
    async with wire.Origin() as origin:
        client = client_of()
        for _ in range(2):
            await client.fetch(origin.url, ssl_options={"cert_reqs": 0}, headers={"X": "1"})
        assert not client._plans


async def test_large_fields_are_not_kept(client_of):
    client = client_of()
    client.plan(HTTPRequest(URL, headers={"X": "y" * 5000}))
    assert not client._plans


async def test_no_more_plans_than_so_many(client_of):
    client = client_of()
    for number in range(1000):
        client.plan(HTTPRequest(f"{URL}{number}", headers={"X": "1"}))
    assert len(client._plans) <= 512
