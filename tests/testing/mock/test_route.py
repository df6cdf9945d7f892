"""`MockRoute`: which URLs and requests are meant."""

import re

import pytest

from zonda.httputil import HTTPServerRequest
from zonda.testing.mock import MockAnswer, MockRoute

API = "http://api.example/users/1?b=2&a=1"


def request(method="GET", **kwargs):
    return HTTPServerRequest(method=method, uri="/", **kwargs)


def route(url, method=None, **kwargs):
    return MockRoute(method, url, [MockAnswer()], **kwargs)


@pytest.mark.parametrize(
    "pattern",
    [
        None,
        API,
        "http://api.example/users/1?a=1&b=2",  # the order does not count
        "http://api.example/users/1",  # nor does any query, unless it is said
        "http://API.example:80/users/1",
        "/users/1",
        "/users/1?a=1&b=2",
        "/users/*",
        "*/users/1",
        "http://api.example/*",
        "http://*.example/users/1",
        "*?b=*",
        re.compile(r"http://api\.example/users/\d+\?.*"),
    ],
    ids=str,
)
def test_urls_that_fit(pattern):
    assert route(pattern).matches(request(), API)


@pytest.mark.parametrize(
    "pattern",
    [
        "https://api.example/users/1",
        "http://api.example:8080/users/1",
        "http://api.example/users",
        "http://api.example/users/1?a=1",
        "http://api.example/users/1?",
        "/users",
        "/users/1?a=1",
        "/user*s",
        "*/users",
        "http://api.example*?c=*",
        re.compile(r"http://api\.example/users"),
    ],
    ids=str,
)
def test_urls_that_do_not_fit(pattern):
    assert not route(pattern).matches(request(), API)


@pytest.mark.parametrize("url", ["api.example/users", "ftp://api.example/", ""])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(ValueError):
        route(url)


def test_characters_are_compared_as_they_are_sent():
    assert route("http://api.example/Öl").matches(request(), "http://api.example/%C3%96l")
    assert route("http://bücher.example/").matches(request(), "http://xn--bcher-kva.example/")


def test_the_method_counts_if_there_is_one():
    assert route(API, "GET").matches(request(), API)
    assert not route(API, "POST").matches(request(), API)


def test_a_condition_looks_at_the_request():
    wanted = route(API, where=lambda request: b"Ana" in request.body)
    assert wanted.matches(request(body=b'{"name": "Ana"}'), API)
    assert not wanted.matches(request(body=b'{"name": "Eva"}'), API)


def test_answers_are_given_in_turn_and_the_last_one_stays():
    first, last = MockAnswer(503), MockAnswer(200)
    turns = MockRoute("GET", API, [first, last])
    assert [turns.take(request()) for _ in range(3)] == [first, last, last]
    assert len(turns.calls) == 3


def test_a_route_is_spent_after_so_many_times():
    once = route(API, times=1)
    assert (once.missing, once.spent) == (1, False)
    once.take(request())
    assert (once.missing, once.spent) == (0, True)
    assert not once.matches(request(), API)


def test_routes_can_be_read():
    assert repr(route(API, "GET")) == f"<GET {API}>"
    assert repr(route(re.compile("a.b"), times=2)) == "<any method a.b, 0 of 2 times>"
    assert repr(route(None)) == "<any method any URL>"
