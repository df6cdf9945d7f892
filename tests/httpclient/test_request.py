"""Requests and their defaults."""

import datetime
import inspect
import json

import pytest

from zonda.httpclient import HTTPRequest, _RequestProxy
from zonda.httputil import HTTPHeaders


def test_every_argument_is_an_attribute():
    plain = HTTPRequest.of_url("http://a.example/")
    assert vars(plain).keys() == {"url", "start_time"}
    full = HTTPRequest("http://a.example/")
    for name in inspect.signature(HTTPRequest).parameters:
        if name in (
            "if_modified_since",
            "use_gzip",
            "params",
            "json",
            "data",
            "files",
            "cookies",
            "timeout",
        ):
            continue
        assert getattr(full, name) == getattr(plain, name), name


def test_headers():
    request = HTTPRequest("http://a.example/", headers={"A": "b"})
    assert request.headers == {"A": "b"}
    request.headers = None
    assert request.headers == {}
    assert isinstance(request.headers, HTTPHeaders)
    assert HTTPRequest("http://a.example/").headers == {}


def test_body():
    request = HTTPRequest("http://a.example/", body="häh")
    assert request.body == "häh".encode()
    request.body = "x"
    assert request.body == b"x"
    request.body = None
    assert request.body is None


def test_if_modified_since():
    when = datetime.datetime(2013, 1, 23, 15, 38, 55, tzinfo=datetime.UTC)
    request = HTTPRequest("http://a.example/", if_modified_since=when)
    assert request.headers == {"If-Modified-Since": "Wed, 23 Jan 2013 15:38:55 GMT"}


@pytest.mark.parametrize(
    ("options", "unpacked"),
    [
        ({}, None),
        ({"use_gzip": False}, False),
        ({"decompress_response": False}, False),
        ({"use_gzip": False, "decompress_response": True}, True),
    ],
)
def test_use_gzip(options, unpacked):
    assert HTTPRequest("http://a.example/", **options).decompress_response is unpacked


def test_proxy():
    request = HTTPRequest("http://a.example/", user_agent="mine")
    proxy = _RequestProxy(request, {"user_agent": "theirs", "proxy_port": 8080})
    assert (proxy.user_agent, proxy.proxy_port, proxy.proxy_host) == ("mine", 8080, None)
    assert _RequestProxy(request, None).proxy_port is None
    with pytest.raises(AttributeError):
        proxy.no_such_thing


# ------------------------------------------------------------- what Tornado does not have


def test_params():
    request = HTTPRequest("http://a.example/?x=1", params={"y": [2, 3], "z": None, "ü": "a b"})
    assert request.url == "http://a.example/?x=1&y=2&y=3&%C3%BC=a+b"


def test_json():
    request = HTTPRequest("http://a.example/", method="POST", json={"ü": [1, None]})
    assert json.loads(request.body) == {"ü": [1, None]}
    assert request.headers["Content-Type"] == "application/json"


def test_a_content_type_of_the_callers_own_stays():
    headers = {"Content-Type": "application/vnd.api+json"}
    request = HTTPRequest("http://a.example/", method="POST", json=[], headers=headers)
    assert request.headers["Content-Type"] == "application/vnd.api+json"
    assert headers == {"Content-Type": "application/vnd.api+json"}


def test_cookies():
    headers = {"Cookie": "a=1"}
    request = HTTPRequest("http://a.example/", headers=headers, cookies={"b": "2", "c": ""})
    assert request.headers["Cookie"] == "a=1; b=2; c="
    assert headers == {"Cookie": "a=1"}


@pytest.mark.parametrize(
    "options",
    [
        {"body": b"x", "json": 1},
        {"body": b"x", "data": {}},
        {"json": 1, "data": {}},
        {"json": 1, "files": {}},
        {"body_producer": print, "data": b""},
        {"data": b"raw", "files": {"f": b""}},
        {"cookies": {"a": "b; c"}},
        {"cookies": {"a=b": "c"}},
        {"cookies": {"a": "b\r\n"}},
    ],
)
def test_what_does_not_go_together(options):
    with pytest.raises(ValueError):
        HTTPRequest("http://a.example/", method="POST", **options)


# ----------------------------------------------------------------------- of_arguments

VALUES = {
    "headers": {"X": "1"},
    "body": "ñ",
    "if_modified_since": 0.5,
    "json": [1],
    "data": {"a": "1"},
    "files": {"f": b"x"},
    "params": {"q": "1"},
    "cookies": {"a": "1"},
    "auth": ("u", "p"),
    "timeout": 3,
    "retries": 2,
    "hooks": {"request": print},
}


def told(request):
    """All that a request says of itself, but when and how it draws its boundaries."""
    names = set(HTTPRequest.__annotations__) | {"url"}
    said = {name: getattr(request, name) for name in names}
    fields = said.pop("_headers")
    said["fields"] = None if fields is None else sorted(dict(fields))
    if request.body is not None:
        said["_body"] = len(request.body)
    for name in ("retries", "hooks"):
        said[name] = type(said[name])
    return said


@pytest.mark.parametrize("name", list(inspect.signature(HTTPRequest).parameters)[1:])
def test_a_request_of_arguments_is_the_same_request(name):
    arguments = {name: VALUES.get(name, "value")}
    made = HTTPRequest.of_arguments("http://a.example/", arguments)
    assert told(made) == told(HTTPRequest("http://a.example/", **arguments))
    assert made.start_time > 0


def test_arguments_that_there_are_not_are_refused_as_ever():
    for arguments in ({"colour": "red"}, {"_body": b"x"}, {"start_time": 1}, {"read_timeout": 1}):
        with pytest.raises(TypeError):
            HTTPRequest.of_arguments("http://a.example/", arguments)
